/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/environment.h"
#include "common/buf.h"

/* Plugins ask it what NRPE can do: 4.1.0 has output of several lines. */
#define PROGRAM_VERSION "4.1.0"

enum {
	NAME_MAX_LEN = 255,
};

static const char blanks[] = " \t\r\n";

/* What is being built; each variable a string in bytes. */
struct builder {
	struct environment *env;
	struct buf bytes;
	size_t count;
};

static bool
has(const struct builder *b, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < b->count; i++) {
		const char *var = b->env->vars[i];

		if (strncmp(var, name, n) == 0 && var[n] == '=')
			return true;
	}
	return false;
}

/* The first one wins. */
static int
add(struct builder *b, const char *name, const char *value, struct error *err)
{
	char *start = b->bytes.data + b->bytes.len;

	if (has(b, name))
		return 0;
	buf_fmt(&b->bytes, "%s=%s", name, value);
	buf_char(&b->bytes, '\0');
	if (!buf_ok(&b->bytes) || b->count == ENVIRONMENT_VARS_MAX)
		return error_set(err, "environment: no room for %s", name);
	b->env->vars[b->count++] = start;
	return 0;
}

/* IFS is what a shell has by itself: some plugins split by it. */
static int
add_fixed(struct builder *b, struct error *err)
{
	static const struct {
		const char *name, *value;
	} fixed[] = {
		{ "PATH", "/usr/bin:/bin:/usr/sbin:/sbin" },
		{ "IFS", " \t\n" },
		{ "PWD", "/" },
		{ "NRPE_MULTILINESUPPORT", "1" },
		{ "NRPE_PROGRAMVERSION", PROGRAM_VERSION },
	};

	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
		if (add(b, fixed[i].name, fixed[i].value, err) < 0)
			return -1;
	}
	return 0;
}

/* A user that has no name is its number, with the root as its home. */
static int
add_user(struct builder *b, uid_t user, struct error *err)
{
	const struct passwd *pw = getpwuid(user);
	const char *name = pw == NULL ? NULL : pw->pw_name;
	const char *shell = pw == NULL ? "" : pw->pw_shell;
	char number[32];

	(void)snprintf(number, sizeof number, "%u", (unsigned)user);
	if (name == NULL)
		name = number;
	/* passwd(5): empty means this one. */
	if (*shell == '\0')
		shell = "/bin/sh";
	return add(b, "LOGNAME", name, err) < 0 ||
	    add(b, "USER", name, err) < 0 ||
	    add(b, "HOME", pw == NULL ? "/" : pw->pw_dir, err) < 0 ||
	    add(b, "SHELL", shell, err) < 0 ? -1 : 0;
}

/*
 * Whether a list has an item that the name, of n bytes, begins with. NRPE
 * compares no more than that, and some have come to rely on it.
 */
static bool
is_kept(const char *list, const char *name, size_t n)
{
	while (*list != '\0') {
		size_t all = strcspn(list, ","), len = all;

		while (len > 0 && strchr(blanks, *list) != NULL)
			list++, len--, all--;
		while (len > 0 && strchr(blanks, list[len - 1]) != NULL)
			len--;
		if (len > 0 && len <= n && memcmp(list, name, len) == 0)
			return true;
		list += all;
		list += *list == ',';
	}
	return false;
}

static int
keep_all(struct builder *b, const char *list, struct error *err)
{
	for (char **var = environ; *var != NULL; var++) {
		size_t n = strcspn(*var, "=");
		char name[NAME_MAX_LEN + 1];

		if (n > NAME_MAX_LEN || (*var)[n] == '\0' ||
		    !is_kept(list, *var, n))
			continue;
		memcpy(name, *var, n);
		name[n] = '\0';
		if (add(b, name, *var + n + 1, err) < 0)
			return -1;
	}
	return 0;
}

/* What is kept may differ from the user's own entry, not from the fixed. */
int
environment_build(struct environment *out, uid_t user, const char *keep,
    struct error *err)
{
	struct builder b = {
		.env = out,
		.bytes = buf_on(out->bytes, sizeof out->bytes),
	};

	if (add_fixed(&b, err) < 0 ||
	    keep_all(&b, keep == NULL ? "" : keep, err) < 0 ||
	    add_user(&b, user, err) < 0)
		return -1;
	out->vars[b.count] = NULL;
	return 0;
}
