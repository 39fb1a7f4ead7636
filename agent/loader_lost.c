/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a file that is left out: what they were to keep out, of a command or
 * of all, must not come in for want of them.
 */
#include "config.h"

#include <string.h>

#include "agent/loader.h"

/* What a line that is no statement was to be, or NULL. */
static const struct directive *
find_beginning(const char *line)
{
	const char *start = line + strspn(line, " \t");
	size_t n = strcspn(start, " \t=[");
	char name[32];

	if (n >= sizeof name)
		return NULL;
	memcpy(name, start, n);
	name[n] = '\0';
	return directive_find(name);
}

/* What it includes is left out, too. */
static void
lose_included(struct loader *l, const struct directive *d, const char *path,
    const char *file, int line)
{
	bool before = l->losing;

	l->losing = true;
	if (d->kind == DIRECTIVE_INCLUDE)
		loader_file(l, path, file, line);
	else
		loader_directory(l, path, file, line);
	l->losing = before;
}

/* What is granted adds up: all the others may be asked for as before. */
static void
lose_grant(struct loader *l, const struct directive *d, const char *file,
    int line)
{
	loader_complain(l, SETTINGS_WARNING, file, line, "%s: this line is "
	    "left out, clients may ask only for what others grant", d->name);
	l->settings->access.limited = true;
}

void
loader_lose_line(struct loader *l, const char *file, int line)
{
	const struct directive *d;
	struct statement s = { .name = NULL };
	struct error why;
	int rc = statement_parse(&s, l->line, &why);

	d = rc > 0 ? directive_find(s.name) :
	    rc < 0 ? find_beginning(l->line) : NULL;
	/* Of a reload with an error, or of the first file, nothing is used. */
	if (d == NULL || l->mode == SETTINGS_RELOAD ||
	    strcmp(file, l->path) == 0)
		return;
	switch (d->kind) {
	case DIRECTIVE_INCLUDE:
	case DIRECTIVE_INCLUDE_DIR:
		if (rc > 0)
			lose_included(l, d, s.value, file, line);
		return;
	case DIRECTIVE_CLIENT:
		lose_grant(l, d, file, line);
		return;
	case DIRECTIVE_GRANT:
		if (!d->binding)
			return;
		/* FALLTHROUGH */
	case DIRECTIVE_RULE:
		if (rc > 0 && s.key != NULL &&
		    loader_pend(l, file, line, d, &s, true, &why) == 0)
			return;
		break;
	default:
		if (!d->guard)
			return;
		break;
	}
	loader_complain(l, SETTINGS_ERROR, file, line, "a file with %s cannot "
	    "be left out", d->name);
	l->failed = true;
}
