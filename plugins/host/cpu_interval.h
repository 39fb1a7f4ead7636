/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu_interval - two readings, far enough apart to be compared
 *
 * The earlier one is a sample of another run, at least half a minute old. If
 * there is none that this reading may follow on, both are taken now.
 */
#ifndef PLUGINS_HOST_CPU_INTERVAL_H
#define PLUGINS_HOST_CPU_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/range.h"
#include "common/run.h"
#include "common/status.h"
#include "plugins/host/cpu.h"

struct cpu_question {
	const char *cgroup;
	bool per_core;
	double damping; /* s */
	const struct range *warn, *crit; /* of busy, for the damping */
};

struct cpu_interval {
	struct cpu_counters now;
	struct cpu_rates rates;
	double seconds;
	bool sampled;     /* both readings are this run's */
	enum status held; /* throughout the damping time */
	struct error why; /* no sample can be kept; "" if all is well */

	struct cpu_core *cores, *earlier; /* NULL unless asked for */
	size_t core_count, earlier_count;
};

/* Measures; -1 and err, else cpu_interval_free() is due. */
int cpu_interval_measure(const struct run *run, const struct cpu_question *q,
    const struct report *r, struct cpu_interval *out, struct error *err);

void cpu_interval_free(struct cpu_interval *cpu);

#endif
