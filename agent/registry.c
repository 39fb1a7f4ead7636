/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "agent/registry.h"

#define CHECK(name) extern const struct check name;
#include "agent/checks.inc"
#undef CHECK

static const struct check *const checks[] = {
#define CHECK(name) &(name),
#include "agent/checks.inc"
#undef CHECK
};

_Static_assert(sizeof checks / sizeof checks[0] <= REGISTRY_MAX,
    "REGISTRY_MAX is too small");

void
registry_open(struct registry *r, const char *directory)
{
	*r = (struct registry){ 0 };
	if (directory == NULL)
		directory = PLUGIN_DIRECTORY;
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		struct registry_entry *e = &r->all[r->count++];
		char path[4096];
		int n = snprintf(path, sizeof path, "%s/check_%s", directory,
		    checks[i]->name);

		e->check = checks[i];
		e->installed = n > 0 && (size_t)n < sizeof path &&
		    stat(path, &e->file) == 0 && S_ISREG(e->file.st_mode);
	}
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool
registry_is_current(const struct registry_entry *e, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == EACCES;
	return same_file(&e->file, &st);
}

static int
find(const struct registry *r, const char *path)
{
	struct stat st;

	if (path[0] != '/' || stat(path, &st) < 0)
		return -1;
	for (int i = 0; i < r->count; i++) {
		if (r->all[i].installed && same_file(&r->all[i].file, &st))
			return i;
	}
	return -1;
}

void
registry_assign(const struct registry *r, struct settings *s)
{
	for (size_t i = 0; i < s->command_count; i++) {
		struct command *c = &s->commands[i];

		c->resident = s->in_process && c->why_not == NULL &&
		    c->argc > 0 && !grant_is_given(&c->grant) ?
		    find(r, c->argv[0]) : -1;
	}
}
