/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/buf.h"

struct buf
buf_on(char *storage, size_t size)
{
	storage[0] = '\0';
	return (struct buf){ .data = storage, .size = size };
}

void
buf_put(struct buf *b, const char *bytes, size_t n)
{
	size_t room = b->size - b->len - 1;

	if (n > room) {
		b->full = true;
		n = room;
	}
	if (n == 0)
		return;
	memcpy(b->data + b->len, bytes, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_char(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_str(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

void
buf_vfmt(struct buf *b, const char *fmt, va_list ap)
{
	size_t room = b->size - b->len;
	int n = vsnprintf(b->data + b->len, room, fmt, ap);

	if (n < 0 || (size_t)n >= room) {
		b->full = true;
		b->len += strlen(b->data + b->len);
	} else {
		b->len += (size_t)n;
	}
}

void
buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(b, fmt, ap);
	va_end(ap);
}

void
buf_pad(struct buf *b, int n)
{
	while (n-- > 0)
		buf_char(b, ' ');
}

void
buf_cut(struct buf *b, size_t len)
{
	b->len = len;
	b->data[len] = '\0';
	b->full = false;
}

bool
buf_ok(const struct buf *b)
{
	return !b->full;
}
