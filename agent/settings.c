/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/loader.h"

/* Who may ask if nobody is named: unlike with NRPE, not everyone. */
#define LOOPBACK "127.0.0.0/8,::1"

/* NULL, which is told, if memory ran out. */
static struct loader *
loader_new(const char *path, enum settings_mode mode,
    settings_complain *complain, void *arg)
{
	struct loader *l = calloc(1, sizeof *l);
	struct settings *s = malloc(sizeof *s);

	if (l == NULL || s == NULL) {
		complain(arg, SETTINGS_ERROR, path, 0, "out of memory");
		free(l);
		free(s);
		return NULL;
	}
	*s = directive_defaults;
	l->settings = s;
	l->path = path;
	l->mode = mode;
	l->complain = complain;
	l->arg = arg;
	return l;
}

static int
finish(struct loader *l)
{
	struct settings *s = l->settings;
	struct error why;

	loader_finish(l);
	if (acl_parse(&s->acl, s->allowed_hosts != NULL ? s->allowed_hosts :
	    LOOPBACK, &why) == 0)
		return 0;
	loader_complain(l, SETTINGS_ERROR, l->path, 0, "allowed_hosts: %s",
	    why.text);
	return -1;
}

/* The settings, if all went as it must for this mode; the loader is gone. */
static struct settings *
loader_end(struct loader *l)
{
	struct settings *s = l->settings;

	if (!l->failed && finish(l) < 0)
		l->failed = true;
	if (l->failed || (l->wrong && l->mode == SETTINGS_RELOAD)) {
		settings_free(s);
		s = NULL;
	}
	for (size_t i = 0; i < l->pending_count; i++) {
		free(l->pending[i].name);
		free(l->pending[i].value);
	}
	for (size_t i = 0; i < l->file_count; i++)
		free(l->files[i]);
	free(l->pending);
	free(l);
	return s;
}

struct settings *
settings_load(const char *path, enum settings_mode mode,
    settings_complain *complain, void *arg)
{
	struct loader *l = loader_new(path, mode, complain, arg);

	if (l == NULL)
		return NULL;
	loader_file(l, path, NULL, 0);
	return loader_end(l);
}

struct settings *
settings_parse(const char *path, const char *text, size_t len,
    settings_complain *complain, void *arg)
{
	struct loader *l = loader_new(path, SETTINGS_RELOAD, complain, arg);

	if (l == NULL)
		return NULL;
	l->alone = true;
	l->failed = !loader_text(l, path, text, len);
	return loader_end(l);
}

void
settings_free(struct settings *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->command_count; i++)
		command_free(&s->commands[i]);
	free(s->commands);
	acl_free(&s->acl);
	directive_free_all(s);
	free(s);
}

int
settings_find(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->command_count; i++) {
		if (strcmp(s->commands[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}
