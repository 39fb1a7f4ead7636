/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu_judge - the verdict of check_cpu, free of I/O */
#ifndef PLUGINS_HOST_CPU_JUDGE_H
#define PLUGINS_HOST_CPU_JUDGE_H

#include "common/buf.h"
#include "common/range.h"
#include "common/report.h"
#include "plugins/host/cpu_interval.h"

struct cpu_limits {
	struct range warn, crit; /* percent */
};

struct cpu_policy {
	struct cpu_limits busy, iowait, steal, throttled, pressure;
	struct cpu_limits core; /* busy, of any core */
	double damping;         /* s that busy must have been that high */
	const char *cgroup;     /* as for cgroup_read_cpu() */
};

/*
 * Adds the metrics and lines to r and the words of a summary to b, what is
 * wrong first. The worst state of what has limits.
 */
enum status cpu_judge(const struct cpu_policy *policy,
    const struct cpu_interval *cpu, struct report *r, struct buf *b);

#endif
