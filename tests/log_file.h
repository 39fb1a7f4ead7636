/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A log on a file, and what is in it. */
#ifndef TESTS_LOG_FILE_H
#define TESTS_LOG_FILE_H

#include <regex.h>

#include "agent/log.h"
#include "tests/scratch.h"
#include "tests/tap.h"

static inline bool
matches(const char *text, const char *pattern)
{
	regex_t re;
	bool found;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	found = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	if (!found)
		printf("# %s\n", text);
	return found;
}

/* What path holds, as a string; "(none)" if it is not there. */
static inline const char *
content(const char *path)
{
	static char text[1 << 20];
	ssize_t n = scratch_read(path, text, sizeof text - 1);

	text[n > 0 ? n : 0] = '\0';
	return n < 0 ? "(none)" : text;
}

static inline struct log
open_on(const char *path)
{
	struct log_settings settings = { .file = path };
	struct error err = { .text = "" };
	struct log l = { .fd = -1 };

	if (log_open(&l, &settings, &err) < 0)
		tap_str(err.text, "", path);
	return l;
}

static inline unsigned
count_lines(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

#endif
