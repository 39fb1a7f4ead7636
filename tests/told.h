/* SPDX-License-Identifier: GPL-3.0-or-later */
/* told - what settings complain about, and what they become, as text */
#ifndef TESTS_TOLD_H
#define TESTS_TOLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/settings.h"
#include "agent/settings_print.h"
#include "common/buf.h"
#include "tests/scratch.h"

enum {
	TOLD_SIZE = 64 * 1024,
};

/* The complaints since told_start(): "E file:line text\n" or "W ...". */
static char told[TOLD_SIZE];

/* Puts text on out without the scratch directory's path. */
static inline void
told_put(struct buf *out, const char *text)
{
	size_t n = strlen(scratch_dir);
	const char *p;

	while (n > 0 && (p = strstr(text, scratch_dir)) != NULL) {
		buf_put(out, text, (size_t)(p - text));
		text = p + n + (p[n] == '/');
	}
	buf_str(out, text);
}

/* A settings_complain, whose arg is what told_start() returned. */
static inline void
told_complain(void *arg, enum settings_severity severity, const char *file,
    int line, const char *text)
{
	buf_str(arg, severity == SETTINGS_ERROR ? "E " : "W ");
	told_put(arg, file);
	buf_fmt(arg, ":%d ", line);
	told_put(arg, text);
	buf_char(arg, '\n');
}

static inline struct buf
told_start(void)
{
	return buf_on(told, sizeof told);
}

/* As an nrpe.cfg that says the same; "" if s is NULL. */
static inline const char *
told_settings(const struct settings *s)
{
	static char text[TOLD_SIZE];
	FILE *out = fmemopen(text, sizeof text, "w");

	text[0] = '\0';
	if (s != NULL && out != NULL)
		settings_print(out, s, NULL, NULL);
	if (out != NULL)
		fclose(out);
	return text;
}

#endif
