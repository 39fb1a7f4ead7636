/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpus - how many processors this process may really use */
#ifndef PLUGINS_HOST_CPUS_H
#define PLUGINS_HOST_CPUS_H

#include "common/run.h"

struct cpus {
	double count;     /* the least of what follows */
	double online;
	double affinity;  /* 0: not known */
	double quota;     /* of the cgroup, may be fractional; 0: none */
};

/*
 * The processors that are online, that the affinity mask allows (a container's
 * cpuset, taskset), and that the cgroup v2 quota amounts to. The quota is that
 * of the topmost visible cgroup: a container's, never a service's own.
 */
int cpus_read(const struct run *run, struct cpus *out, struct error *err);

/* "2 CPUs", or "1.5 of 8 CPUs: quota" if something leaves less than all. */
struct cpus_text {
	char s[96];
};
struct cpus_text cpus_text(const struct cpus *cpus);

/* "0-3,8" as in /proc/self/status: how many that is; -1 if it is no list. */
int cpus_count_list(const char *list);

#endif
