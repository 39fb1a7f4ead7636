/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>

#include "common/file.h"
#include "common/load.h"

int
load_read(const struct run *run, double out[3], struct error *err)
{
	struct run_path path = run_path(run->procfs, "loadavg");
	char text[256];

	if (file_read(path.s, text, sizeof text, err) < 0)
		return -1;
	if (sscanf(text, "%lf %lf %lf", &out[0], &out[1], &out[2]) != 3 ||
	    !(out[0] >= 0 && out[1] >= 0 && out[2] >= 0))
		return error_set(err, "%s: not three load averages", path.s);
	return 0;
}
