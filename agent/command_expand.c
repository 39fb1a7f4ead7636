/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "agent/command.h"
#include "agent/split.h"

/* A command's words as they come out. */
struct expansion {
	const struct command *command;
	size_t argc;
	const char *const *argv; /* of the client */
	struct command_argv *out;
	struct buf bytes;        /* on out->bytes */
	struct error *err;

	/* the word that is being made */
	size_t start;     /* in bytes */
	bool open;        /* it is there, even if it is empty */
	bool foreign;     /* has something from a client */
	bool leads;       /* ... which no rule decides, at its start */
	size_t undecided; /* an argument in it that no rule decides, or 0 */
};

static const char *
value_of(const struct expansion *e, size_t number)
{
	return number <= e->argc ? e->argv[number - 1] : "";
}

static int
check_rules(const struct expansion *e)
{
	for (size_t n = 1; n <= QUERY_ARGS_MAX; n++) {
		const struct rules *rules = &e->command->rules[n - 1];
		struct error why;

		if (rules_check(rules, value_of(e, n), &why) == 0)
			continue;
		if (n > e->argc)
			return error_set(e->err, "argument %zu is missing", n);
		return error_set(e->err, "argument %zu: %s", n, why.text);
	}
	return 0;
}

/* Whether what a client wrote may stand where its word has consequences. */
static int
check_word(const struct expansion *e, bool quoted)
{
	const struct command *c = e->command;
	size_t n = e->undecided;

	if (n == 0)
		return 0;
	if (e->out->argc == 0)
		return error_set(e->err, "argument %zu is in the program's "
		    "name: that needs a rule, command_arg[%s][%zu]=one_of ...",
		    n, c->name, n);
	if (!e->leads || e->out->bytes[e->start] != '-' ||
	    (c->split && !quoted))
		return 0;
	return error_set(e->err, "argument %zu starts with '-': "
	    "arg_split[%s]=yes would allow options", n, c->name);
}

/* Ends the word that is open, if there is one. */
static int
end_word(struct expansion *e, bool quoted)
{
	struct command_argv *out = e->out;

	if (!e->open)
		return 0;
	if (check_word(e, quoted) < 0)
		return -1;
	buf_put(&e->bytes, "", 1);
	if (out->argc == COMMAND_ARGV_MAX || !buf_ok(&e->bytes))
		return error_set(e->err, "the arguments are too long");
	out->foreign[out->argc] = e->foreign;
	out->argv[out->argc++] = out->bytes + e->start;
	out->argv[out->argc] = NULL;
	e->start = e->bytes.len;
	e->open = e->foreign = e->leads = false;
	e->undecided = 0;
	return 0;
}

/* Notes that what was put at from is of argument number (0: of ours). */
static void
note(struct expansion *e, size_t from, size_t number)
{
	e->open = true;
	if (number == 0)
		return;
	e->foreign = true;
	if (rules_decide(&e->command->rules[number - 1]))
		return;
	e->leads = e->leads || from == e->start;
	if (e->undecided == 0 || from == e->start)
		e->undecided = number;
}

static void
put(struct expansion *e, const char *bytes, size_t n, size_t number)
{
	size_t from = e->bytes.len;

	if (n == 0)
		return;
	buf_put(&e->bytes, bytes, n);
	note(e, from, number);
}

/* Ends the word if blanks in a value do. */
static int
end_at_blanks(struct expansion *e, const char *at)
{
	return *at != '\0' && strchr(" \t\n", *at) != NULL ?
	    end_word(e, false) : 0;
}

/* An argument as words, of which the outer ones join what is beside them. */
static int
put_split(struct expansion *e, size_t number)
{
	struct split s = { .kind = SPLIT_VALUE, .at = value_of(e, number) };
	struct error why;
	bool quoted;
	int rc;

	for (;;) {
		size_t from;

		if (end_at_blanks(e, s.at) < 0)
			return -1;
		from = e->bytes.len;
		rc = split_next(&s, &e->bytes, &quoted, &why);
		if (rc < 0)
			return error_set(e->err, "argument %zu: %s", number,
			    why.text);
		if (rc == 0)
			return 0;
		/* Even if it is empty: two quotes are a word, too. */
		note(e, from, number);
	}
}

static int
put_word(struct expansion *e, const char *word, bool quoted)
{
	e->open = quoted;
	while (*word != '\0') {
		size_t number, n = strcspn(word, "$");

		put(e, word, n, 0);
		word += n;
		if (*word == '\0')
			break;
		n = split_macro(word, &number);
		if (number == 0)
			put(e, "$", 1, 0);
		else if (!e->command->split || quoted)
			put(e, value_of(e, number), strlen(value_of(e, number)),
			    number);
		else if (put_split(e, number) < 0)
			return -1;
		word += n;
	}
	return end_word(e, quoted);
}

bool
command_takes(const struct command *c, size_t n)
{
	for (size_t i = 0; i < c->argc; i++) {
		const char *word = c->argv[i];

		while ((word = strchr(word, '$')) != NULL) {
			size_t number, len = split_macro(word, &number);

			if (number == n && n > 0)
				return true;
			word += len;
		}
	}
	return false;
}

int
command_expand(const struct command *c, size_t argc,
    const char *const argv[], struct command_argv *out, struct error *err)
{
	struct expansion e = {
		.command = c,
		.argc = argc,
		.argv = argv,
		.out = out,
		.err = err,
	};

	out->argc = 0;
	out->argv[0] = NULL;
	if (c->why_not != NULL)
		return error_set(err, "%s", c->why_not);
	if (check_rules(&e) < 0)
		return -1;
	e.bytes = buf_on(out->bytes, sizeof out->bytes);
	for (size_t i = 0; i < c->argc; i++) {
		if (put_word(&e, c->argv[i], c->quoted[i]) < 0)
			return -1;
	}
	if (out->argc == 0)
		return error_set(err, "no argument names the program");
	return 0;
}
