/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cgroup - limits and events of one cgroup (version 2)
 *
 * By default the topmost visible one. Inside a container that is the
 * container's own, whose limits hold for all that runs there; on a host it is
 * the root, which has none. A service's own limits are no measure for the
 * host, so the cgroup of this process is not looked up. Source:
 * Documentation/admin-guide/cgroup-v2.rst of Linux.
 */
#ifndef PLUGINS_HOST_CGROUP_H
#define PLUGINS_HOST_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/run.h"

struct cgroup_memory {
	bool limited;
	uint64_t limit, used; /* bytes; used without what could be dropped */
	bool has_events;
	uint64_t oom_kills;   /* since the cgroup was made */
};

struct cgroup_cpu {
	bool has_quota;      /* the rest is 0 without one */
	uint64_t periods;    /* in which something wanted to run */
	uint64_t throttled;  /* of these, cut short */
};

/*
 * path is below the hierarchy's root, "" for the topmost. What a cgroup does
 * not have is no error; a named one that does not exist is.
 */
int cgroup_read_memory(const struct run *run, const char *path,
    struct cgroup_memory *out, struct error *err);
int cgroup_read_cpu(const struct run *run, const char *path,
    struct cgroup_cpu *out, struct error *err);

/* For prepare(): -1 and err if path could lead out of the hierarchy. */
int cgroup_check_path(const char *path, struct error *err);

#endif
