/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tap - a test's verdicts in the Test Anything Protocol */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int tap_count, tap_failed;

static inline bool
tap_ok(bool ok, const char *what)
{
	printf("%sok %d - %s\n", ok ? "" : "not ", ++tap_count, what);
	(void)fflush(stdout); /* a child's exit may say it once more */
	tap_failed += !ok;
	return ok;
}

static inline void
tap_int(long long got, long long want, const char *what)
{
	if (!tap_ok(got == want, what))
		printf("#      got: %lld\n# expected: %lld\n", got, want);
}

/* Equal to about 9 digits. */
static inline void
tap_num(double got, double want, const char *what)
{
	bool same = got == want ||
	    fabs(got - want) <= 1e-9 * (fabs(got) + fabs(want));

	if (!tap_ok(same, what))
		printf("#      got: %.17g\n# expected: %.17g\n", got, want);
}

static inline void
tap_str(const char *got, const char *want, const char *what)
{
	if (!tap_ok(strcmp(got, want) == 0, what))
		printf("#      got: %s\n# expected: %s\n", got, want);
}

/* needle is somewhere in got. */
static inline void
tap_has(const char *got, const char *needle, const char *what)
{
	if (!tap_ok(strstr(got, needle) != NULL, what))
		printf("#      got: %s\n# expected in it: %s\n", got, needle);
}

/* A test that this machine or user cannot do, and why. */
static inline void
tap_skip(const char *why)
{
	printf("ok %d # SKIP %s\n", ++tap_count, why);
}

/* The plan, and main()'s return value. */
static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed > 0;
}

#endif
