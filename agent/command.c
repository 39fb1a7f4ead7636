/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/command.h"
#include "agent/command_shell.h"
#include "agent/split.h"

static void
free_template(struct command *c)
{
	for (size_t i = 0; i < c->argc; i++)
		free(c->argv[i]);
	free(c->argv);
	free(c->quoted);
	free(c->why_not);
	c->argc = 0;
	c->argv = NULL;
	c->quoted = NULL;
	c->why_not = NULL;
}

int
command_disable(struct command *c, const char *why, struct error *err)
{
	free_template(c);
	c->why_not = strdup(why);
	return c->why_not != NULL ? 0 : error_set(err, "out of memory");
}

/* Makes the last words, each with its terminator in bytes, the template. */
static int
keep_words(struct command *c, const char *bytes, size_t count,
    const bool quoted[], struct error *err)
{
	c->argv = calloc(count + 1, sizeof *c->argv);
	c->quoted = calloc(count + 1, sizeof *c->quoted);
	if (c->argv == NULL || c->quoted == NULL)
		return error_set(err, "out of memory");
	for (size_t i = 0; i < count; i++) {
		c->argv[i] = strdup(bytes);
		if (c->argv[i] == NULL)
			return error_set(err, "out of memory");
		c->argc = i + 1;
		c->quoted[i] = quoted[i];
		bytes += strlen(bytes) + 1;
	}
	return 0;
}

/*
 * Cuts text into words on out; their number, or -1 and err: why that cannot be
 * done without a shell.
 */
static int
cut(const char *text, struct buf *out, bool quoted[COMMAND_ARGV_MAX],
    struct error *err)
{
	struct split s = { .kind = SPLIT_COMMAND, .at = text };
	int count = 0, rc;

	while ((rc = split_next(&s, out, &quoted[count], err)) > 0) {
		buf_put(out, "", 1);
		if (++count == COMMAND_ARGV_MAX)
			return error_set(err, "more than %d arguments",
			    COMMAND_ARGV_MAX - 1);
	}
	return rc < 0 ? -1 : count;
}

/* How many of a line's words are the prefix's. */
static size_t
count_words(const char *prefix, char *storage, size_t size)
{
	bool quoted[COMMAND_ARGV_MAX];
	struct buf words = buf_on(storage, size);
	struct error none;
	int count = cut(prefix, &words, quoted, &none);

	return count < 0 ? 0 : (size_t)count;
}

/* storage has room for all words of text, which is prefix and line. */
static int
parse(struct command *c, const char *prefix, const char *text, char *storage,
    size_t size, struct error *err)
{
	size_t prefix_words = count_words(prefix, storage, size);
	bool quoted[COMMAND_ARGV_MAX];
	struct buf words = buf_on(storage, size);
	struct error why;
	int count = cut(text, &words, quoted, &why);

	if (count < 0)
		return command_disable(c, why.text, err);
	if ((size_t)count <= prefix_words)
		return command_disable(c, "the command line is empty", err);
	if (keep_words(c, storage, (size_t)count, quoted, err) < 0)
		return -1;
	if (command_starts_in_shell(text, c->argv[0], &why) ||
	    command_feeds_shell(c, prefix_words, &why))
		return command_disable(c, why.text, err);
	return 0;
}

int
command_parse(struct command *c, const char *prefix, const char *line,
    struct error *err)
{
	size_t text_size = strlen(prefix) + strlen(line) + 2;
	/* Terminators stand where blanks were, but a "$" becomes "$$". */
	size_t storage_size = 2 * text_size;
	char *text = malloc(text_size), *storage = malloc(storage_size);
	int rc;

	free_template(c);
	if (text == NULL || storage == NULL) {
		rc = error_set(err, "out of memory");
	} else {
		struct buf b = buf_on(text, text_size);

		buf_str(&b, prefix);
		buf_char(&b, ' ');
		buf_str(&b, line);
		rc = parse(c, prefix, text, storage, storage_size, err);
	}
	free(text);
	free(storage);
	return rc;
}

void
command_free(struct command *c)
{
	free_template(c);
	grant_free(&c->grant);
	for (size_t i = 0; i < QUERY_ARGS_MAX; i++)
		rules_free(&c->rules[i]);
	free(c->name);
	free(c->line);
	free(c->file);
	*c = (struct command){ .name = NULL };
}
