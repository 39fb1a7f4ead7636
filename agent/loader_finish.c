/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/loader.h"

static struct command *
command_of(struct loader *l, const struct loader_pending *p)
{
	int i = settings_find(l->settings, p->name);

	if (i >= 0)
		return &l->settings->commands[i];
	loader_complain(l, SETTINGS_WARNING, p->file, p->line,
	    "%s: there is no command[%.64s]", p->directive->name, p->name);
	return NULL;
}

/* A rule that is lost would let through what it was to keep out. */
static void
add_rule(struct loader *l, const struct loader_pending *p, struct command *c)
{
	struct error why;

	if (rules_add(&c->rules[p->number - 1], p->value, &why) == 0)
		return;
	loader_complain(l, SETTINGS_ERROR, p->file, p->line, "%s", why.text);
	if (command_disable(c, "a rule for its arguments could not be read",
	    &why) < 0)
		l->failed = true;
}

/* So would one whose file is left out; or whose user would be another. */
static void
disable(struct loader *l, const struct loader_pending *p)
{
	int i = settings_find(l->settings, p->name);
	struct command *c;
	struct error why;

	if (i < 0)
		return;
	c = &l->settings->commands[i];
	if (c->why_not != NULL)
		return;
	loader_complain(l, SETTINGS_WARNING, p->file, p->line,
	    "command[%s] cannot be run: its %s here is left out", c->name,
	    p->directive->binding ? p->directive->name : "rule");
	if (command_disable(c, p->directive->binding ? "the file with what it "
	    "was granted is left out, for an error in it" : "the file with a "
	    "rule for its arguments is left out, for an error in it", &why) < 0)
		l->failed = true;
}

/* The line which gave c what p gives anew; NULL: none that matters. */
static const struct loader_pending *
find_earlier(const struct loader *l, const struct loader_pending *p,
    const struct command *c)
{
	char given[1024];
	struct buf b = buf_on(given, sizeof given);

	if (!p->directive->put_grant(&b, c))
		return NULL;
	for (const struct loader_pending *q = p; q-- > l->pending;) {
		if (q->directive == p->directive && !q->lost &&
		    strcmp(q->name, p->name) == 0)
			return q;
	}
	return NULL;
}

/* As of what is given to all, see loader_text.c. */
static void
warn_replaced(struct loader *l, const struct loader_pending *p,
    const struct command *c)
{
	const struct loader_pending *q = find_earlier(l, p, c);

	if (q != NULL && (p->directive->binding ||
	    strcmp(q->file, p->file) == 0))
		loader_complain(l, SETTINGS_WARNING, p->file, p->line,
		    "%s[%.64s] replaces the one of %s line %d",
		    p->directive->name, p->name, q->file, q->line);
}

/* The value was right when it was read: what is left is want of memory. */
static void
grant(struct loader *l, const struct loader_pending *p, struct command *c)
{
	struct error why;

	warn_replaced(l, p, c);
	if (p->directive->grant(p->value, c, &why) == 0)
		return;
	loader_complain(l, SETTINGS_ERROR, p->file, p->line, "%s", why.text);
	l->failed = true;
}

static void
grant_client(struct loader *l, const struct loader_pending *p)
{
	struct settings *s = l->settings;
	char unknown[64];
	struct error why;

	if (access_grant(&s->access, p->name, p->value, s->commands,
	    s->command_count, unknown, sizeof unknown, &why) < 0) {
		loader_complain(l, SETTINGS_ERROR, p->file, p->line, "%s",
		    why.text);
		l->failed = true;
	} else if (*unknown != '\0') {
		loader_complain(l, SETTINGS_WARNING, p->file, p->line,
		    "%s: there is no command '%s'", p->directive->name,
		    unknown);
	}
}

static void
apply(struct loader *l, const struct loader_pending *p)
{
	struct command *c;

	if (p->lost) {
		disable(l, p);
		return;
	}
	if (p->directive->kind == DIRECTIVE_CLIENT) {
		grant_client(l, p);
		return;
	}
	c = command_of(l, p);
	if (c == NULL)
		return;
	if (p->directive->kind == DIRECTIVE_GRANT)
		grant(l, p, c);
	else if (c->why_not == NULL && !command_takes(c, p->number))
		loader_complain(l, SETTINGS_WARNING, p->file, p->line,
		    "command[%s] has no $ARG%zu$", c->name, p->number);
	if (p->directive->kind == DIRECTIVE_RULE)
		add_rule(l, p, c);
}

static void
make_template(struct loader *l, struct command *c)
{
	const char *prefix = l->settings->command_prefix;
	struct error why;

	if (command_parse(c, prefix != NULL ? prefix : "", c->line, &why) < 0) {
		loader_complain(l, SETTINGS_ERROR, c->file, c->line_number,
		    "%s", why.text);
		l->failed = true;
	} else if (c->why_not != NULL) {
		loader_complain(l, SETTINGS_WARNING, c->file, c->line_number,
		    "command[%s] cannot be run: %s", c->name, c->why_not);
	}
}

void
loader_finish(struct loader *l)
{
	for (size_t i = 0; i < l->settings->command_count; i++)
		make_template(l, &l->settings->commands[i]);
	for (size_t i = 0; i < l->pending_count; i++)
		apply(l, &l->pending[i]);
}
