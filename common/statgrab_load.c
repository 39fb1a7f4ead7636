/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <statgrab.h>

#include "common/load.h"

int
load_read(const struct run *run, double out[3], struct error *err)
{
	const sg_load_stats *stats;

	(void)run;
	if (sg_init(1) != SG_ERROR_NONE ||
	    (stats = sg_get_load_stats(NULL)) == NULL)
		return error_set(err, "load averages: %s",
		    sg_str_error(sg_get_error()));
	out[0] = stats->min1;
	out[1] = stats->min5;
	out[2] = stats->min15;
	return 0;
}
