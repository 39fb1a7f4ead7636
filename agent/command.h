/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * command - one command[] line: what is run, and what a client may put into it
 *
 * A line is split into arguments once, when it is read, by the shell's rules
 * of quoting and none of its expansions. $ARGn$ then fills one argument, or a
 * part of one, and never becomes two. No shell ever sees any of it.
 */
#ifndef AGENT_COMMAND_H
#define AGENT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/grant.h"
#include "agent/query.h"
#include "agent/rule.h"
#include "common/buf.h"
#include "common/error.h"

enum {
	COMMAND_ARGV_MAX = 1024,         /* arguments after expansion */
	COMMAND_EXPANDED_MAX = 256 * 1024, /* bytes of them */
};

struct command {
	char *name;
	char *line;       /* as it was written, prefix not included */
	char *file;       /* where */
	int line_number;

	/* The template: "$ARG1$" still in it, and each other "$" as "$$". */
	size_t argc;
	char **argv;
	bool *quoted;     /* of each element: had quotes or backslashes */
	bool split;       /* arg_split, where no quotes are */
	int64_t ttl;      /* s, that an answer serves; 0: it is always fresh */

	struct rules rules[QUERY_ARGS_MAX]; /* for $ARG1$ ... */
	struct grant grant;                 /* other rights than all have */

	int resident;     /* its number in the registry, or -1: a program */
	char *why_not;    /* it cannot be run, and how to mend it; or NULL */
};

/* A finished argument vector, on storage of its own. */
struct command_argv {
	int argc;
	char *argv[COMMAND_ARGV_MAX + 1];  /* ends with NULL */
	bool foreign[COMMAND_ARGV_MAX + 1]; /* has something from a client */
	char bytes[COMMAND_EXPANDED_MAX];
};

/*
 * Splits line behind prefix ("" if there is none) into the template of c, whose
 * other fields are left alone. A line that needs a shell, or has a lone "$", is
 * no error here: why_not then says what in it does, and how to write it. -1 and
 * err only if memory ran out.
 */
int command_parse(struct command *c, const char *prefix, const char *line,
    struct error *err);

/* Takes the template away, for another reason. -1 and err as above. */
int command_disable(struct command *c, const char *why, struct error *err);

/* Whether the template has $ARGn$, n from 1. */
bool command_takes(const struct command *c, size_t n);

void command_free(struct command *c);

/*
 * Puts a client's arguments into the template, after its rules are asked. -1
 * and err, which is the answer that the client gets, if a rule is broken or it
 * does not fit, and if an argument would be an option by itself (it starts the
 * word with a "-") or the program's name, unless a rule says what it may be.
 *
 * As in a shell, an argument that is not given makes nothing of a word of which
 * it is all; in quotes it leaves an empty one. arg_split lets the blanks in an
 * argument separate words, and options be among them, but for words in quotes.
 */
int command_expand(const struct command *c, size_t argc,
    const char *const argv[], struct command_argv *out, struct error *err);

#endif
