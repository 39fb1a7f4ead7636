/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/loader.h"
#include "agent/statement.h"

/* A line of a file. */
struct position {
	const char *file;
	int line;
};

void
loader_complain(struct loader *l, enum settings_severity severity,
    const char *file, int line, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	l->wrong = l->wrong || severity == SETTINGS_ERROR;
	l->complain(l->arg, severity, file, line, text);
}

static void
warn(struct loader *l, struct position at, const char *text)
{
	loader_complain(l, SETTINGS_WARNING, at.file, at.line, "%s", text);
}

/* NRPE takes whatever has "debug" in its name for that. */
static const struct directive *
find(const struct statement *s)
{
	const struct directive *d = directive_find(s->name);

	return d == NULL && s->key == NULL && strstr(s->name, "debug") != NULL ?
	    directive_find("debug") : d;
}

static int
check_form(const struct directive *d, const struct statement *s,
    struct error *err)
{
	bool key = d->kind == DIRECTIVE_COMMAND || d->kind == DIRECTIVE_GRANT ||
	    d->kind == DIRECTIVE_RULE || d->kind == DIRECTIVE_CLIENT;
	bool number = d->kind == DIRECTIVE_RULE;

	if (key == (s->key != NULL) && number == (s->number != 0))
		return 0;
	return error_set(err, "this is written as %s=VALUE",
	    d->form != NULL ? d->form : d->name);
}

static int
check_rule(const struct statement *s, struct error *err)
{
	struct rules rules = { .count = 0 };
	int rc;

	if (s->number > QUERY_ARGS_MAX)
		return error_set(err, "there are arguments 1 to %d",
		    QUERY_ARGS_MAX);
	rc = rules_add(&rules, s->value, err);
	rules_free(&rules);
	return rc;
}

/* Given to nobody. */
static int
check_grant(const struct directive *d, const struct statement *s,
    struct error *err)
{
	struct command nobody = { .resident = -1 };
	struct error why;
	int rc = d->grant(s->value, &nobody, &why);

	command_free(&nobody);
	return rc == 0 ? 0 : error_set(err, "%s[%s]: %s", d->name, s->key,
	    why.text);
}

static int
check_client(const struct directive *d, const struct statement *s,
    struct error *err)
{
	struct error why;

	if (access_check_grant(s->key, s->value, &why) == 0)
		return 0;
	return error_set(err, "%s[%.64s]: %s", d->name, s->key, why.text);
}

static int
check_value(const struct directive *d, const struct statement *s,
    struct settings *trial, struct error *err)
{
	switch (d->kind) {
	case DIRECTIVE_RULE:
		return check_rule(s, err);
	case DIRECTIVE_GRANT:
		return check_grant(d, s, err);
	case DIRECTIVE_CLIENT:
		return check_client(d, s, err);
	default:
		return directive_set(d, s->value, trial, err);
	}
}

static void
warn_unknown(struct loader *l, struct position at, const struct statement *s)
{
	const char *guess = directive_guess(s->name);

	if (guess == NULL)
		loader_complain(l, SETTINGS_WARNING, at.file, at.line,
		    "unknown directive '%.64s'", s->name);
	else
		loader_complain(l, SETTINGS_WARNING, at.file, at.line,
		    "unknown directive '%.64s', did you mean %s?", s->name,
		    guess);
}

/* What is odd about a line that is right. */
static void
warn_odd(struct loader *l, struct position at, const struct directive *d,
    const struct statement *s)
{
	if (strcmp(d->name, s->name) != 0)
		loader_complain(l, SETTINGS_WARNING, at.file, at.line,
		    "'%.64s' is taken for debug, as NRPE does", s->name);
	if (d->kind == DIRECTIVE_UNUSED)
		loader_complain(l, SETTINGS_WARNING, at.file, at.line,
		    "%s has no effect: %s", d->name, d->help);
	if (s->blanks && !d->ours && d->kind != DIRECTIVE_COMMAND &&
	    strcmp(d->name, "debug") != 0)
		warn(l, at, "blanks around '=': NRPE would not understand "
		    "this line");
}

/* The first turn for a line: whether it is right. */
static bool
check_line(struct loader *l, struct position at, struct settings *trial)
{
	const struct directive *d;
	struct statement s;
	struct error why;
	int rc = statement_parse(&s, l->line, &why);

	if (rc == 0)
		return true;
	d = rc < 0 ? NULL : find(&s);
	if (rc > 0 && d == NULL) {
		warn_unknown(l, at, &s);
		return true;
	}
	if (rc > 0)
		rc = check_form(d, &s, &why);
	if (rc == 0)
		rc = check_value(d, &s, trial, &why);
	if (rc < 0) {
		loader_complain(l, SETTINGS_ERROR, at.file, at.line, "%s",
		    why.text);
		return false;
	}
	warn_odd(l, at, d, &s);
	if (rc > 0)
		warn(l, at, why.text);
	return true;
}

/*
 * An array of count elements with room for one more, which is made whenever
 * count is a power of two; NULL, and the array is as it was, if there is none.
 */
static void *
with_room(void *array, size_t count, size_t size)
{
	if ((count & (count - 1)) != 0)
		return array;
	return realloc(array, (count == 0 ? 1 : 2 * count) * size);
}

/* An empty place for a command: that of another of its name, if there is. */
static struct command *
place_for(struct loader *l, struct position at, const char *name)
{
	struct settings *to = l->settings;
	int old = settings_find(to, name);
	struct command *all;

	if (old >= 0) {
		struct command *c = &to->commands[old];

		loader_complain(l, SETTINGS_WARNING, at.file, at.line,
		    "command[%s] replaces the one of %s line %d", name,
		    c->file, c->line_number);
		command_free(c);
		return c;
	}
	if (to->command_count == SETTINGS_COMMANDS_MAX)
		return NULL;
	all = with_room(to->commands, to->command_count, sizeof *all);
	if (all == NULL)
		return NULL;
	to->commands = all;
	return &all[to->command_count++];
}

static int
take_command(struct loader *l, struct position at, const struct statement *s,
    struct error *err)
{
	struct command new = {
		.name = strdup(s->key),
		.line = strdup(s->value),
		.file = strdup(at.file),
		.line_number = at.line,
	}, *place = NULL;

	if (new.name != NULL && new.line != NULL && new.file != NULL)
		place = place_for(l, at, s->key);
	if (place == NULL) {
		command_free(&new);
		return error_set(err, "out of memory, or more than %d commands",
		    SETTINGS_COMMANDS_MAX);
	}
	*place = new;
	return 0;
}

int
loader_pend(struct loader *l, const char *file, int line,
    const struct directive *d, const struct statement *s, bool lost,
    struct error *err)
{
	struct loader_pending *all = l->pending_count == LOADER_PENDING_MAX ?
	    NULL : with_room(l->pending, l->pending_count, sizeof *all);
	struct loader_pending p = {
		.directive = d,
		.name = strdup(s->key),
		.value = strdup(s->value),
		.number = s->number,
		.file = file,
		.line = line,
		.lost = lost,
	};

	if (all != NULL)
		l->pending = all;
	if (all != NULL && p.name != NULL && p.value != NULL) {
		l->pending[l->pending_count++] = p;
		return 0;
	}
	free(p.name);
	free(p.value);
	return error_set(err, "out of memory, or more than %d lines of "
	    "what commands and clients are given", LOADER_PENDING_MAX);
}

/*
 * That one file has the last word over another is what files are included for,
 * but not with what keeps somebody out. NRPE 4.1 goes on with the hosts of the
 * line before.
 */
static void
note_place(struct loader *l, struct position at, const struct directive *d)
{
	struct settings_place *place = &l->settings->where[d - directives];
	bool hosts = strcmp(d->name, "allowed_hosts") == 0;

	if (place->line > 0 && d->kind != DIRECTIVE_UNUSED &&
	    (d->guard || strcmp(place->file, at.file) == 0))
		loader_complain(l, SETTINGS_WARNING, at.file, at.line,
		    "%s replaces the one of %s line %d%s", d->name,
		    place->file, place->line,
		    hosts ? "; NRPE before 4.2 would add to it" : "");
	*place = (struct settings_place){ at.file, at.line };
}

/* The second turn for a line, which is known to be right. */
static void
take_line(struct loader *l, struct position at)
{
	const struct directive *d;
	struct statement s;
	struct error why;
	int rc = 0;

	if (statement_parse(&s, l->line, &why) <= 0 || (d = find(&s)) == NULL)
		return;
	switch (d->kind) {
	case DIRECTIVE_INCLUDE:
		loader_file(l, s.value, at.file, at.line);
		break;
	case DIRECTIVE_INCLUDE_DIR:
		loader_directory(l, s.value, at.file, at.line);
		break;
	case DIRECTIVE_COMMAND:
		rc = take_command(l, at, &s, &why);
		break;
	case DIRECTIVE_GRANT:
	case DIRECTIVE_RULE:
	case DIRECTIVE_CLIENT:
		rc = loader_pend(l, at.file, at.line, d, &s, false, &why);
		break;
	default:
		rc = directive_set(d, s.value, l->settings, &why);
		note_place(l, at, d);
		break;
	}
	if (rc >= 0)
		return;
	/* What such a line was to keep out would come in. */
	loader_complain(l, SETTINGS_ERROR, at.file, at.line, "%s", why.text);
	l->failed = true;
}

/*
 * The next line of text, up to end, into l->line; the text behind it, or NULL
 * if there is none. why is set if that is no text: the line is its beginning.
 */
static const char *
next_line(struct loader *l, const char *text, const char *end,
    const char **why)
{
	const char *newline;
	size_t n;

	*why = NULL;
	if (text == end)
		return NULL;
	newline = memchr(text, '\n', (size_t)(end - text));
	n = (size_t)((newline != NULL ? newline : end) - text);
	if (n > SETTINGS_LINE_MAX)
		*why = "the line is longer than 64 KiB";
	else if (memchr(text, '\0', n) != NULL)
		*why = "there is a zero byte in the line";
	/* It begins with what it was to be. */
	if (n > SETTINGS_LINE_MAX)
		n = SETTINGS_LINE_MAX;
	memcpy(l->line, text, n);
	l->line[n] = '\0';
	return newline != NULL ? newline + 1 : end;
}

static bool
check_text(struct loader *l, const char *file, const char *text,
    const char *end)
{
	struct settings trial = directive_defaults;
	struct position at = { file, 0 };
	bool right = true;
	const char *why;

	while ((text = next_line(l, text, end, &why)) != NULL) {
		at.line++;
		if (why != NULL)
			loader_complain(l, SETTINGS_ERROR, file, at.line, "%s",
			    why);
		right = why == NULL && check_line(l, at, &trial) && right;
	}
	directive_free_all(&trial);
	return right;
}

bool
loader_text(struct loader *l, const char *file, const char *text, size_t len)
{
	const char *end = text + len, *why;
	struct position at = { file, 0 };
	bool right = check_text(l, file, text, end);

	while ((text = next_line(l, text, end, &why)) != NULL) {
		at.line++;
		if (right && !l->losing)
			take_line(l, at);
		else
			loader_lose_line(l, file, at.line);
	}
	return right;
}
