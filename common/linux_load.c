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
	int running, all; /* tasks: they tell a whole line from a cut one */

	if (file_read(path.s, text, sizeof text, err) < 0)
		return -1;
	if (sscanf(text, "%lf %lf %lf %d/%d", &out[0], &out[1], &out[2],
	    &running, &all) != 5 ||
	    !(out[0] >= 0 && out[1] >= 0 && out[2] >= 0))
		return error_set(err, "%s: not three load averages", path.s);
	return 0;
}
