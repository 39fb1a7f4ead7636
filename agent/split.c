/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "agent/query.h"
#include "agent/split.h"

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_" \
	"0123456789"

/* What a shell would obey or expand. */
struct special {
	char c;
	const char *what;
	bool in_quotes;  /* "..." does not help */
	bool first_only; /* at the start of a word */
};

static const struct special specials[] = {
	{ '|', "a pipe", false, false },
	{ ';', "another command", false, false },
	{ '\n', "another command", false, false },
	{ '&', "a background job", false, false },
	{ '<', "a redirection", false, false },
	{ '>', "a redirection", false, false },
	{ '(', "a subshell", false, false },
	{ ')', "a subshell", false, false },
	{ '`', "a command substitution", true, false },
	{ '*', "names of files", false, false },
	{ '?', "names of files", false, false },
	{ '#', "a comment", false, true },
	{ '~', "a home directory", false, true },
};

size_t
split_macro(const char *text, size_t *number)
{
	size_t digits, n = 0;

	*number = 0;
	if (strncmp(text, "$$", 2) == 0)
		return 2;
	if (strncmp(text, "$ARG", 4) != 0)
		return 0;
	digits = strspn(text + 4, "0123456789");
	if (digits < 1 || digits > 2 || text[4] == '0' ||
	    text[4 + digits] != '$')
		return 0;
	for (size_t i = 0; i < digits; i++)
		n = 10 * n + (size_t)(text[4 + i] - '0');
	if (n > QUERY_ARGS_MAX)
		return 0;
	*number = n;
	return 4 + digits + 1;
}

static int
needs_shell(const char *text, size_t len, const char *what, struct error *err)
{
	return error_set(err, "needs a shell for '%.*s' (%s): write sh -c "
	    "'...' or a script; in single quotes it stands for itself",
	    (int)len, *text == '\n' ? " " : text, what);
}

/* "$ARG0$", "$ARG17$", "$ARG007$": as long as that is; else 0. */
static size_t
wrong_argument(const char *text)
{
	size_t digits = strncmp(text, "$ARG", 4) == 0 ?
	    strspn(text + 4, "0123456789") : 0, number;

	return digits > 0 && digits < 32 && text[4 + digits] == '$' &&
	    split_macro(text, &number) == 0 ? digits + 5 : 0;
}

/* Whether "$" in front of this would be more to a shell than a "$". */
static bool
expands(char next)
{
	return isalnum((unsigned char)next) ||
	    (next != '\0' && strchr("_{(@*#?!$-", next) != NULL);
}

/* A "$" that the shell would see, and what it would make of it. */
static int
refuse_dollar(const char *text, struct error *err)
{
	size_t len = strspn(text + 1, NAME_CHARS);
	size_t wrong = wrong_argument(text);

	if (wrong > 0)
		return error_set(err, "there is no %.*s, only $ARG1$ to "
		    "$ARG%d$", (int)wrong, text, QUERY_ARGS_MAX);
	if (!expands(text[1]))
		return error_set(err, "a lone '$', which NRPE would mangle: "
		    "write $$, or put it in single quotes");
	return needs_shell(text, len == 0 ? 2 : len < 32 ? len + 1 : 32,
	    text[1] == '(' ? "a command substitution" : "a variable", err);
}

/*
 * Takes a "$" in a command, which NRPE replaces before any quote is seen;
 * literal: the shell would not look at it.
 */
static int
take_dollar(struct split *s, struct buf *out, bool literal, struct error *err)
{
	size_t number, len = split_macro(s->at, &number);

	if (len == 0 && !literal)
		return refuse_dollar(s->at, err);
	if (len == 2 && !literal && expands(s->at[2]))
		return refuse_dollar(s->at + 1, err);
	if (number > 0)
		buf_put(out, s->at, len);
	else
		buf_str(out, "$$");
	s->at += len > 0 ? len : 1;
	return 0;
}

/* One character that has no meaning, or a macro in its place. */
static int
take_literal(struct split *s, struct buf *out, struct error *err)
{
	if (*s->at == '$' && s->kind == SPLIT_COMMAND)
		return take_dollar(s, out, true, err);
	buf_char(out, *s->at++);
	return 0;
}

static int
take_single_quoted(struct split *s, struct buf *out, struct error *err)
{
	for (s->at++; *s->at != '\'';) {
		if (*s->at == '\0')
			return error_set(err, "a single quote (') is open at "
			    "the end");
		if (take_literal(s, out, err) < 0)
			return -1;
	}
	s->at++;
	return 0;
}

/* A backslash and what it quotes; within "..." that is not everything. */
static int
take_backslash(struct split *s, struct buf *out, bool in_quotes,
    struct error *err)
{
	char next = s->at[1];

	if (next == '\0')
		return error_set(err, "a backslash stands at the end");
	if (in_quotes && strchr("$`\"\\", next) == NULL) {
		buf_char(out, *s->at++);
		return 0;
	}
	s->at++;
	return take_literal(s, out, err);
}

/* Looks for a meaning of the character at s->at that we do not give it. */
static int
refuse_special(const struct split *s, bool in_quotes, bool first,
    struct error *err)
{
	for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++) {
		const struct special *sp = &specials[i];

		if (*s->at == sp->c && (sp->in_quotes || !in_quotes) &&
		    (first || !sp->first_only))
			return needs_shell(s->at, 1, sp->what, err);
	}
	if (*s->at == '[' && !in_quotes &&
	    memchr(s->at, ']', strcspn(s->at, " \t")) != NULL)
		return needs_shell(s->at, 1, "names of files", err);
	return 0;
}

/* A character that is not quoted, or only by "...". */
static int
take_plain(struct split *s, struct buf *out, bool in_quotes, bool first,
    struct error *err)
{
	if (s->kind == SPLIT_COMMAND) {
		if (*s->at == '$')
			return take_dollar(s, out, false, err);
		if (refuse_special(s, in_quotes, first, err) < 0)
			return -1;
	}
	buf_char(out, *s->at++);
	return 0;
}

static int
take_double_quoted(struct split *s, struct buf *out, struct error *err)
{
	for (s->at++; *s->at != '"';) {
		if (*s->at == '\0')
			return error_set(err, "a double quote (\") is open at "
			    "the end");
		if ((*s->at == '\\' ? take_backslash(s, out, true, err) :
		    take_plain(s, out, true, false, err)) < 0)
			return -1;
	}
	s->at++;
	return 0;
}

int
split_next(struct split *s, struct buf *out, bool *quoted, struct error *err)
{
	/* An unquoted newline ends a command: take_plain() refuses it. */
	const char *blanks = s->kind == SPLIT_VALUE ? " \t\n" : " \t";
	bool first = true;
	int rc = 0;

	*quoted = false;
	s->at += strspn(s->at, blanks);
	if (*s->at == '\0')
		return 0;
	while (rc == 0 && *s->at != '\0' && strchr(blanks, *s->at) == NULL) {
		*quoted = *quoted || strchr("'\"\\", *s->at) != NULL;
		if (*s->at == '\'')
			rc = take_single_quoted(s, out, err);
		else if (*s->at == '"')
			rc = take_double_quoted(s, out, err);
		else if (*s->at == '\\')
			rc = take_backslash(s, out, false, err);
		else
			rc = take_plain(s, out, false, first, err);
		first = false;
	}
	return rc < 0 ? -1 : 1;
}

/* Whether a word means the same without quotes. */
static bool
is_plain(const char *word)
{
	for (const char *p = word; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) &&
		    strchr("%+,-./:=@_$", *p) == NULL)
			return false;
	}
	return *word != '\0';
}

void
split_quote(struct buf *out, const char *word, bool quoted)
{
	if (!quoted && is_plain(word)) {
		buf_str(out, word);
		return;
	}
	buf_char(out, '\'');
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			buf_str(out, "'\\''");
		else
			buf_char(out, *word);
	}
	buf_char(out, '\'');
}
