/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command line and a client's arguments, each ended by a zero byte. */
#include "config.h"

#include <string.h>

#include "agent/command.h"
#include "agent/split.h"
#include "common/buf.h"
#include "tests/fuzz/fuzz.h"

enum {
	TEXT_MAX = 4096,
};

/* Written down with quotes, a template is read as the same again. */
static void
check_round(const struct command *c)
{
	static char text[8 * TEXT_MAX];
	struct buf b = buf_on(text, sizeof text);
	struct command again = { .name = NULL };
	struct error err;

	for (size_t i = 0; i < c->argc; i++) {
		split_quote(&b, c->argv[i], c->quoted[i]);
		buf_char(&b, ' ');
	}
	MUST(buf_ok(&b));
	MUST(command_parse(&again, "", text, &err) == 0);
	MUST(again.why_not == NULL && again.argc == c->argc);
	for (size_t i = 0; i < c->argc; i++)
		MUST(strcmp(again.argv[i], c->argv[i]) == 0);
	command_free(&again);
}

static void
check_words(const struct command *c, const struct command_argv *out)
{
	MUST(out->argc > 0 && out->argc <= COMMAND_ARGV_MAX);
	MUST(out->argv[out->argc] == NULL);
	MUST(!out->foreign[0]); /* there is no rule */
	MUST(c->split || (size_t)out->argc <= c->argc);
	for (int i = 0; i < out->argc; i++)
		MUST(memchr(out->argv[i], '\0', sizeof out->bytes) != NULL);
}

/* No word is more than one, whatever the arguments are. */
static void
check_expansion(struct command *c, size_t argc, const char *const argv[])
{
	static struct command_argv out;
	struct error err = { .text = "" };

	for (int split = 0; split < 2; split++) {
		c->split = split > 0;
		if (command_expand(c, argc, argv, &out, &err) == 0)
			check_words(c, &out);
		else
			MUST(err.text[0] != '\0');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX], name[] = "x";
	const char *argv[QUERY_ARGS_MAX];
	struct command c = { .name = name };
	struct error err;
	size_t argc = 0;

	if (size >= sizeof text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	for (const char *p = text + strlen(text) + 1;
	    p < text + size && argc < QUERY_ARGS_MAX; p += strlen(p) + 1)
		argv[argc++] = p;
	MUST(command_parse(&c, "", text, &err) == 0);
	MUST((c.why_not == NULL) == (c.argc > 0));
	if (c.why_not == NULL)
		check_round(&c);
	check_expansion(&c, argc, argv);
	c.name = NULL;
	command_free(&c);
	return 0;
}
