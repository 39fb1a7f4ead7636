/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cputimes - what the host's processors spent their time on */
#ifndef COMMON_CPUTIMES_H
#define COMMON_CPUTIMES_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/run.h"

/*
 * Clock ticks since boot, as Linux counts: guest is part of user and
 * guest_nice of nice, so neither may be added again. idle, iowait and steal
 * have been seen to fall. 0 where the system does not count something.
 */
struct cputimes {
	uint64_t user, nice, system, idle, iowait, irq, softirq, steal;
	uint64_t guest, guest_nice;
};

struct cputimes_core {
	uint64_t number;
	struct cputimes times;
};

/* Of all processors together. */
int cputimes_read(const struct run *run, struct cputimes *out,
    struct error *err);

/*
 * Of each processor that is online, in *out, to be freed. Their number, or -1
 * and err; 0 where the system does not tell them apart.
 */
long cputimes_read_cores(const struct run *run, struct cputimes_core **out,
    struct error *err);

#endif
