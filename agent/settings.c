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
	struct settings_place at;
	struct error why;

	loader_finish(l);
	if (l->left_out > 0 && l->mode == SETTINGS_START)
		loader_complain(l, SETTINGS_WARNING, l->path, 0, "%zu of what "
		    "it includes left out: commands, and limits to who may "
		    "ask and what, may be missing", l->left_out);
	/* It was right when it was read, but for memory. */
	if (s->client_names != NULL &&
	    access_set_names(&s->access, s->client_names, &why) < 0) {
		loader_complain(l, SETTINGS_ERROR, l->path, 0,
		    "client_names: %s", why.text);
		return -1;
	}
	/* A client without a certificate has no name. */
	if (access_is_by_name(&s->access))
		s->tls_client_certs = CLIENT_CERTS_REQUIRE;
	if (acl_parse(&s->acl, s->allowed_hosts != NULL ? s->allowed_hosts :
	    LOOPBACK, &why) == 0)
		return 0;
	at = settings_where(s, "allowed_hosts");
	loader_complain(l, SETTINGS_ERROR, at.file, at.line,
	    "allowed_hosts: %s", why.text);
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
	const char *name;
	struct error why;

	if (l == NULL)
		return NULL;
	l->alone = true;
	name = loader_keep_name(l, path, &why);
	if (name == NULL)
		complain(arg, SETTINGS_ERROR, path, 0, why.text);
	l->failed = name == NULL || !loader_text(l, name, text, len);
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
	for (size_t i = 0; i < s->file_count; i++)
		free(s->files[i]);
	access_free(&s->access);
	acl_free(&s->acl);
	directive_free_all(s);
	free(s);
}

struct settings_place
settings_where(const struct settings *s, const char *directive)
{
	const struct directive *d = directive == NULL ? NULL :
	    directive_find(directive);

	if (d != NULL && s->where[d - directives].line > 0)
		return s->where[d - directives];
	return (struct settings_place){
		.file = s->file_count > 0 ? s->files[0] : "",
	};
}

int
settings_blame(const struct settings *s, struct error *err)
{
	struct settings_place at = settings_where(s, err->about);
	struct error why = *err;

	if (at.line == 0)
		return -1;
	(void)error_set(err, "%s:%d: %s", at.file, at.line, why.text);
	return error_about(err, why.about);
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
