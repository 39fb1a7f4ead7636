/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * split - text cut into words by a shell's rules of quoting
 *
 * '...', "..." with \" \\ \$ \` in it, and \c outside; parts side by side are
 * one word; '' is a word. Nothing is ever expanded, and no line goes on in the
 * next. Source: POSIX.1-2008, Shell Command Language, 2.2; dash agrees.
 */
#ifndef AGENT_SPLIT_H
#define AGENT_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/error.h"

enum split_kind {
	/*
	 * A command line of NRPE: whatever a shell would expand or obey is an
	 * error. Macros keep their form, wherever they stand: "$ARG1$"; any
	 * other "$" that is meant as one comes out as "$$".
	 */
	SPLIT_COMMAND,
	/* Only blanks and quotes mean something. */
	SPLIT_VALUE,
};

struct split {
	enum split_kind kind;
	const char *at; /* the rest of the text, a string */
};

/*
 * Appends the next word to out, without a terminator, and tells whether any of
 * it was quoted. 1, or 0 if there is none left, or -1 and err.
 */
int split_next(struct split *s, struct buf *out, bool *quoted,
    struct error *err);

/*
 * How long the macro at the start of text is: "$ARG1$" to "$ARG16$" with the
 * argument's number, or "$$" with 0. 0 if there is none.
 */
size_t split_macro(const char *text, size_t *number);

/*
 * Appends a word, as it came from split_next(), so that the latter would give
 * it again: in single quotes, unless it was not quoted and means the same.
 */
void split_quote(struct buf *out, const char *word, bool quoted);

#endif
