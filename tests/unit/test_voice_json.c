/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/program/voice_json.t has a real parser read what is written here. */
#include "config.h"

#include <stdlib.h>

#include "common/voice.h"
#include "tests/tap.h"

static struct report *
fresh(void)
{
	static _Alignas(max_align_t) char bytes[REPORT_MAX];

	return report_init(bytes, sizeof bytes);
}

static const char empty[] =
    "{\"version\":1,\"check\":\"x_y\",\"status\":\"OK\",\"code\":0,"
    "\"summary\":\"\",\"metrics\":[],\"lines\":[],\"notes\":[],"
    "\"left_out\":{\"lines\":0,\"metrics\":0}}\n";

static const char whole[] =
    "{\"version\":1,\"check\":\"disk\",\"status\":\"CRITICAL\",\"code\":2,"
    "\"summary\":\"\\\"a\\\"\\u000ab\\ufffd\",\"metrics\":["
    "{\"label\":\"a\",\"name\":\"a\",\"kind\":\"judged\",\"value\":1.5,"
    "\"unit\":\"%\",\"status\":\"WARNING\",\"warning\":\"1\","
    "\"critical\":\"@~:0\",\"min\":0,\"max\":100},"
    "{\"label\":\"b\",\"name\":\"bytes\",\"object\":\"/\","
    "\"kind\":\"counter\",\"value\":-10000000000000000000,\"unit\":\"B\","
    "\"status\":\"OK\"}],"
    "\"lines\":[{\"status\":\"OK\",\"text\":\"fine\"},"
    "{\"status\":\"CRITICAL\",\"text\":\"not\"}],"
    "\"notes\":[\"by the way\"],"
    "\"left_out\":{\"lines\":3,\"metrics\":4}}\n";

static void
test_text(void)
{
	static char text[8192];
	struct buf out = buf_on(text, sizeof text);
	struct report *r = fresh();
	const struct metric a = {
		.label = "a",
		.unit = "%",
		.value = 1.5,
		.warn = RANGE_MAX(1),
		.crit = { .set = true, .inside = true, .min = -INFINITY },
		.max = 100,
	};
	const struct metric b = {
		.label = "b",
		.name = "bytes",
		.object = "/",
		.unit = "B",
		.value = -1e19,
		.kind = METRIC_COUNTER,
		.below_zero = true,
	};

	voice_json(&out, "x_y", r);
	tap_str(text, empty, "an empty report");

	report_line(r, STATUS_OK, "fine");
	report_note(r, "by the way");
	(void)report_metric(r, &a);
	report_line(r, STATUS_CRITICAL, "not");
	(void)report_metric(r, &b);
	report_summary(r, "\"a\"\nb\xff");
	r->lost_lines = 3;
	r->lost_metrics = 4;
	out = buf_on(text, sizeof text);
	voice_json(&out, "disk", r);
	tap_str(text, whole, "a bit of everything");
}

#define ITEMS 60

static unsigned
count(const char *text, const char *needle)
{
	unsigned n = 0;

	for (; (text = strstr(text, needle)) != NULL; text++)
		n++;
	return n;
}

/* At every size the object is closed, and nothing is missing unsaid. */
static void
test_cut(void)
{
	struct report *r = fresh();
	char label[32];
	int bad = 0;

	for (unsigned i = 0; i < ITEMS; i++) {
		struct metric m = { .label = label, .unit = "", .value = i };

		(void)snprintf(label, sizeof label, "m%u%.*s", i,
		    (int)(i * 7 % 20), "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"");
		(void)report_metric(r, &m);
		report_line(r, STATUS_OK, "line %.*s", (int)(i * 7 % 20),
		    "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n");
		report_note(r, "note");
	}
	for (size_t size = 300; size < 16000; size += size < 3000 ? 1 : 7) {
		char *exact = malloc(size);
		struct buf out = buf_on(exact, size);
		unsigned lines = 0, metrics = 0, kept;
		const char *left;

		voice_json(&out, "x", r);
		left = strstr(exact, ",\"left_out\":");
		if (left == NULL || sscanf(left, ",\"left_out\":{\"lines\":%u,"
		    "\"metrics\":%u}}\n", &lines, &metrics) != 2)
			bad++;
		kept = count(exact, "\"label\":");
		(void)snprintf(label, sizeof label, "\"label\":\"m%u",
		    kept > 0 ? kept - 1 : 0);
		bad += kept + metrics != ITEMS ||
		    (kept > 0 && strstr(exact, label) == NULL) ||
		    count(exact, "\"text\":") + count(exact, "\"note\"") +
		    lines != 2 * ITEMS || !buf_ok(&out) ||
		    exact[out.len - 1] != '\n';
		free(exact);
	}
	tap_int(bad, 0, "every size is a whole object, the first ones in it");
}

int
main(void)
{
	test_text();
	test_cut();
	return tap_done();
}
