/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "agent/command.h"
#include "agent/command_advice.h"
#include "agent/split.h"

/* Whether it stands for an argument vector now. */
static bool
is_taken(const char *line)
{
	struct command c = { .resident = -1 };
	struct error none;
	bool taken = command_parse(&c, "", line, &none) == 0 &&
	    c.why_not == NULL;

	command_free(&c);
	return taken;
}

/* Each "$" that is none of an argument's is one that was meant. */
static bool
with_dollars(struct buf *out, const char *line)
{
	while (*line != '\0') {
		size_t number, len = split_macro(line, &number);

		if (len > 0)
			buf_put(out, line, len);
		else if (*line == '$')
			buf_str(out, "$$");
		else
			buf_char(out, *line);
		line += len > 0 ? len : 1;
	}
	return true;
}

static bool
with_env(struct buf *out, const char *line)
{
	size_t n = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz_0123456789");

	if (n == 0 || line[n] != '=')
		return false;
	buf_str(out, "/usr/bin/env ");
	buf_str(out, line);
	return true;
}

/* One character of a script that stands in single quotes. */
static void
put_quoted(struct buf *out, char c)
{
	if (c == '\'')
		buf_str(out, "'\\''");
	else if (c == '$')
		buf_str(out, "$$");
	else
		buf_char(out, c);
}

/* The client's argument within a script's quotes, or none; next follows. */
static void
put_argument(struct buf *out, size_t number, char quote, char next)
{
	bool braces = number > 9 ||
	    (quote == '"' && isdigit((unsigned char)next));

	if (quote == '\'')
		buf_str(out, "'\\''");
	if (quote != '"')
		buf_char(out, '"');
	buf_fmt(out, braces ? "$${%zu}" : "$$%zu", number);
	if (quote != '"')
		buf_char(out, '"');
	if (quote == '\'')
		buf_str(out, "'\\''");
}

/* In the words of NRPE the shell sees an argument's value, here a variable. */
static void
put_script(struct buf *out, const char *line)
{
	char quote = '\0';

	while (*line != '\0') {
		size_t number, len = split_macro(line, &number);

		if (number > 0)
			put_argument(out, number, quote, line[len]);
		else if (len > 0)
			buf_str(out, "$$");
		else if (*line == '\\' && quote != '\'' && line[1] != '\0')
			put_quoted(out, *line++);
		else if (*line == quote)
			quote = '\0';
		else if (quote == '\0' && (*line == '\'' || *line == '"'))
			quote = *line;
		if (len == 0)
			put_quoted(out, *line);
		line += len > 0 ? len : 1;
	}
}

static size_t
highest_argument(const char *line)
{
	size_t highest = 0, number, len;

	for (; *line != '\0'; line += len > 0 ? len : 1) {
		len = split_macro(line, &number);
		highest = number > highest ? number : highest;
	}
	return highest;
}

static bool
with_shell(struct buf *out, const char *line)
{
	size_t arguments = highest_argument(line);

	if (*line == '\0')
		return false;
	buf_str(out, "/bin/sh -c '");
	put_script(out, line);
	buf_char(out, '\'');
	if (arguments > 0)
		buf_str(out, " sh");
	for (size_t n = 1; n <= arguments; n++)
		buf_fmt(out, " \"$ARG%zu$\"", n);
	return true;
}

bool
command_advise(struct buf *out, const char *line)
{
	static bool (*const ways[])(struct buf *, const char *) = {
		with_dollars, with_env, with_shell,
	};
	size_t size = 8 * strlen(line) + 512;
	char *text = malloc(size);
	bool found = false;

	for (size_t i = 0; text != NULL && !found &&
	    i < sizeof ways / sizeof ways[0]; i++) {
		struct buf b = buf_on(text, size);

		found = ways[i](&b, line) && buf_ok(&b) && is_taken(text);
		if (found)
			buf_str(out, text);
	}
	free(text);
	return found;
}
