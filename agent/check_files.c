/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/inspection.h"
#include "agent/log.h"
#include "agent/pidfile.h"

int
check_directory(const char *path, struct error *err)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return error_set(err, "%s: not a directory", path);
	if (access(path, W_OK | X_OK) == 0)
		return 0;
	if (errno != ENOENT)
		return error_set(err, "%s: %s", path, strerror(errno));
	(void)snprintf(parent, sizeof parent, "%.*s",
	    slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path),
	    slash == NULL ? "." : path);
	if (access(parent, W_OK | X_OK) < 0)
		return error_set(err, "%s: cannot be made: %s: %s", path,
		    parent, strerror(errno));
	return 0;
}

/* Samples are kept only where nobody but workers can have put something. */
static void
check_owner(struct inspection *i, const char *path)
{
	const struct identity *worker = &i->who.worker;
	uid_t uid = worker->set ? worker->uid : geteuid();
	struct stat st;

	if (path == NULL || !i->known || stat(path, &st) < 0)
		return;
	if (st.st_uid != uid)
		inspection_warn(i, "run_directory", "%s: is of user %u, and "
		    "commands run as user %u: no samples are kept", path,
		    (unsigned)st.st_uid, (unsigned)uid);
	else if ((st.st_mode & 077) != 0)
		inspection_warn(i, "run_directory", "%s: is open to others "
		    "(mode %04o): no samples are kept; chmod 700 it", path,
		    (unsigned)st.st_mode & 07777);
}

void
check_files(struct inspection *i)
{
	const struct settings *s = i->settings;
	const struct {
		const char *directive, *path;
		int (*try)(const char *path, struct error *err);
	} all[] = {
		{ "pid_file", s->pid_file, pidfile_try },
		{ "log_file", s->log_file, log_try },
		{ "run_directory", s->run_directory, check_directory },
	};
	struct stat st;
	struct error err;

	for (size_t n = 0; n < sizeof all / sizeof all[0]; n++) {
		if (all[n].path == NULL || all[n].try(all[n].path, &err) == 0)
			continue;
		(void)error_about(&err, all[n].directive);
		inspection_fail(i, &err);
	}
	check_owner(i, s->run_directory);
	if (s->plugin_directory != NULL && stat(s->plugin_directory, &st) < 0)
		inspection_warn(i, "plugin_directory", "%s: %s; no check is "
		    "run in process", s->plugin_directory, strerror(errno));
}
