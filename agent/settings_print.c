/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/directive.h"
#include "agent/settings_print.h"
#include "agent/split.h"

/* The value of a directive, to be freed; NULL if it has none. */
static char *
value_text(const struct directive *d, const struct settings *s)
{
	size_t size = SETTINGS_LINE_MAX + 1;
	char *text = malloc(size);
	struct buf b;

	if (text == NULL)
		return NULL;
	b = buf_on(text, size);
	if (directive_put(&b, d, s))
		return text;
	free(text);
	return NULL;
}

static void
print_directive(FILE *out, const struct directive *d, const struct settings *s)
{
	/* The command lines have it already. */
	bool prefix = d->kind == DIRECTIVE_TEXT &&
	    d->offset == offsetof(struct settings, command_prefix);
	char *text = value_text(d, s);

	if (text != NULL)
		fprintf(out, "%s%s=%s\n", prefix ? "# " : "", d->name, text);
	free(text);
}

static void
print_word(FILE *out, const char *word, bool quoted)
{
	/* Of each quote become four characters. */
	size_t size = 4 * strlen(word) + 3;
	char *text = malloc(size);

	if (text != NULL) {
		struct buf b = buf_on(text, size);

		split_quote(&b, word, quoted);
		fputs(text, out);
	}
	free(text);
}

static void
print_grants(FILE *out, const struct command *c)
{
	for (const struct directive *d = directives;
	    d->kind != DIRECTIVE_END_OF_TABLE; d++) {
		char text[1024];
		struct buf b = buf_on(text, sizeof text);

		if (d->kind == DIRECTIVE_GRANT && d->put_grant(&b, c))
			fprintf(out, "%s[%s]=%s\n", d->name, c->name, text);
	}
	for (size_t n = 0; n < QUERY_ARGS_MAX; n++) {
		for (size_t i = 0; i < c->rules[n].count; i++)
			fprintf(out, "command_arg[%s][%zu]=%s\n", c->name,
			    n + 1, rules_text(&c->rules[n], i));
	}
}

static void
print_command(FILE *out, const struct command *c, settings_describe *describe,
    void *arg)
{
	fprintf(out, "\n# %s:%d\n", c->file, c->line_number);
	if (c->why_not != NULL)
		fprintf(out, "# command[%s] cannot be run: %s\n", c->name,
		    c->why_not);
	if (describe != NULL)
		describe(out, c, arg);
	if (c->why_not != NULL)
		return;
	fprintf(out, "command[%s]=", c->name);
	for (size_t i = 0; i < c->argc; i++) {
		if (i > 0)
			fputc(' ', out);
		print_word(out, c->argv[i], c->quoted[i]);
	}
	fputc('\n', out);
	print_grants(out, c);
}

static void
print_access(FILE *out, const struct access *a)
{
	if (a->limited && a->grant_count == 0)
		fputs("# client_commands: what there was is left out, nobody "
		    "may ask for anything\n", out);
	for (size_t i = 0; i < a->grant_count; i++)
		fprintf(out, "client_commands[%s]=%s\n", a->grants[i].name,
		    a->grants[i].commands);
}

void
settings_print(FILE *out, const struct settings *s,
    settings_describe *describe, void *arg)
{
	if (s->address_count == 0)
		fputs("# server_address: all\n", out);
	if (s->allowed_hosts == NULL)
		fputs("# allowed_hosts: only this host\n", out);
	for (const struct directive *d = directives;
	    d->kind != DIRECTIVE_END_OF_TABLE; d++)
		print_directive(out, d, s);
	print_access(out, &s->access);
	for (size_t i = 0; i < s->command_count; i++)
		print_command(out, &s->commands[i], describe, arg);
}

void
settings_print_help(FILE *out)
{
	for (const struct directive *d = directives;
	    d->kind != DIRECTIVE_END_OF_TABLE; d++) {
		char *text = value_text(d, &directive_defaults);

		fprintf(out, "%s\n\t%s%s", d->form != NULL ? d->form : d->name,
		    d->kind == DIRECTIVE_UNUSED ? "no effect: " : "", d->help);
		if (text != NULL)
			fprintf(out, " (default: %s)", text);
		fputc('\n', out);
		free(text);
	}
}
