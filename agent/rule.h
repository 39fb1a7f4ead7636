/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rule - what a client's argument must look like
 *
 * From command_arg[NAME][N]=RULE, which may be given several times:
 *
 *	integer [MIN..MAX]      a whole number, within these bounds
 *	number [MIN..MAX]       a decimal number, as quantity.h reads it
 *	range                   a threshold, as range.h reads it, % allowed
 *	one_of WORD...          one of these words
 *	match REGEX             all of it matches this Perl regular expression
 *	length MIN..MAX         so many bytes; MIN.. and ..MAX leave one open
 */
#ifndef AGENT_RULE_H
#define AGENT_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

enum {
	RULES_MAX = 8, /* for one argument */
};

struct rule;

struct rules {
	size_t count;
	struct rule *all[RULES_MAX];
};

/* Adds a rule to an argument's; -1 and err if that is no rule. */
int rules_add(struct rules *rules, const char *text, struct error *err);

/*
 * -1 and err ("'abc' is not a whole number") if value, a string, breaks one of
 * the rules. A regular expression that takes too long counts as broken.
 */
int rules_check(const struct rules *rules, const char *value,
    struct error *err);

/* Whether they say what the value is, and not only how long: any but length. */
bool rules_decide(const struct rules *rules);

/* One of them, as it was written. */
const char *rules_text(const struct rules *rules, size_t i);

void rules_free(struct rules *rules);

#endif
