/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * emit_report - random reports for the tests that ask other programs to read
 * them
 *
 * emit_report SEED COUNT perfdata prints, for each of COUNT reports, what was
 * put in, a metric a line: label in hexadecimal, value, unit, maximum, then
 * for both limits "-" or flags, start and end, all with tabs between; then the
 * output. emit_report SEED COUNT json prints the reports as JSON, one a line.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/voice.h"

static unsigned long long state;

static unsigned
dice(unsigned sides)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(state >> 33) % sides;
}

static double
random_number(void)
{
	double n = dice(1000000000) / 1e6;

	switch (dice(8)) {
	case 0:
		return 0;
	case 1:
		return dice(100);
	case 2:
		return 1e19;
	case 3:
		return dice(1000000) / 1e6;
	case 4:
		for (unsigned i = dice(16); i > 0; i--)
			n *= 10;
		return n;
	case 5:
		return dice(2000000000) * 4294967296.0 + dice(1u << 31);
	default:
		return n;
	}
}

static struct range
random_range(void)
{
	double a = random_number(), b = random_number();
	double low = a < b ? a : b, high = a < b ? b : a;
	struct range range = { .set = true, .max = high };

	switch (dice(7)) {
	case 0:
		return (struct range){ 0 };
	case 1:
		range.min = -INFINITY;
		break;
	case 2:
		range.min = low;
		break;
	case 3:
		range.min = low;
		range.max = INFINITY;
		break;
	case 4:
		range.min = -high;
		range.max = dice(2) ? -low : low;
		break;
	case 5:
		range.min = dice(2) ? -INFINITY : low;
		range.inside = true;
		break;
	default:
		break;
	}
	return range;
}

static void
random_text(char *text, size_t size)
{
	static const char *const pieces[] = { "load", "a", "/", "/var", " ",
		"  ", "'", "''", "\"", "=", "==", "::", ":", "|", ";", ",",
		"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xff", "\xc3",
		"\n", "\t", "\r", "\x01", "\x7f", "\033[0m", "`", "$", "\\",
		"%", "5", "0", "-", "+", ".", "~", "@", "(", ")", "[", "#",
		"&", "<", "!", "?", "\xe2\x80\xae", "\xed\xa0\x80", "U" };
	struct buf b = buf_on(text, size);

	for (unsigned i = dice(6); i > 0; i--)
		buf_str(&b, pieces[dice(sizeof pieces / sizeof pieces[0])]);
}

static void
print_range(const struct range *range)
{
	if (range->set)
		printf("\t%s%.17g %.17g", range->inside ? "@" : " ",
		    range->min, range->max);
	else
		printf("\t-");
}

static void
print_metric(const struct metric *m)
{
	printf("metric\t");
	for (const char *p = m->label; *p != '\0'; p++)
		printf("%02x", (unsigned char)*p);
	printf("\t%.17g\t%s\t%.17g", m->value, m->unit, m->max);
	print_range(&m->warn);
	print_range(&m->crit);
	putchar('\n');
}

static void
fill(struct report *r, bool tell)
{
	static const char *const units[] = { "", "%", "B", "s" };
	char text[64];

	random_text(text, sizeof text);
	report_summary(r, "%s", text);
	for (unsigned i = dice(10) + 1; i > 0; i--) {
		struct metric m = {
			.label = text,
			.unit = units[dice(4)],
			.value = random_number() * (dice(4) ? 1 : -1),
			.warn = random_range(),
			.crit = random_range(),
			.max = dice(3) ? 0 : random_number(),
			.below_zero = dice(3) == 0,
		};

		random_text(text, sizeof text);
		if (tell)
			print_metric(&m);
		else
			report_line(r, (enum status)dice(4), "%s", text);
		m.object = dice(2) ? text : NULL;
		(void)report_metric(r, &m);
	}
}

int
main(int argc, char *argv[])
{
	static _Alignas(max_align_t) char storage[REPORT_MAX];
	static char text[REPORT_MAX];
	bool json = argc == 4 && strcmp(argv[3], "json") == 0;

	if (argc != 4)
		return 1;
	state = strtoull(argv[1], NULL, 10);
	for (long i = strtol(argv[2], NULL, 10); i > 0; i--) {
		struct report *r = report_init(storage, sizeof storage);
		struct buf out = buf_on(text, sizeof text);

		fill(r, !json);
		if (json)
			voice_json(&out, "emit", r);
		else
			voice_service(&out, "emit", r);
		printf("%s%s", json ? "" : "output\t", text);
	}
	return 0;
}
