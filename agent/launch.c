/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/launch.h"

/* Where it is missing, all being close-on-exec must do. */
#ifndef HAVE_POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP
#define posix_spawn_file_actions_addclosefrom_np(actions, from) 0
#endif

/* What posix_spawn() wants to know. */
struct plan {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
};

static bool
plan_descriptors(posix_spawn_file_actions_t *a, const struct launch *l)
{
	return posix_spawn_file_actions_addopen(a, 0, "/dev/null", O_RDONLY,
	    0) == 0 &&
	    posix_spawn_file_actions_adddup2(a, l->output, 1) == 0 &&
	    posix_spawn_file_actions_adddup2(a, l->errors, 2) == 0 &&
	    posix_spawn_file_actions_addclosefrom_np(a, 3) == 0 &&
	    posix_spawn_file_actions_addchdir_np(a, "/") == 0;
}

static bool
plan_signals(posix_spawnattr_t *a)
{
	sigset_t none, all;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	return posix_spawnattr_setsigmask(a, &none) == 0 &&
	    posix_spawnattr_setsigdefault(a, &all) == 0 &&
	    posix_spawnattr_setflags(a, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID) == 0;
}

static int
plan_make(struct plan *plan, const struct launch *l, struct error *err)
{
	if (posix_spawn_file_actions_init(&plan->actions) != 0)
		return error_set(err, "out of memory");
	if (posix_spawnattr_init(&plan->attributes) != 0) {
		(void)posix_spawn_file_actions_destroy(&plan->actions);
		return error_set(err, "out of memory");
	}
	if (plan_descriptors(&plan->actions, l) &&
	    plan_signals(&plan->attributes))
		return 0;
	(void)posix_spawn_file_actions_destroy(&plan->actions);
	(void)posix_spawnattr_destroy(&plan->attributes);
	return error_set(err, "out of memory");
}

static void
plan_free(struct plan *plan)
{
	(void)posix_spawn_file_actions_destroy(&plan->actions);
	(void)posix_spawnattr_destroy(&plan->attributes);
}

static int
refuse(const char *path, int why, struct error *err)
{
	struct stat st;
	const char *text = strerror(why);

	if (why == ENOEXEC)
		text = "has no #! line and is no program for this machine";
	else if (why == EACCES && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		text = "is a directory";
	else if (why == ENOENT && stat(path, &st) == 0)
		text = "the interpreter that it names is not there";
	return error_set(err, "%s: %s", path, text);
}

/* The program's own PATH; not ours, which it may never see. */
static const char *
path_of(char *const *environment)
{
	for (; *environment != NULL; environment++) {
		if (strncmp(*environment, "PATH=", 5) == 0)
			return *environment + 5;
	}
	return "";
}

/* As launch_granted() does, and by that if need be. */
static int
execute(pid_t *pid, const char *path, const struct launch *l,
    const struct plan *plan, struct error *err)
{
	return l->grant != NULL ? launch_granted(pid, path, l, err) :
	    posix_spawn(pid, path, &plan->actions, &plan->attributes, l->argv,
	    l->environment);
}

/* Relative directories in PATH are left out: relative to what? */
static int
start_by_name(pid_t *pid, const struct launch *l, const struct plan *plan,
    struct error *err)
{
	const char *all = path_of(l->environment), *dir, *end;
	char path[PATH_MAX];
	int why, n;

	error_set(err, "%s: not in PATH (%s)", l->argv[0], all);
	for (dir = all; *dir != '\0'; dir = *end == '\0' ? end : end + 1) {
		end = dir + strcspn(dir, ":");
		n = snprintf(path, sizeof path, "%.*s/%s", (int)(end - dir),
		    dir, l->argv[0]);
		if (*dir != '/' || n < 0 || (size_t)n >= sizeof path)
			continue;
		why = execute(pid, path, l, plan, err);
		if (why <= 0)
			return why;
		if (why == ENOENT && access(path, F_OK) != 0)
			continue;
		if (why == ENOTDIR)
			continue;
		refuse(path, why, err);
		if (why != EACCES)
			return -1;
	}
	return -1;
}

static int
start(pid_t *pid, const struct launch *l, const struct plan *plan,
    struct error *err)
{
	int why;

	if (strchr(l->argv[0], '/') == NULL)
		return start_by_name(pid, l, plan, err);
	why = execute(pid, l->argv[0], l, plan, err);
	return why <= 0 ? why : refuse(l->argv[0], why, err);
}

pid_t
launch_program(const struct launch *l, struct error *err)
{
	struct plan plan;
	pid_t pid;
	int rc;

	if (plan_make(&plan, l, err) < 0)
		return -1;
	rc = start(&pid, l, &plan, err);
	plan_free(&plan);
	return rc < 0 ? -1 : pid;
}
