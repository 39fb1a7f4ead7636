/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever goes in, text comes out: no controls, valid UTF-8, at any size. */
#include "config.h"

#include <string.h>

#include "common/escape.h"
#include "tests/fuzz/fuzz.h"

static size_t
sequence(const unsigned char *p)
{
	return p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 :
	    p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
}

/* Printable, and not split; what escape.c makes of it is tested elsewhere. */
static void
must_be_text(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p != '\0') {
		size_t n = sequence(p);

		MUST(n > 0 && *p >= ' ' && *p != 0x7f);
		MUST(n != 2 || p[0] != 0xc2 || p[1] >= 0xa0);
		for (size_t i = 1; i < n; i++)
			MUST((p[i] & 0xc0) == 0x80);
		p += n;
	}
}

/* One string, from its first quote to its last, whole or cut. */
static void
must_be_json(const struct buf *b)
{
	const char *p = b->data;

	must_be_text(p);
	MUST(!buf_ok(b) || (b->len >= 2 && p[b->len - 1] == '"'));
	for (size_t i = 1; i + 1 < b->len; i++) {
		MUST(p[i] != '"');
		if (p[i] != '\\')
			continue;
		MUST(!buf_ok(b) || strchr("u\"\\", p[i + 1]) != NULL);
		i++;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const all[])(struct buf *, const char *) = { escape_line,
		escape_output, escape_json, escape_label };
	char text[1024], out[8192];

	if (size == 0 || size >= sizeof text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct buf b = buf_on(out, sizeof out);
		struct buf cut;

		all[i](&b, text);
		MUST(buf_ok(&b) && strlen(out) == b.len);
		must_be_text(out);
		if (all[i] == escape_json)
			must_be_json(&b);
		if (all[i] == escape_output || all[i] == escape_label)
			MUST(strchr(out, '|') == NULL);
		cut = buf_on(out, data[0] + 1u);
		all[i](&cut, text);
		must_be_text(out);
	}
	return 0;
}
