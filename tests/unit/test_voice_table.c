/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "common/quantity.h"
#include "common/voice.h"
#include "tests/tap.h"

static char text[65536];

static struct report *
fresh(void)
{
	static _Alignas(max_align_t) char bytes[REPORT_MAX];

	return report_init(bytes, sizeof bytes);
}

static struct report *
sample(void)
{
	const struct metric all[] = {
		{ .label = "/", .unit = "B", .value = 3 * GIB, .max = 4 * GIB,
		    .warn = RANGE_MAX(2 * GIB), .crit = RANGE_MAX(3.8 * GIB) },
		{ .label = "/h\xc3\xb6me", .unit = "%", .value = 12.34,
		    .max = 100, .warn = { .set = true, .inside = true,
		    .min = 90, .max = 95 } },
		{ .label = "t", .unit = "s", .value = 90 },
		{ .label = "n", .unit = "", .value = 1.239,
		    .crit = RANGE_MAX(5) },
		{ .label = "feed", .unit = "", .kind = METRIC_GAUGE },
	};
	struct report *r = fresh();

	report_summary(r, "a\033[1mb");
	report_note(r, "a note");
	report_line(r, STATUS_OK, "fine");
	report_line(r, STATUS_CRITICAL, "bad\nly");
	for (size_t i = 0; i < COUNT(all); i++)
		(void)report_metric(r, &all[i]);
	return r;
}

static const char plain[] =
    "DISK IO CRITICAL - a\\x1b[1mb\n"
    "\n"
    "  metric       value                            warning   critical"
    "  state\n"
    "  /          3.0 GiB  [###############.....]  > 2.0 GiB  > 3.8 GiB"
    "  WARNING\n"
    "  /h\xc3\xb6me       12.3 %  [##..................]     @90:95         "
    "    OK\n"
    "  t       1 min 30 s\n"
    "  n             1.24                                           > 5"
    "  OK\n"
    "\n"
    "  [CRITICAL] bad\\nly\n"
    "  [OK] fine\n"
    "  a note\n";

static void
test_plain(void)
{
	struct buf out = buf_on(text, sizeof text);

	voice_table(&out, "disk_io", sample(), false);
	tap_ok(strchr(text, '\033') == NULL, "no escapes without colour");
	tap_str(text, plain, "aligned, for people");

	out = buf_on(text, sizeof text);
	voice_table(&out, "x", fresh(), false);
	tap_str(text, "X OK - \n", "an empty report is a line");
}

/* With the sequences taken out again it is the same text. */
static void
test_colour(void)
{
	struct buf out = buf_on(text, sizeof text);
	static char bare[sizeof text];
	unsigned on = 0, off = 0;
	size_t n = 0;

	voice_table(&out, "disk_io", sample(), true);
	for (const char *p = text; *p != '\0'; p++) {
		if (*p != '\033') {
			bare[n++] = *p;
			continue;
		}
		if (strncmp(p, "\033[0m", 4) == 0)
			off++;
		else
			on++;
		p += strcspn(p, "m");
	}
	tap_str(bare, plain, "colour adds nothing but colour");
	tap_ok(on == off && on == 6, "every state in colour, which ends there");
}

static const struct {
	double value, max, warn;
	const char *bar;
} bars[] = {
	{ 0, 100, 0, "[|...................]" },
	{ 0, 100, 50, "[..........|.........]" },
	{ 50, 100, 80, "[##########......|...]" },
	{ 100, 100, 50, "[####################]" },
	{ 250, 100, 50, "[####################]" },
	{ 1e19, 1, 1, "[####################]" },
	{ 1e300, 1e-300, 1, "[####################]" },
	{ -50, 100, 50, "[..........|.........]" },
	{ -1e300, 1e-300, 0, "[|...................]" },
	{ 0, 1, 1e299, "[....................]" },
	{ 2.4, 100, 100, "[....................]" },
	{ 2.6, 100, 100, "[#...................]" },
};

static void
test_bars(void)
{
	for (size_t i = 0; i < COUNT(bars); i++) {
		struct buf out = buf_on(text, sizeof text);
		struct report *r = fresh();
		const struct metric m = {
			.label = "m",
			.unit = "",
			.value = bars[i].value,
			.max = bars[i].max,
			.warn = { .set = true, .max = bars[i].warn },
		};

		(void)report_metric(r, &m);
		voice_table(&out, "x", r, false);
		tap_has(text, bars[i].bar, bars[i].bar);
	}
}

/* A label too long for its column is cut between characters. */
static void
test_long_label(void)
{
	for (int lead = 0; lead < 2; lead++) {
		struct buf out = buf_on(text, sizeof text);
		struct report *r = fresh();
		char label[128], want[64];
		struct buf b = buf_on(label, sizeof label);

		buf_put(&b, "x", (size_t)lead);
		for (int i = 0; i < 30; i++)
			buf_str(&b, "\xc3\xa9");
		(void)snprintf(want, sizeof want, "%.*s  ", 38 + lead, label);

		const struct metric m = { .label = label, .unit = "" };

		(void)report_metric(r, &m);
		voice_table(&out, "x", r, false);
		tap_has(text, want, "a cut label is text still");
	}
}

#define ITEMS 40

/* Whole rows and lines, none lost without a word, no colour left on. */
static void
test_cut(void)
{
	struct report *r = fresh();
	char label[16];
	int bad = 0;

	for (unsigned i = 0; i < ITEMS; i++) {
		struct metric m = { .label = label, .unit = "", .value = i,
			.warn = RANGE_MAX(20) };

		(void)snprintf(label, sizeof label, "m%u", i);
		(void)report_metric(r, &m);
		report_line(r, (enum status)(i % 4), "line %u", i);
	}
	for (size_t size = 200; size < 4000; size++) {
		char *exact = malloc(size);
		struct buf out = buf_on(exact, size);
		unsigned rows = 0, lines = 0, lost_lines = 0, lost_rows = 0;
		const char *left;

		voice_table(&out, "x", r, true);
		left = strstr(exact, "(left out: ");
		for (const char *p = exact; (p = strchr(p, '\n')) != NULL; p++) {
			rows += strncmp(p, "\n  m", 4) == 0 && p[4] != 'e';
			lines += strncmp(p, "\n  [", 4) == 0;
		}
		if (left != NULL && sscanf(left, "(left out: %u lines, %u m",
		    &lost_lines, &lost_rows) == 0)
			(void)sscanf(left, "(left out: %u m", &lost_rows);
		bad += rows + lost_rows != ITEMS ||
		    lines + lost_lines != ITEMS ||
		    exact[out.len - 1] != '\n' || strlen(exact) != out.len;
		free(exact);
	}
	tap_int(bad, 0, "cut at whole rows and lines, the count said");
}

int
main(void)
{
	test_plain();
	test_colour();
	test_bars();
	test_long_label();
	test_cut();
	return tap_done();
}
