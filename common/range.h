/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * range - thresholds in the syntax of the monitoring plugins guidelines
 *
 * [@]start:end alerts outside start..end, or with @ inside, both ends
 * belonging to the range. A missing start is 0, a missing end infinity,
 * "~" as start minus infinity. Source: monitoring-plugins, developer
 * guidelines, "Threshold and Ranges"; Monitoring::Plugin::Range agrees.
 */
#ifndef COMMON_RANGE_H
#define COMMON_RANGE_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/error.h"

struct range {
	double min, max; /* inclusive; may be infinite */
	bool set;        /* false: never alerts */
	bool inside;     /* "@" */
	bool percent;    /* bounds were written with a percent sign */
};

/* Alerts above n and below 0: what "n" means on a command line. */
#define RANGE_MAX(n) { .set = true, .max = (n) }

/*
 * Reads text; units says which suffixes its bounds may bear (UNITS_SIZE ...).
 * -1 and err if it is not a range to the last character.
 */
int range_parse(struct range *out, const char *text, unsigned units,
    struct error *err);

/*
 * For two upper bounds: -1 and err if the critical one is below the warning,
 * which then could never be seen; not if that is only the default.
 */
int range_check_order(const struct range *warn, const struct range *crit,
    const struct range *default_warn, struct error *err);

/* A range that is not set never alerts. */
bool range_alerts(const struct range *range, double value);

/*
 * The shortest text that range_parse() reads back as the same range, to the
 * decimals that quantity_put() keeps.
 */
void range_put(struct buf *b, const struct range *range);

/*
 * The same for perfdata. A plain upper bound also stands for "~:N": Icinga
 * draws a plain number and throws any other range away. Not for a negative N,
 * which alone is no range.
 */
void range_put_perfdata(struct buf *b, const struct range *range);

/* range_put() for printf: range_text(&r).s */
struct range_text {
	char s[640];
};
struct range_text range_text(const struct range *range);

#endif
