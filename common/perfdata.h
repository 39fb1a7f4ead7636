/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * perfdata - the figures behind the "|" of any plugin's output, read back
 *
 *	'label'=value[UOM];[warn];[crit];[min];[max]
 *
 * separated by blanks. Source: monitoring-plugins, developer guidelines,
 * "Performance data"; what the guidelines leave open is read as Icinga does.
 */
#ifndef COMMON_PERFDATA_H
#define COMMON_PERFDATA_H

#include <stdbool.h>
#include <stddef.h>

#include "common/range.h"

enum {
	PERFDATA_LABEL_SIZE = 256,
	PERFDATA_FIELDS_MAX = 512, /* bytes behind the "=" */
};

struct perfdata {
	char label[PERFDATA_LABEL_SIZE]; /* without its quotes; else raw */
	double value;     /* in base units; NAN: "U", the plugin knew none */
	const char *unit; /* as of a metric: "", "%", "B", "s"; static */
	bool counter;     /* grows until it starts again from 0 */
	struct range warn, crit; /* not set: none, or none that is a range */
	double min, max;  /* NAN: none */
};

/*
 * Reads the item at *at, which is moved behind it. 1; 0 if there is none up to
 * end; -1 if it is none, and is skipped. Bytes are any.
 *
 * kB, MB, GB, TB and their like are powers of 1024, since the plugins that
 * print them mean those. A unit that is none of ours is taken for none.
 */
int perfdata_next(const char **at, const char *end, struct perfdata *out);

#endif
