/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * query - the text of an NRPE query: a command's name and its arguments
 *
 * "name!first!second": empty arguments vanish and the others close up, the
 * 17th and later are ignored, all as in NRPE.
 */
#ifndef AGENT_QUERY_H
#define AGENT_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

enum {
	QUERY_ARGS_MAX = 16,
};

/* What nasty_metachars is without being set. */
#define QUERY_NASTY_DEFAULT "|`&><'\\[]{};\r\n"

/* What a query may hold. */
struct query_policy {
	bool arguments;    /* dont_blame_nrpe */
	bool substitution; /* allow_bash_command_substitution: "$(" passes */
	const char *nasty; /* nasty_metachars: none of these, in the name
			      neither; "" if all may be, never NULL */
};

/* Pointers into the text given, which query_parse() cuts into strings. */
struct query {
	const char *name;
	size_t argc;
	const char *argv[QUERY_ARGS_MAX];
};

/*
 * Cuts text, a string, in place. -1 and err, in which foreign bytes are
 * escaped, if it is empty or the policy forbids it: such a query gets no
 * answer.
 */
int query_parse(struct query *out, char *text,
    const struct query_policy *policy, struct error *err);

/*
 * Reads text, what nasty_metachars says in a file, in place: the escapes of C,
 * octal and hexadecimal ones included. A backslash before anything that is no
 * letter or digit, or the last one, stands for itself. -1 and err at another
 * escape; text is of no use then.
 */
int query_unescape_nasty(char *text, struct error *err);

#endif
