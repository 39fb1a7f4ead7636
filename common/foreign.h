/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * foreign - what another program's check printed, as a report
 *
 * With it the voices speak for any plugin. Its own state counts: thresholds
 * in its perfdata are shown, not judged.
 */
#ifndef COMMON_FOREIGN_H
#define COMMON_FOREIGN_H

#include <stddef.h>

#include "common/report.h"
#include "common/status.h"

enum {
	FOREIGN_METRICS_MAX = 1024,
};

/*
 * Adds to a new report r what the output of a plugin says, which ended with
 * that status: the first line as the summary, without "NAME STATE - "; lines
 * after it as notes; perfdata as metrics, also where it stands behind a "|" in
 * a later line, from where on all is perfdata. Output ends at a NUL. The number
 * of items that were no perfdata, bore the label of another, or were too many.
 */
unsigned foreign_read(struct report *r, enum status status, const char *output,
    size_t len);

#endif
