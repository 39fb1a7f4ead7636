/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Source: proc(5), /proc/stat. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cputimes.h"
#include "common/file.h"

enum {
	CORES_MAX = 8192,
	LEAST_FIELDS = 4, /* kernels before 2.6.33 count less than all ten */
};

static int
parse_times(const char *text, struct cputimes *t)
{
	*t = (struct cputimes){ 0 };
	return sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
	    " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
	    " %" SCNu64, &t->user, &t->nice, &t->system, &t->idle, &t->iowait,
	    &t->irq, &t->softirq, &t->steal, &t->guest, &t->guest_nice);
}

int
cputimes_read(const struct run *run, struct cputimes *out, struct error *err)
{
	struct run_path path = run_path(run->procfs, "stat");
	struct lines lines;
	char *line;
	int rc;

	if (lines_open(&lines, path.s, err) < 0)
		return -1;
	rc = lines_next(&lines, &line, err);
	if (rc > 0 && (strncmp(line, "cpu ", 4) != 0 ||
	    parse_times(line + 4, out) < LEAST_FIELDS))
		rc = 0;
	lines_close(&lines);
	if (rc == 0)
		return error_set(err, "%s: does not start with the times of "
		    "all processors", path.s);
	return rc < 0 ? -1 : 0;
}

/* "cpu17 ..." into *core; false for any other line. */
static bool
parse_core(const char *line, struct cputimes_core *core)
{
	int n = 0;

	if (line[3] < '0' || line[3] > '9')
		return false; /* all together */
	return sscanf(line, "cpu%" SCNu64 " %n", &core->number, &n) == 1 &&
	    n > 0 && parse_times(line + n, &core->times) >= LEAST_FIELDS;
}

long
cputimes_read_cores(const struct run *run, struct cputimes_core **out,
    struct error *err)
{
	struct run_path path = run_path(run->procfs, "stat");
	struct cputimes_core *cores = calloc(CORES_MAX, sizeof *cores);
	struct lines lines;
	long count = 0;
	char *line;
	int rc;

	if (cores == NULL)
		return error_set(err, "out of memory");
	if (lines_open(&lines, path.s, err) < 0) {
		free(cores);
		return -1;
	}
	while ((rc = lines_next(&lines, &line, err)) > 0 &&
	    strncmp(line, "cpu", 3) == 0 && count < CORES_MAX)
		count += parse_core(line, &cores[count]);
	lines_close(&lines);
	if (rc < 0) {
		free(cores);
		return -1;
	}
	*out = cores;
	return count;
}
