/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * buf - text appended to the caller's storage
 *
 * Always a terminated string. What does not fit is cut off and remembered:
 * write on, and ask buf_ok() once at the end.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t size; /* of the storage, terminator included */
	size_t len;
	bool full; /* something was cut off */
};

/* An empty buf on size > 0 bytes of storage, which must outlive it. */
struct buf buf_on(char *storage, size_t size);

void buf_put(struct buf *b, const char *bytes, size_t n);
void buf_char(struct buf *b, char c);
void buf_str(struct buf *b, const char *text);
void buf_fmt(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vfmt(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* n spaces, none if n is negative. */
void buf_pad(struct buf *b, int n);

/* Takes back all after the first len bytes, and a failure since with it. */
void buf_cut(struct buf *b, size_t len);

bool buf_ok(const struct buf *b);

#endif
