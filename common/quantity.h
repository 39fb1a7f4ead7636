/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * quantity - numbers with units, as people write them and as they read them
 *
 * A number is decimal, in the C locale, with an optional exponent: no
 * hexadecimal, no "inf", no "nan", no blanks.
 *
 * Sizes are in bytes; k M G T P E (any case, with an optional B or iB) are
 * powers of 1024, as in df and in the monitoring plugins. Durations are in
 * seconds; ms s m (or min) h d w, also in a row: 1h30m.
 */
#ifndef COMMON_QUANTITY_H
#define COMMON_QUANTITY_H

#include <stdbool.h>

#include "common/buf.h"

/* Which suffixes a number may bear; the plain number is always allowed. */
enum {
	UNITS_NONE = 0,
	UNITS_PERCENT = 1,
	UNITS_SIZE = 2,
	UNITS_TIME = 4,
};

struct quantity {
	double value; /* in base units: bytes, seconds */
	bool percent; /* written with a percent sign */
};

/*
 * Reads one quantity at the start of text and points *end behind it.
 * False if there is none, or if it is not a finite number.
 */
bool quantity_parse(const char *text, unsigned units, struct quantity *out,
    const char **end);

/*
 * For machines: plain decimals without exponent, no trailing zeros; at most 6
 * decimals, and none beyond the 15th digit. Finite numbers only.
 */
void quantity_put(struct buf *b, double value);

/*
 * For people, returned by value: printf("%s", size_text(n).s). There is room
 * for the 309 digits of the largest number.
 */
struct quantity_text {
	char s[320];
};

struct quantity_text number_text(double value);
struct quantity_text size_text(double bytes);       /* 3.4 GiB */
struct quantity_text duration_text(double seconds); /* 2 h 5 min */

#define GIB (1024.0 * 1024 * 1024)
#define MIB (1024.0 * 1024)
#define KIB 1024.0

#endif
