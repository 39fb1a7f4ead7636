/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "common/foreign.h"
#include "common/voice.h"
#include "tests/tap.h"

static union {
	max_align_t align;
	char bytes[256 * 1024];
} storage;

static const struct {
	enum status status;
	const char *output; /* of a plugin called x */
	const char *want;   /* what the voice of checks makes of it */
	unsigned bad;
} rows[] = {
	{ STATUS_OK, "", "X OK - \n", 0 },
	{ STATUS_OK, "fine\n", "X OK - fine\n", 0 },
	{ STATUS_OK, "DISK OK - free", "X OK - free\n", 0 },
	{ STATUS_OK, "OK: free", "X OK - free\n", 0 },
	{ STATUS_WARNING, "DISK OK - free", "X WARNING - DISK OK - free\n",
	    0 },
	{ STATUS_CRITICAL, "x: not CRITICAL - y",
	    "X CRITICAL - x: not CRITICAL - y\n", 0 },
	{ STATUS_OK, "It is OK", "X OK - It is OK\n", 0 },
	{ STATUS_OK, "BOOK - 5", "X OK - BOOK - 5\n", 0 },
	{ STATUS_OK, "a|b=1;2;3;0;4", "X OK - a | b=1;2;3;0;4\n", 0 },
	{ STATUS_OK, "a | b=9;2;3", "X OK - a | b=9;2;3\n", 0 },
	{ STATUS_OK, "a | b=1ms;2;3;0;4",
	    "X OK - a | b=0.001s;0.002;0.003;0;0.004\n", 0 },
	{ STATUS_CRITICAL, "a | b=0;2;3", "X CRITICAL - a | b=0;2;3\n", 0 },
	{ STATUS_UNKNOWN, "a\nb\n\n  c \n", "X UNKNOWN - a\nb\n  c\n", 0 },
	{ STATUS_OK, "a | b=1\nc\nd | e=2\nf=3\n",
	    "X OK - a | b=1 e=2 f=3\nc\nd\n", 0 },
	{ STATUS_OK, "a | b=1 b=2 c x=U 'y", "X OK - a | b=1\n", 3 },
	{ STATUS_OK, "a | n=7c", "X OK - a\n", 0 },
	{ STATUS_OK, "| b=1;;;0", "X OK -  | b=1;;;0\n", 0 },
	{ STATUS_OK, "\x1b[31mred", "X OK - \\x1b[31mred\n", 0 },
};

static void
test_rows(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct report *r = report_init(&storage, sizeof storage);
		char text[2048];
		struct buf b = buf_on(text, sizeof text);

		tap_int(foreign_read(r, rows[i].status, rows[i].output,
		    strlen(rows[i].output)), rows[i].bad, "what is bad");
		voice_service(&b, "x", r);
		tap_str(text, rows[i].want, rows[i].output);
		tap_int(r->status, rows[i].status, "its state is its own");
	}
}

/* What our own checks print comes back as it was. */
static void
test_our_own(void)
{
	static const char ours[] = "DISK WARNING - /: 90 % used | "
	    "/=90B;85;95;0;100 '/ (inodes)'=3%;@1:3;5 'load 1'=-0.5\n"
	    "[WARNING] /: 90 % used\nnote\n";
	struct report *r = report_init(&storage, sizeof storage);
	char text[2048];
	struct buf b = buf_on(text, sizeof text);

	tap_int(foreign_read(r, STATUS_WARNING, ours, sizeof ours - 1), 0,
	    "all of it is read");
	voice_service(&b, "disk", r);
	tap_str(text, ours, "and said again");
}

static void
test_limits(void)
{
	static char output[64 * 1024];
	struct buf b = buf_on(output, sizeof output);
	struct report *r = report_init(&storage, sizeof storage);

	buf_str(&b, "x |");
	for (int i = 0; i < FOREIGN_METRICS_MAX + 3; i++)
		buf_fmt(&b, " m%d=1", i);
	tap_int(foreign_read(r, STATUS_OK, output, b.len), 3,
	    "no more metrics than there may be");
	tap_int(r->lost_metrics, 0, "and those are there");

	b = buf_on(output, sizeof output);
	for (int i = 0; i < 10000; i++)
		buf_char(&b, 'y');
	r = report_init(&storage, sizeof storage);
	(void)foreign_read(r, STATUS_OK, output, b.len);
	tap_int((long long)strlen(report_get_summary(r)), 1023,
	    "a long line is cut");

	r = report_init(&storage, sizeof storage);
	(void)foreign_read(r, STATUS_OK, "a\0b\nc", 5);
	tap_str(report_get_summary(r), "a", "a zero byte ends it");
}

int
main(void)
{
	test_rows();
	test_our_own();
	test_limits();
	return tap_done();
}
