/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "agent/query.h"

/* Digits of this base from *p on, at most so many, as one character. */
static bool
read_digits(const char **p, unsigned base, int most, char *out)
{
	static const char digits[] = "0123456789abcdef";
	unsigned value = 0;

	for (int i = 0; i < most && **p != '\0'; i++) {
		const char *digit = strchr(digits,
		    tolower((unsigned char)**p));

		if (digit == NULL || digit >= digits + base)
			break;
		value = value * base + (unsigned)(digit - digits);
		(*p)++;
	}
	*out = (char)value;
	return value <= UCHAR_MAX;
}

/*
 * One escape, from behind its backslash on. Many write the plain set <'\[]>
 * without a thought of escapes: a backslash that escapes nothing is left to
 * stand, and what follows it with it.
 */
static bool
read_escape(const char **p, char *out)
{
	static const char names[] = "abfnrtv\\'\"?";
	static const char means[] = "\a\b\f\n\r\t\v\\'\"?";
	const char *name = strchr(names, **p);

	if (**p != '\0' && name != NULL) {
		*out = means[name - names];
		(*p)++;
		return true;
	}
	if (**p >= '0' && **p <= '7')
		return read_digits(p, 8, 3, out);
	if (**p == 'x' && isxdigit((unsigned char)(*p)[1])) {
		(*p)++;
		return read_digits(p, 16, 2, out);
	}
	*out = '\\';
	return !isalnum((unsigned char)**p);
}

int
query_unescape_nasty(char *text, struct error *err)
{
	const char *p = text;
	char *end = text;

	while (*p != '\0') {
		char c = *p++;
		const char *name = p;

		if (c == '\\' && !read_escape(&p, &c))
			return error_set(err, "nasty_metachars: '\\%c' starts "
			    "no escape of C", *name);
		/* No query has a NUL, and here it would hide what follows. */
		if (c != '\0')
			*end++ = c;
	}
	*end = '\0';
	return 0;
}
