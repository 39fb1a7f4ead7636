/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/escape.h"

/*
 * The length of the well-formed UTF-8 sequence at p and its character, or 0.
 * RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
static size_t
utf8(const unsigned char *p, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80 ? 1 :
	    (p[0] & 0xe0) == 0xc0 ? 2 :
	    (p[0] & 0xf0) == 0xe0 ? 3 :
	    (p[0] & 0xf8) == 0xf0 ? 4 : 0;

	if (n <= 1) {
		*out = p[0];
		return n;
	}
	uint32_t c = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*out = c;
	return n;
}

/* C0, DEL, C1, line separators, and what turns the reading direction. */
static bool
is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* All n bytes or, where they do not fit, none: half a character is none. */
static void
put_whole(struct buf *b, const char *bytes, size_t n)
{
	if (b->full || b->size - b->len - 1 < n)
		b->full = true;
	else
		buf_put(b, bytes, n);
}

static void
put_escaped(struct buf *b, const unsigned char *p, size_t n)
{
	char hex[] = "\\x00";

	switch (*p) {
	case '\n':
		put_whole(b, "\\n", 2);
		break;
	case '\r':
		put_whole(b, "\\r", 2);
		break;
	case '\t':
		put_whole(b, "\\t", 2);
		break;
	case '\\':
		put_whole(b, "\\\\", 2);
		break;
	default:
		for (size_t i = 0; i < n; i++) {
			(void)snprintf(hex, sizeof hex, "\\x%02x", p[i]);
			put_whole(b, hex, 4);
		}
	}
}

static void
escape(struct buf *b, const char *text, const char *also)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p != '\0') {
		uint32_t c;
		size_t n = utf8(p, &c);

		if (n == 0)
			put_escaped(b, p, 1);
		else if (is_control(c) ||
		    (c < 0x80 && strchr(also, (int)c) != NULL))
			put_escaped(b, p, n);
		else
			put_whole(b, (const char *)p, n);
		p += n == 0 ? 1 : n;
	}
}

void
escape_line(struct buf *b, const char *text)
{
	escape(b, text, "\\");
}

void
escape_output(struct buf *b, const char *text)
{
	escape(b, text, "\\|");
}

void
escape_json(struct buf *b, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	buf_char(b, '"');
	while (*p != '\0') {
		uint32_t c;
		size_t n = utf8(p, &c);

		if (n == 0)
			buf_str(b, "\\ufffd");
		else if (c == '"' || c == '\\')
			buf_fmt(b, "\\%c", (int)c);
		else if (c <= 0xffff && is_control(c))
			buf_fmt(b, "\\u%04x", (unsigned)c);
		else
			put_whole(b, (const char *)p, n);
		p += n == 0 ? 1 : n;
	}
	buf_char(b, '"');
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("_./-:", c) != NULL);
}

void
escape_label(struct buf *b, const char *label)
{
	bool quote = false;
	char last = '\0';

	if (*label == '\0')
		label = "_";
	for (const char *p = label; *p != '\0'; p++)
		quote = quote || !is_plain(*p);
	if (quote)
		buf_char(b, '\'');
	for (const char *p = label; *p != '\0'; p++) {
		char c = *p;

		if (c < ' ' || c > '~' || strchr("'\"=`|\\", c) != NULL)
			c = '_';
		/* check_multi's "host::service" would split the label. */
		if (c != ':' || last != ':')
			buf_char(b, c);
		last = c;
	}
	if (quote)
		buf_char(b, '\'');
}
