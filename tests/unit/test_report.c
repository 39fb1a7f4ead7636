/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "common/report.h"
#include "common/voice.h"
#include "tests/tap.h"

static void *
allocate(size_t size)
{
	void *bytes = malloc(size);

	if (bytes == NULL) {
		puts("Bail out! out of memory");
		exit(1);
	}
	return bytes;
}

/* A bit of everything. */
static void
fill(struct report *r)
{
	const struct metric load = {
		.label = "load1",
		.value = 0.5,
		.unit = "",
		.warn = RANGE_MAX(1),
		.crit = { .set = true, .inside = true, .min = -INFINITY },
	};
	const struct metric disk = {
		.label = "/ (inodes)",
		.name = "inodes",
		.object = "/",
		.unit = "%",
		.value = -3,
		.max = 100,
		.below_zero = true,
		.kind = METRIC_GAUGE,
	};

	report_summary(r, "first");
	report_line(r, STATUS_OK, "%s is fine", "a");
	(void)report_metric(r, &load);
	report_note(r, "by the way");
	report_summary(r, "a\n|\xff\xc3\xa9 %d", 42);
	report_line(r, STATUS_CRITICAL, "b is not");
	(void)report_metric(r, &disk);
	report_line(r, STATUS_UNKNOWN, "%s", "");
}

static void
test_content(void)
{
	struct report *r = report_init(allocate(REPORT_MAX), REPORT_MAX);
	struct record rec;
	size_t at = 0;

	tap_str(report_get_summary(r), "", "no summary at first");
	tap_ok(!report_next(r, &at, &rec), "and nothing else");
	tap_int(r->status, STATUS_OK, "OK so far");
	fill(r);
	tap_str(report_get_summary(r), "a\n|\xff\xc3\xa9 42", "raw text");
	tap_int(r->status, STATUS_CRITICAL, "the worst of all");

	at = 0;
	tap_ok(report_next(r, &at, &rec) && rec.type == RECORD_LINE &&
	    rec.status == STATUS_OK && strcmp(rec.text, "a is fine") == 0,
	    "a line");
	tap_ok(report_next(r, &at, &rec) && rec.type == RECORD_METRIC &&
	    rec.status == STATUS_OK, "a metric");
	tap_str(rec.metric.label, "load1", "its label");
	tap_str(rec.metric.name, "load1", "is its name, too");
	tap_ok(rec.metric.object == NULL, "of the host");
	tap_str(rec.metric.unit, "", "without unit");
	tap_num(rec.metric.value, 0.5, "its value");
	tap_ok(rec.metric.warn.set && !rec.metric.warn.inside, "its warning");
	tap_ok(rec.metric.crit.inside && isinf(rec.metric.crit.min), "@~:0");
	tap_ok(report_next(r, &at, &rec) && rec.type == RECORD_NOTE &&
	    strcmp(rec.text, "by the way") == 0, "a note");
	tap_ok(report_next(r, &at, &rec) && rec.status == STATUS_CRITICAL,
	    "a critical line");
	tap_ok(report_next(r, &at, &rec) && rec.type == RECORD_METRIC,
	    "a feed");
	tap_str(rec.metric.name, "inodes", "with a name");
	tap_str(rec.metric.object, "/", "of an object");
	tap_str(rec.metric.unit, "%", "and a unit");
	tap_ok(rec.metric.kind == METRIC_GAUGE && rec.metric.below_zero,
	    "a gauge below zero");
	tap_num(rec.metric.max, 100, "its maximum");
	tap_ok(report_next(r, &at, &rec) && *rec.text == '\0', "empty text");
	tap_ok(!report_next(r, &at, &rec), "that was all");
	tap_ok(!report_next(r, &at, &rec), "however often asked");
	free(r);
}

#define CAP(status_) .capped = true, .cap = STATUS_##status_

/* What report_metric() says of a value with the limits 10 and 20. */
static const struct {
	const char *what;
	struct metric metric;
	enum status status;
	bool stored;
} judged[] = {
	{ "fine", { .value = 10 }, STATUS_OK, true },
	{ "above the warning", { .value = 10.1 }, STATUS_WARNING, true },
	{ "at the critical limit", { .value = 20 }, STATUS_WARNING, true },
	{ "above it", { .value = 20.1 }, STATUS_CRITICAL, true },
	{ "below both", { .value = -1 }, STATUS_CRITICAL, true },
	{ "capped", { .value = 30, CAP(WARNING) }, STATUS_WARNING, true },
	{ "capped to OK", { .value = 30, CAP(OK) }, STATUS_OK, true },
	{ "no worse by a cap", { .value = 0, CAP(CRITICAL) }, STATUS_OK,
	    true },
	{ "not a number", { .value = NAN }, STATUS_OK, false },
	{ "infinite", { .value = INFINITY }, STATUS_OK, false },
	{ "minus infinite", { .value = -INFINITY }, STATUS_OK, false },
	{ "with an odd maximum", { .value = 1, .max = INFINITY }, STATUS_OK,
	    true },
	{ "with no number for it", { .value = 1, .max = NAN }, STATUS_OK,
	    true },
};

static void
test_judged(void)
{
	void *storage = allocate(REPORT_MAX);

	for (size_t i = 0; i < COUNT(judged); i++) {
		struct report *r = report_init(storage, REPORT_MAX);
		struct metric m = judged[i].metric;
		struct record rec;
		size_t at = 0;

		m.label = "x";
		m.unit = "";
		m.warn = (struct range)RANGE_MAX(10);
		m.crit = (struct range)RANGE_MAX(20);
		tap_int(report_metric(r, &m), judged[i].status,
		    judged[i].what);
		tap_int(r->status, judged[i].status, "so is the report");
		if (!tap_ok(report_next(r, &at, &rec) == judged[i].stored,
		    "stored if finite") || !judged[i].stored)
			continue;
		tap_int(rec.status, judged[i].status, "with its status");
		tap_ok(isfinite(rec.metric.max), "and a finite maximum");
	}
	free(storage);
}

static size_t
count_records(const struct report *r, enum record_type type)
{
	struct record rec;
	size_t at = 0, n = 0;

	while (report_next(r, &at, &rec))
		n += rec.type == type;
	return n;
}

/* From no room at all to plenty; the storage is just so large, for ASan. */
static void
test_full(size_t size)
{
	struct report *r = report_init(allocate(size), size);
	const struct metric m = { .label = "label", .unit = "", .value = 1 };
	size_t added = 0;
	char text[4096];

	for (; r->lost_lines < 3 || r->lost_metrics < 3; added++) {
		report_line(r, STATUS_WARNING, "line %zu", added);
		(void)report_metric(r, &m);
	}
	tap_int((long long)(count_records(r, RECORD_LINE) + r->lost_lines),
	    (long long)added, "lines kept and lost are all");
	tap_int((long long)(count_records(r, RECORD_METRIC) +
	    r->lost_metrics), (long long)added, "so are metrics");
	tap_int(r->status, STATUS_WARNING, "what is lost still counts");

	/* Long and short ones, again and again: the last one holds. */
	memset(text, 'x', sizeof text);
	for (int i = 0; i < 50; i++)
		report_summary(r, "%d %.*s", i, i % 2 ? 4000 : 3, text);
	if (size >= 8192)
		tap_ok(strncmp(report_get_summary(r), "49 x", 4) == 0,
		    "there is always room for a summary");
	else
		tap_ok(strlen(report_get_summary(r)) < size, "if any");
	tap_ok(report_adopt(r, r->used) == r, "it is sound");
	free(r);
}

static void
test_sizes(void)
{
	static const size_t sizes[] = { sizeof(struct report), 31, 32, 33, 40,
		100, 1000, 4096, 4119, 4120, 4121, 5000, 5001, 5002, 5003,
		8191, 8192, 65536, 100001 };
	struct report *r;
	void *storage = allocate(2 * REPORT_MAX);
	static char text[20000];

	for (size_t i = 0; i < COUNT(sizes); i++)
		test_full(sizes[i]);

	r = report_init(storage, 2 * REPORT_MAX);
	memset(text, 'x', sizeof text - 1);
	while (r->lost_lines == 0)
		report_line(r, STATUS_OK, "%s", text);
	tap_ok(r->used <= REPORT_MAX, "no report is larger than that");
	report_summary(r, "%s", text);
	tap_int((long long)strlen(report_get_summary(r)), 1023,
	    "a long summary is cut");
	tap_ok(report_adopt(r, r->used) == r, "a full report is sound");
	free(storage);
}

/* The report in all voices, through a small buffer and a large one. */
static void
speak(const struct report *r)
{
	static char text[65536];
	static const size_t sizes[] = { 128, sizeof text };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct buf b = buf_on(text, sizes[i]);

		voice_service(&b, "x", r);
		buf_cut(&b, 0);
		voice_json(&b, "x", r);
		buf_cut(&b, 0);
		voice_table(&b, "x", r, true);
	}
}

static void
test_copies(void)
{
	char *a = allocate(REPORT_MAX), *b = allocate(REPORT_MAX);
	static char first[8192], second[8192];
	struct buf one = buf_on(first, sizeof first);
	struct buf two = buf_on(second, sizeof second);
	struct report *ra, *rb;
	char *moved;

	memset(a, 0x55, REPORT_MAX);
	memset(b, 0xaa, REPORT_MAX);
	ra = report_init(a, REPORT_MAX);
	rb = report_init(b, REPORT_MAX);
	fill(ra);
	fill(rb);
	tap_ok(ra->used == rb->used && memcmp(ra, rb, ra->used) == 0,
	    "the same report is the same bytes, whatever was there before");

	voice_json(&one, "x", ra);
	moved = allocate(ra->used);
	memcpy(moved, ra, ra->used);
	memset(a, 0xee, REPORT_MAX);
	tap_ok(report_adopt(moved, rb->used) != NULL, "it is sound elsewhere");
	voice_json(&two, "x", (const struct report *)(const void *)moved);
	tap_str(second, first, "and says the same there");
	free(moved);
	free(a);
	free(b);
}

/* However short: refused, or read without touching what is not there. */
static void
test_truncated(const struct report *whole)
{
	unsigned adopted = 0, refused = 0;

	for (uint32_t n = 0; n < whole->used; n++) {
		struct report *r = allocate(n > 0 ? n : 1);

		memcpy(r, whole, n);
		if (report_adopt(r, n) != NULL)
			adopted++;
		/* And as if it had never been longer. */
		if (n < sizeof *r) {
			free(r);
			continue;
		}
		r->used = n;
		if (report_adopt(r, n) == NULL)
			refused++;
		else
			speak(r);
		free(r);
	}
	tap_int(adopted, 0, "no beginning of a report is a report");
	tap_ok(refused > whole->used / 2, "most are none with a new size");
}

static void
test_flipped(const struct report *whole)
{
	size_t n = whole->used;
	unsigned accepted = 0;

	for (size_t bit = 0; bit < n * 8; bit++) {
		unsigned char *bytes = allocate(n);
		const struct report *r;

		memcpy(bytes, whole, n);
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		r = report_adopt(bytes, n);
		if (r != NULL) {
			speak(r);
			accepted++;
		}
		free(bytes);
	}
	tap_ok(accepted > 0 && accepted < n * 8,
	    "flipped bits are refused or read");
}

/* A sound report with one number in it made unsound. */
static void
test_unsound(void)
{
	static const struct {
		const char *what;
		double from, to;
	} cases[] = {
		{ "an infinite value", 111.5, INFINITY },
		{ "no number as value", 111.5, NAN },
		{ "an infinite maximum", 222.5, INFINITY },
		{ "no number as limit", 333.5, NAN },
		{ "an end below all", 333.5, -INFINITY },
		{ "a start above all", 444.5, INFINITY },
	};
	const struct metric m = {
		.label = "x",
		.unit = "ms",
		.value = 111.5,
		.max = 222.5,
		.warn = RANGE_MAX(333.5),
		.crit = { .set = true, .min = 444.5, .max = INFINITY },
	};
	char *bytes = allocate(REPORT_MAX);

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct report *r = report_init(bytes, REPORT_MAX);
		size_t at = 0;

		(void)report_metric(r, &m);
		tap_ok(report_adopt(r, r->used) != NULL, "sound before");
		while (memcmp(bytes + at, &cases[i].from, sizeof(double)) != 0)
			at += sizeof(double);
		memcpy(bytes + at, &cases[i].to, sizeof(double));
		tap_ok(report_adopt(r, r->used) == NULL, cases[i].what);
	}

	struct metric odd = { .label = "x", .unit = "s\n", .value = 1 };
	struct report *r = report_init(bytes, REPORT_MAX);

	(void)report_metric(r, &odd);
	tap_ok(report_adopt(r, r->used) == NULL, "a unit that breaks a line");
	r = report_init(bytes, REPORT_MAX);
	r->size = r->used - 1;
	tap_ok(report_adopt(r, r->used) == NULL, "larger than its storage");
	free(bytes);
}

int
main(void)
{
	struct report *whole = report_init(allocate(REPORT_MAX), REPORT_MAX);

	fill(whole);
	test_content();
	test_judged();
	test_sizes();
	test_copies();
	test_truncated(whole);
	test_flipped(whole);
	test_unsound();
	free(whole);
	return tap_done();
}
