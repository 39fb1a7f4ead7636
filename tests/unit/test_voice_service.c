/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "common/voice.h"
#include "tests/tap.h"

static char storage[REPORT_MAX];

static struct report *
fresh(void)
{
	static _Alignas(max_align_t) char bytes[REPORT_MAX];

	return report_init(bytes, sizeof bytes);
}

static const struct {
	const char *what;
	struct metric metric;
	const char *text;
} metrics[] = {
	{ "a plain number", { .unit = "", .value = 5 }, "m=5;;;0" },
	{ "with a unit", { .unit = "%", .value = 5.5 }, "m=5.5%;;;0" },
	{ "below zero", { .unit = "", .value = -5, .below_zero = true },
	    "m=-5" },
	{ "with a maximum", { .unit = "B", .value = 5, .max = 10 },
	    "m=5B;;;0;10" },
	{ "a maximum but no minimum",
	    { .unit = "", .value = 5, .max = 10, .below_zero = true },
	    "m=5;;;;10" },
	{ "limits", { .unit = "s", .value = 5, .warn = RANGE_MAX(8),
	    .crit = RANGE_MAX(9) }, "m=5s;8;9;0" },
	{ "no warning", { .unit = "", .value = 5, .crit = RANGE_MAX(9) },
	    "m=5;;9;0" },
	{ "only a warning", { .unit = "", .value = 5, .below_zero = true,
	    .warn = RANGE_MAX(9) }, "m=5;9" },
	{ "a range", { .unit = "", .value = 5, .below_zero = true,
	    .warn = { .set = true, .inside = true, .min = 6, .max = 7 } },
	    "m=5;@6:7" },
	{ "an upper bound alone", { .unit = "", .value = 5,
	    .warn = { .set = true, .min = -INFINITY, .max = 7 } },
	    "m=5;7;;0" },
	{ "a large number", { .unit = "B", .value = 1e19 },
	    "m=10000000000000000000B;;;0" },
};

static void
test_metrics(void)
{
	for (size_t i = 0; i < COUNT(metrics); i++) {
		struct buf out = buf_on(storage, sizeof storage);
		struct report *r = fresh();
		struct metric m = metrics[i].metric;
		char want[128];

		m.label = "m";
		(void)report_metric(r, &m);
		voice_service(&out, "x", r);
		(void)snprintf(want, sizeof want, "X %s -  | %s\n",
		    status_name(r->status), metrics[i].text);
		tap_str(storage, want, metrics[i].what);
	}
}

static const char whole[] =
    "DISK IO CRITICAL - sda\\x7c\\nis slow | a=1;;;0 'b c'=2;;;0\n"
    "[CRITICAL] line 2\n"
    "[CRITICAL] line 6\n"
    "[WARNING] line 1\n"
    "[WARNING] line 5\n"
    "[UNKNOWN] line 3\n"
    "[UNKNOWN] line 7\n"
    "[OK] line 0\n"
    "[OK] line 4\n"
    "note 1\\x7c\n"
    "note 2\n";

static void
test_order(void)
{
	struct buf out = buf_on(storage, sizeof storage);
	struct report *r = fresh();
	struct metric m = { .label = "a", .unit = "", .value = 1 };

	report_note(r, "note 1|");
	for (int i = 0; i < 8; i++)
		report_line(r, (enum status)(i % 4), "line %d", i);
	(void)report_metric(r, &m);
	m.label = "feed";
	m.kind = METRIC_COUNTER;
	(void)report_metric(r, &m);
	m = (struct metric){ .label = "b c", .unit = "", .value = 2 };
	(void)report_metric(r, &m);
	report_note(r, "note 2");
	report_summary(r, "sda|\nis slow");
	voice_service(&out, "disk_io", r);
	tap_str(storage, whole, "worst first, perfdata on line 1, no feeds");

	out = buf_on(storage, sizeof storage);
	voice_service(&out, "x", fresh());
	tap_str(storage, "X OK - \n", "an empty report is a line");

	r = fresh();
	r->lost_lines = 1;
	r->lost_metrics = 2;
	out = buf_on(storage, sizeof storage);
	voice_service(&out, "x", r);
	tap_str(storage, "X OK - \n(left out: 1 line, 2 metrics)\n",
	    "what the report lost is said");
}

#define LINES 700
#define METRICS 300

static struct report *
large(size_t summary)
{
	struct report *r = fresh();
	char label[32], text[1024];

	memset(text, '|', sizeof text);
	for (unsigned i = 0; i < LINES; i++)
		report_line(r, (enum status)(i * 7 % 4), "item %u %.*s", i,
		    (int)(i * 37 % 90), text);
	for (unsigned i = 0; i < METRICS; i++) {
		struct metric m = { .label = label, .unit = "B", .value = i };

		(void)snprintf(label, sizeof label, "l%u %.*s", i,
		    (int)(i % 17), "abcdefghijklmnopq");
		(void)report_metric(r, &m);
	}
	report_summary(r, "%.*s", (int)summary, text);
	return r;
}

static size_t
count_char(const char *text, size_t n, char c)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += text[i] == c;
	return found;
}

/*
 * Whether cut is the beginning of full, line by line: the first line perhaps
 * without its last metrics, then whole lines, then what is left out.
 */
static bool
is_cut(const char *cut, const char *full)
{
	size_t n = strcspn(cut, "\n"), all = strcspn(full, "\n");
	const char *rest = cut + n, *left = strstr(cut, "\n(left out: ");
	unsigned lines = 0, items = 0;
	size_t shown, equals;

	if (*rest != '\n' || left == NULL || strncmp(cut, full, n) != 0 ||
	    strchr(" \n", full[n]) == NULL)
		return false;
	if (sscanf(left, "\n(left out: %u lines, %u", &lines, &items) == 0)
		(void)sscanf(left, "\n(left out: %u metric", &items);
	shown = count_char(rest, (size_t)(left - rest), '\n');
	equals = count_char(cut, n, '=');
	if (shown + lines != LINES || equals + items != METRICS)
		return false;
	return memcmp(rest, full + all, (size_t)(left - rest)) == 0;
}

static void
test_cut(void)
{
	static char full[REPORT_MAX];
	struct buf all = buf_on(full, sizeof full);
	struct report *r = large(20);
	int bad = 0, sizes = 0;
	size_t shown = 0;

	voice_service(&all, "x", r);
	tap_ok(strstr(full, "left out") == NULL, "all of it fits");
	for (size_t size = 256; size < all.len; size += size < 3000 ? 1 : 997) {
		char *exact = malloc(size); /* for ASan to watch its end */
		struct buf out = buf_on(exact, size);

		voice_service(&out, "x", r);
		bad += !is_cut(exact, full) || strlen(exact) != out.len ||
		    exact[out.len - 1] != '\n' || out.len < shown;
		shown = out.len > 200 ? out.len - 200 : 0;
		sizes++;
		free(exact);
	}
	tap_int(bad, 0, "cut at whole lines and metrics, the count said");
	tap_ok(sizes > 2500, "at many sizes");

	static const size_t packets[] = { 1024, 65536 };

	for (size_t i = 0; i < COUNT(packets); i++) {
		struct buf out = buf_on(storage, packets[i]);

		voice_service(&out, "x", r);
		tap_ok(is_cut(storage, full), "a packet of NRPE");
		tap_ok(out.len > packets[i] - 256, "is well filled");
	}
}

/* The summary is cut, too, rather than the words on what is missing. */
static void
test_small(void)
{
	static const size_t summaries[] = { 0, 1, 10, 100, 1000, 1023 };
	int bad = 0;

	for (size_t i = 0; i < COUNT(summaries); i++) {
		struct report *r = large(summaries[i]);

		for (size_t size = 129; size < 5000;
		    size += size < 600 ? 1 : 13) {
			char *exact = malloc(size);
			struct buf out = buf_on(exact, size);
			size_t said;

			voice_service(&out, "x", r);
			said = strlen(exact);
			bad += said != out.len || said < 3 ||
			    strcmp(exact + said - 2, ")\n") != 0 ||
			    strstr(exact, "\n(left out: ") == NULL;
			free(exact);
		}
	}
	tap_int(bad, 0, "every size says how much is missing");

	for (size_t size = 1; size < 129; size++) {
		char *exact = malloc(size);
		struct buf out = buf_on(exact, size);

		voice_service(&out, "x", large(100));
		bad += strlen(exact) != out.len;
		free(exact);
	}
	tap_int(bad, 0, "and even less room is not overrun");
}

int
main(void)
{
	test_metrics();
	test_order();
	test_cut();
	test_small();
	return tap_done();
}
