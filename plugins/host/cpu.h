/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu - what check_cpu reads, and what two readings amount to */
#ifndef PLUGINS_HOST_CPU_H
#define PLUGINS_HOST_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cputimes.h"
#include "common/run.h"

/* Counters at one moment. Kept in samples: see CPU_SCHEMA. */
struct cpu_counters {
	double busy; /* percent, over the interval of the run that took it */
	struct cputimes times;
	uint64_t has_quota, periods, throttled; /* of the cgroup */
	uint64_t has_pressure, pressure;        /* us that something waited */
};

struct cpu_core {
	uint64_t number, busy, total; /* ticks */
};

enum {
	CPU_SCHEMA = 1, /* of both structs */
};

/* Percent of the time of all processors; their sum with idle is 100. */
struct cpu_rates {
	double busy; /* all but idle and iowait */
	double user, nice, system, iowait, irq, steal, guest;
	double throttled; /* % of periods; negative: no quota */
	double pressure;  /* % of time something waited; negative: not known */
};

/* cgroup is as for cgroup_read_cpu(). */
int cpu_read(const struct run *run, const char *cgroup,
    struct cpu_counters *out, struct error *err);

/* Each core's counters in *out, to be freed; their number or -1. */
long cpu_read_cores(const struct run *run, struct cpu_core **out,
    struct error *err);

/* Whether b may follow on a: no counter that only grows has fallen. */
bool cpu_follows(const struct cpu_counters *a, const struct cpu_counters *b);

/* What happened in the seconds from a to b; false if no time was counted. */
bool cpu_compare(const struct cpu_counters *a, const struct cpu_counters *b,
    double seconds, struct cpu_rates *out);

/*
 * Percent busy of core b, of which an earlier reading is among n others.
 * Negative if there is none, or no time was counted, or it began anew.
 */
double cpu_compare_core(const struct cpu_core *earlier, size_t n,
    const struct cpu_core *b);

#endif
