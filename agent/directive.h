/* SPDX-License-Identifier: GPL-3.0-or-later */
/* directive - all that nrpe.cfg may say, as a table */
#ifndef AGENT_DIRECTIVE_H
#define AGENT_DIRECTIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/settings.h"
#include "common/buf.h"
#include "common/error.h"

enum directive_kind {
	DIRECTIVE_END_OF_TABLE,
	DIRECTIVE_FLAG,   /* bool */
	DIRECTIVE_NUMBER, /* int64_t */
	DIRECTIVE_TEXT,   /* char *, allocated */
	DIRECTIVE_CUSTOM, /* any other type: .parse reads the value */
	DIRECTIVE_UNUSED, /* accepted, for no effect */

	/* not of one field: whoever reads the file deals with them */
	DIRECTIVE_INCLUDE,
	DIRECTIVE_INCLUDE_DIR,
	DIRECTIVE_COMMAND, /* command[NAME] */
	DIRECTIVE_GRANT,   /* anything else that has [NAME] of a command */
	DIRECTIVE_RULE,    /* command_arg[NAME][N] */
	DIRECTIVE_CLIENT,  /* client_commands[NAME], of a client's name */
};

struct directive {
	const char *name;
	enum directive_kind kind;
	size_t offset;     /* of the field of struct settings */
	const char *help;  /* a phrase, lower case; why a DIRECTIVE_UNUSED is */

	/* The rest only where it differs from 0. */
	const char *form;    /* of what stands before "=", if not the name */
	int64_t least, most; /* of a number */
	int64_t cap;         /* a larger one counts as this */
	const char *words;   /* a text must be one of these */
	const char *instead; /* what counts if it is not; NULL: an error */
	bool amount;         /* a flag: each number above 0 means yes */
	bool ours;           /* NRPE does not know it */
	bool may_be_empty;
	bool guard; /* keeps somebody out: no file with it can be left out */

	/* Reads value into field (DIRECTIVE_CUSTOM), or looks at a text. */
	int (*parse)(const char *value, struct settings *into,
	    struct error *err);

	/*
	 * Gives a command what value says (DIRECTIVE_GRANT). -1 and err, which
	 * does not depend on the command, if that is nothing to be had.
	 */
	int (*grant)(const char *value, struct command *c, struct error *err);
	bool binding; /* a command is not to be run without what it says */
	/* Appends what a command was given; false: nothing. */
	bool (*put_grant)(struct buf *out, const struct command *c);
};

extern const struct directive directives[];
extern const struct settings directive_defaults;

/* NULL if there is none of this name. */
const struct directive *directive_find(const char *name);

/* The name that was probably meant, or NULL. */
const char *directive_guess(const char *name);

/*
 * Sets the field of one that has a field. 0, or 1 and err, a warning, if it is
 * not what was asked; -1 and err, and nothing has changed.
 */
int directive_set(const struct directive *d, const char *value,
    struct settings *into, struct error *err);

/* A boolean in any of its spellings. */
int directive_parse_flag(const char *value, bool *out, struct error *err);

/* A whole number within these bounds. */
int directive_parse_number(const char *value, int64_t least, int64_t most,
    int64_t *out, struct error *err);

/*
 * Appends the value of the field as it may be written. False, and nothing is
 * appended, if it has none: it was not given, or is of no field.
 */
bool directive_put(struct buf *out, const struct directive *d,
    const struct settings *from);

/* All the text of all fields. */
void directive_free_all(struct settings *s);

#endif
