/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <statgrab.h>

#include "common/meminfo.h"

int
meminfo_read(const struct run *run, struct meminfo *out, struct error *err)
{
	const sg_mem_stats *mem;
	const sg_swap_stats *swap;

	(void)run;
	if (sg_init(1) != SG_ERROR_NONE ||
	    (mem = sg_get_mem_stats(NULL)) == NULL || mem->total == 0)
		return error_set(err, "memory: %s",
		    sg_str_error(sg_get_error()));
	*out = (struct meminfo){
		.total = mem->total,
		.available = mem->free < mem->total ? mem->free : mem->total,
		.estimated = true, /* shared memory counts as free */
		.free = mem->free,
		.cached = mem->cache,
	};
	swap = sg_get_swap_stats(NULL);
	if (swap != NULL) {
		out->swap_total = swap->total;
		out->swap_free = swap->free;
	}
	return 0;
}
