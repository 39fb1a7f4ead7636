/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/quantity.h"

static const struct suffix {
	const char *text;
	double factor;
} times[] = {
	/* The longer of two that start alike comes first. */
	{ "ms", 0.001 },
	{ "min", 60 },
	{ "m", 60 },
	{ "s", 1 },
	{ "h", 3600 },
	{ "d", 86400 },
	{ "w", 604800 },
};

static const char size_letters[] = "kMGTPE";

static const char *
digits(const char *p)
{
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

/* The end of the decimal number at text, or NULL. */
static const char *
scan_number(const char *text)
{
	const char *p = text + (*text == '-' || *text == '+');
	const char *whole = digits(p);
	const char *end = whole;

	if (*end == '.')
		end = digits(end + 1);
	if (end == p || (end == p + 1 && *p == '.'))
		return NULL;
	if (*end == 'e' || *end == 'E') {
		const char *e = end + 1 + (end[1] == '-' || end[1] == '+');

		if (digits(e) != e)
			end = digits(e);
	}
	return end;
}

/* strtod() on a number that scan_number() has seen: no hex, no inf, no nan. */
static bool
parse_number(const char *text, double *out, const char **end)
{
	char copy[64];

	*end = scan_number(text);
	if (*end == NULL || (size_t)(*end - text) >= sizeof copy)
		return false;
	memcpy(copy, text, (size_t)(*end - text));
	copy[*end - text] = '\0';
	*out = strtod(copy, NULL);
	return *out >= -DBL_MAX && *out <= DBL_MAX;
}

static const char *
skip_word(const char *p, const char *word)
{
	size_t n = strlen(word);

	return strncasecmp(p, word, n) == 0 ? p + n : p;
}

/* The factor of a size suffix at *p, which is moved behind it. */
static double
size_factor(const char **p)
{
	double factor = 1;

	for (const char *l = size_letters; *l != '\0'; l++) {
		const char letter[] = { *l, '\0' };

		factor *= 1024;
		if (skip_word(*p, letter) == *p)
			continue;
		*p += 1;
		*p = skip_word(*p, skip_word(*p, "i") != *p ? "ib" : "b");
		return factor;
	}
	*p = skip_word(*p, "b");
	return 1;
}

static const struct suffix *
time_suffix(const char *p)
{
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		if (strncmp(p, times[i].text, strlen(times[i].text)) == 0)
			return &times[i];
	}
	return NULL;
}

/* 1h30m: adds up number after number as long as each bears a unit. */
static bool
parse_duration(double first, const char **p, double *out)
{
	const struct suffix *suffix = time_suffix(*p);
	double total = first, next;
	const char *end;

	if (suffix == NULL) {
		*out = first;
		return true;
	}
	total *= suffix->factor;
	*p += strlen(suffix->text);
	while (**p >= '0' && **p <= '9') {
		if (!parse_number(*p, &next, &end))
			return false;
		suffix = time_suffix(end);
		if (suffix == NULL)
			return false;
		total += (first < 0 ? -next : next) * suffix->factor;
		*p = end + strlen(suffix->text);
	}
	*out = total;
	return true;
}

bool
quantity_parse(const char *text, unsigned units, struct quantity *out,
    const char **end)
{
	const char *p;

	*out = (struct quantity){ 0 };
	if (!parse_number(text, &out->value, &p))
		return false;

	if ((units & UNITS_PERCENT) && *p == '%') {
		out->percent = true;
		p++;
	} else if (units & UNITS_SIZE) {
		out->value *= size_factor(&p);
	} else if (units & UNITS_TIME) {
		if (!parse_duration(out->value, &p, &out->value))
			return false;
	}
	*end = p;
	return out->value >= -DBL_MAX && out->value <= DBL_MAX;
}

void
quantity_put(struct buf *b, double value)
{
	double size = value < 0 ? -value : value;
	int decimals = 6;
	char text[512];

	/* 15 digits in all are what every consumer keeps. */
	for (double limit = 1e9; size >= limit && decimals > 0; limit *= 10)
		decimals--;
	(void)snprintf(text, sizeof text, "%.*f", decimals, value);

	if (strchr(text, '.') != NULL) {
		char *last = text + strlen(text) - 1;

		while (*last == '0')
			*last-- = '\0';
		if (*last == '.')
			*last = '\0';
	}
	buf_str(b, strcmp(text, "-0") == 0 ? "0" : text);
}

struct quantity_text
number_text(double value)
{
	struct quantity_text t;
	struct buf b = buf_on(t.s, sizeof t.s);

	quantity_put(&b, value);
	return t;
}

struct quantity_text
size_text(double bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB",
		"PiB", "EiB" };
	struct quantity_text t;
	double size = bytes < 0 ? -bytes : bytes;
	size_t i = 0;

	/* 1023.95 would round to "1024.0". */
	while (size >= 1023.95 && i + 1 < sizeof units / sizeof units[0]) {
		size /= 1024;
		i++;
	}
	(void)snprintf(t.s, sizeof t.s, "%s%.*f %s", bytes < 0 ? "-" : "",
	    i > 0, size, units[i]);
	return t;
}

struct quantity_text
duration_text(double seconds)
{
	static const struct {
		const char *name, *minor_name;
		double size, minor;
	} scales[] = {
		{ "d", "h", 86400, 3600 },
		{ "h", "min", 3600, 60 },
		{ "min", "s", 60, 1 },
	};
	struct quantity_text t;
	const char *sign = seconds < 0 ? "-" : "";
	double left = seconds < 0 ? -seconds : seconds;

	if (left > 1e15) {
		(void)snprintf(t.s, sizeof t.s, "%sages", sign);
		return t;
	}
	for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
		unsigned long long minors =
		    (unsigned long long)(left / scales[i].minor + 0.5);
		unsigned long long per =
		    (unsigned long long)(scales[i].size / scales[i].minor);

		if (minors < per)
			continue;
		(void)snprintf(t.s, sizeof t.s,
		    minors % per == 0 ? "%s%llu %s" : "%s%llu %s %llu %s",
		    sign, minors / per, scales[i].name, minors % per,
		    scales[i].minor_name);
		return t;
	}
	/* 9.96 would round to "10.0", and 0.9996 to "1000". */
	if (left >= 9.95 || left == (double)(int)left)
		(void)snprintf(t.s, sizeof t.s, "%s%.0f s", sign, left);
	else if (left >= 0.9995)
		(void)snprintf(t.s, sizeof t.s, "%s%.1f s", sign, left);
	else
		(void)snprintf(t.s, sizeof t.s, "%s%.0f ms", sign, left * 1e3);
	return t;
}
