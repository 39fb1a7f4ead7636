/* SPDX-License-Identifier: GPL-3.0-or-later */
/* meminfo - the host's physical memory, in bytes */
#ifndef COMMON_MEMINFO_H
#define COMMON_MEMINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/run.h"

struct meminfo {
	uint64_t total;
	uint64_t available; /* to applications, without swapping */
	bool estimated;     /* available is our guess, not the kernel's */
	uint64_t free, buffers, cached, shared, slab; /* 0 where not known */
	uint64_t swap_total, swap_free;
};

/* available is never more than total, total never 0. */
int meminfo_read(const struct run *run, struct meminfo *out,
    struct error *err);

#endif
