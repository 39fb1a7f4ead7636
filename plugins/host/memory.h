/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memory - what check_memory measures: the host's memory and the cgroup's */
#ifndef PLUGINS_HOST_MEMORY_H
#define PLUGINS_HOST_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/meminfo.h"
#include "plugins/host/cgroup.h"

struct memory {
	struct meminfo info;
	uint64_t arc; /* bytes of ZFS cache that count as available */
	struct cgroup_memory cgroup;
	bool counts_kills;  /* the kernel counts them */
	struct error kills_why; /* it may, but they cannot be read; or "" */
	uint64_t oom_kills; /* since boot, or since the cgroup was made */
};

/* cgroup is as for cgroup_read_memory(). */
int memory_read(const struct run *run, const char *cgroup, struct memory *out,
    struct error *err);

/* Used of total bytes, where the least is left. */
struct memory_share {
	double used, total, percent;
};

struct memory_share memory_of_host(const struct memory *m);

/* Only if m->cgroup.limited. */
struct memory_share memory_of_cgroup(const struct memory *m);

/* Whether applications run into the cgroup's limit before the host's. */
bool memory_cgroup_is_tighter(const struct memory *m);

#endif
