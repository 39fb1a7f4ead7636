/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "plugins/host/cgroup.h"

/*
 * Reads a file of the cgroup. 1 if it is there, 0 if not; -1 and err if it
 * cannot be read, or if a cgroup was named and does not exist.
 */
static int
read_file(const struct run *run, const char *path, const char *name,
    char *text, size_t size, struct error *err)
{
	struct run_path file =
	    run_path(run->sysfs, "fs/cgroup/%s/%s", path, name);

	if (file_read(file.s, text, size, err) == 0)
		return 1;
	if (errno != ENOENT && errno != ENOTDIR)
		return -1;
	return *path == '\0' ? 0 : -1;
}

static int
read_usage(const struct run *run, const char *path, struct cgroup_memory *m,
    struct error *err)
{
	struct run_path current =
	    run_path(run->sysfs, "fs/cgroup/%s/memory.current", path);
	char text[16384];
	uint64_t inactive = 0;
	struct error none;

	if (file_read_number(current.s, &m->used, err) < 0)
		return -1;
	/* Clean pages of files that nobody used lately are as good as free. */
	if (read_file(run, path, "memory.stat", text, sizeof text, &none) > 0)
		(void)file_find_number(text, "inactive_file", &inactive);
	m->used -= inactive < m->used ? inactive : m->used;
	return 0;
}

int
cgroup_read_memory(const struct run *run, const char *path,
    struct cgroup_memory *out, struct error *err)
{
	char text[4096];
	struct error none;
	int rc;

	*out = (struct cgroup_memory){ 0 };
	rc = read_file(run, path, "memory.max", text, sizeof text, err);
	if (rc < 0)
		return -1;
	if (rc > 0 && strncmp(text, "max", 3) != 0) {
		out->limited = true;
		out->limit = strtoull(text, NULL, 10);
		if (out->limit == 0)
			return error_set(err,
			    "%s/fs/cgroup/%s/memory.max: not a limit",
			    run->sysfs, path);
		if (read_usage(run, path, out, err) < 0)
			return -1;
	}
	rc = read_file(run, path, "memory.events", text, sizeof text, &none);
	if (rc > 0)
		out->has_events = file_find_number(text, "oom_kill",
		    &out->oom_kills);
	else if (rc < 0 && errno != ENOENT)
		return error_set(err, "%s", none.text);
	return 0;
}

int
cgroup_read_cpu(const struct run *run, const char *path,
    struct cgroup_cpu *out, struct error *err)
{
	char text[4096];
	int rc;

	*out = (struct cgroup_cpu){ 0 };
	rc = read_file(run, path, "cpu.max", text, sizeof text, err);
	if (rc <= 0 || strncmp(text, "max", 3) == 0)
		return rc < 0 ? -1 : 0;
	rc = read_file(run, path, "cpu.stat", text, sizeof text, err);
	if (rc <= 0)
		return rc;
	out->has_quota = file_find_number(text, "nr_periods", &out->periods) &&
	    file_find_number(text, "nr_throttled", &out->throttled);
	return 0;
}

int
cgroup_check_path(const char *path, struct error *err)
{
	const char *p = path;

	for (;;) {
		size_t n = strcspn(p, "/");

		if (n == 2 && p[0] == '.' && p[1] == '.')
			return error_set(err, "cgroup '%s' leads upwards",
			    path);
		if (p[n] == '\0')
			return 0;
		p += n + 1;
	}
}
