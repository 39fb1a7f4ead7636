/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "common/perfdata.h"
#include "common/quantity.h"
#include "tests/tap.h"

static void
put_optional(struct buf *b, double value)
{
	buf_char(b, ';');
	if (isfinite(value))
		quantity_put(b, value);
}

/* "label=value unit[c];warn;crit;min;max", or "bad", of all items. */
static void
describe(struct buf *b, const char *text, size_t len)
{
	const char *at = text, *end = text + len;
	struct perfdata p;
	int rc;

	while ((rc = perfdata_next(&at, end, &p)) != 0) {
		buf_str(b, b->len > 0 ? " " : "");
		if (rc < 0) {
			buf_str(b, "bad");
			continue;
		}
		buf_fmt(b, "<%s>=", p.label);
		if (isfinite(p.value))
			quantity_put(b, p.value);
		else
			buf_char(b, 'U');
		buf_fmt(b, "%s%s;", p.unit, p.counter ? "c" : "");
		if (p.warn.set)
			range_put(b, &p.warn);
		buf_char(b, ';');
		if (p.crit.set)
			range_put(b, &p.crit);
		put_optional(b, p.min);
		put_optional(b, p.max);
	}
}

static const struct {
	const char *text, *want;
} rows[] = {
	{ "", "" },
	{ " \t\r\n ", "" },
	{ "a=1", "<a>=1;;;;" },
	{ "a=1 b=2", "<a>=1;;;; <b>=2;;;;" },
	{ "a=1\nb=2", "<a>=1;;;; <b>=2;;;;" },
	{ "a=5;0:80", "<a>=5;80;;;" },
	{ "a=5;@1:3;~:5;0;10", "<a>=5;@1:3;~:5;0;10" },
	{ "a=5;80:", "<a>=5;80:;;;" },
	{ "a=5%;80;90;0;100", "<a>=5%;80;90;0;100" },
	{ "a=5%;80%;90%", "<a>=5%;80;90;;" },
	{ "a=5;;;;", "<a>=5;;;;" },
	{ "a=5;1;2;3;4;5;6", "<a>=5;1;2;3;4" },
	{ "a=5;x;3:1;y;1z", "<a>=5;;;;" },
	{ "a=-0.5;;;-1;1", "<a>=-0.5;;;-1;1" },
	{ "a=+5", "<a>=5;;;;" },
	{ "a=1e5", "<a>=100000;;;;" },

	/* values that are none */
	{ "a=U", "<a>=U;;;;" },
	{ "a=U;5", "<a>=U;5;;;" },
	{ "a=nan b=inf c=-inf d=0x1", "bad bad bad <d>=0;;;;" },
	{ "a=1,5s", "bad" },
	{ "a=", "bad" },
	{ "a=;5", "bad" },
	{ "a=s", "bad" },
	{ "a=1e999", "bad" },
	{ "a=1e308TB", "bad" },

	/* units */
	{ "a=1500ms;2000;3000;0;5000", "<a>=1.5s;2;3;0;5" },
	{ "a=5us b=5ns", "<a>=0.000005s;;;; <b>=0s;;;;" },
	{ "a=1KB b=1kB c=1MB", "<a>=1024B;;;; <b>=1024B;;;; "
	    "<c>=1048576B;;;;" },
	{ "a=2GiB;1;;0;4", "<a>=2147483648B;1073741824;;0;4294967296" },
	{ "a=7c", "<a>=7c;;;;" },
	{ "a=5req/s b=5\xc2\xb0""C", "<a>=5;;;; <b>=5;;;;" },

	/* labels */
	{ "'a b'=1", "<a b>=1;;;;" },
	{ "'it''s'=5", "<it's>=5;;;;" },
	{ "'a=b'=5", "<a=b>=5;;;;" },
	{ "''''=1", "<'>=1;;;;" },
	{ "''=1", "bad" },
	{ "=1", "bad" },
	{ "'a", "bad" },
	{ "'a'", "bad" },
	{ "'a b=1 c=2", "bad" },
	{ "'a'b=1", "bad" },
	{ "a", "bad" },
	{ "a b=1", "bad <b>=1;;;;" },
	{ "a= b=1", "bad <b>=1;;;;" },
	{ "a =1 b=1", "bad bad <b>=1;;;;" },
	{ "/var/lib=3B x::y=4", "</var/lib>=3B;;;; <x::y>=4;;;;" },
};

static void
test_rows(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = strlen(rows[i].text);
		char got[1024], *exact = malloc(len > 0 ? len : 1);
		struct buf b = buf_on(got, sizeof got);

		if (exact == NULL)
			exit(1);
		/* No terminator: none is to be looked at. */
		memcpy(exact, rows[i].text, len);
		describe(&b, exact, len);
		tap_str(got, rows[i].want, rows[i].text);
		free(exact);
	}
}

/* n times c, and "=1" behind it if it is a label, "l=" before it if not. */
static int
read_long(char c, size_t n, bool label)
{
	char text[2 * PERFDATA_FIELDS_MAX];
	struct buf b = buf_on(text, sizeof text);
	const char *at = text;
	struct perfdata p;

	buf_str(&b, label ? "" : "l=");
	for (size_t i = 0; i < n; i++)
		buf_char(&b, c);
	buf_str(&b, label ? "=1" : "");
	return perfdata_next(&at, text + b.len, &p);
}

static void
test_lengths(void)
{
	tap_int(read_long('a', PERFDATA_LABEL_SIZE - 1, true), 1,
	    "the longest label");
	tap_int(read_long('a', PERFDATA_LABEL_SIZE, true), -1, "a longer one");
	tap_int(read_long('1', 63, false), 1, "the longest number");
	tap_int(read_long('1', 64, false), -1, "a longer one");
	tap_int(read_long(';', PERFDATA_FIELDS_MAX, false), -1,
	    "more than there is room for");
}

static void
test_zero_bytes(void)
{
	static const char text[] = "a=1\0b=2";
	const char *at = text, *end = text + sizeof text - 1;
	struct perfdata p;

	tap_int(perfdata_next(&at, end, &p), 1, "up to a zero byte");
	tap_str(p.label, "a", "its label");
	tap_int(perfdata_next(&at, end, &p), 1, "and behind it");
	tap_int(perfdata_next(&at, end, &p), 0, "nothing more");
	tap_ok(at == end, "at the end");
}

int
main(void)
{
	test_rows();
	test_lengths();
	test_zero_bytes();
	return tap_done();
}
