/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <statgrab.h>

#include "common/cputimes.h"

int
cputimes_read(const struct run *run, struct cputimes *out, struct error *err)
{
	const sg_cpu_stats *cpu;

	(void)run;
	if (sg_init(1) != SG_ERROR_NONE ||
	    (cpu = sg_get_cpu_stats(NULL)) == NULL)
		return error_set(err, "processor times: %s",
		    sg_str_error(sg_get_error()));
	*out = (struct cputimes){
		.user = cpu->user,
		.nice = cpu->nice,
		.system = cpu->kernel,
		.idle = cpu->idle,
		.iowait = cpu->iowait,
	};
	return 0;
}

long
cputimes_read_cores(const struct run *run, struct cputimes_core **out,
    struct error *err)
{
	(void)run;
	(void)err;
	*out = NULL;
	return 0;
}
