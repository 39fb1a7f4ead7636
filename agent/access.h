/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * access - who may ask for what, by the names in clients' certificates
 *
 * client_names says who may ask at all, client_commands[NAME] what they may ask
 * for. Commands are looked up once, when all of them are known.
 */
#ifndef AGENT_ACCESS_H
#define AGENT_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/command.h"
#include "agent/peer_name.h"
#include "common/error.h"

enum {
	ACCESS_NAMES_MAX = 1024,
	ACCESS_GRANTS_MAX = 1024,
};

/* A line client_commands[name]=commands. */
struct access_grant {
	char *name;     /* a pattern, see peer_name.h */
	char *commands; /* as written */
	uint64_t *may;  /* a bit for each command, by its number */
};

/* All zero: everybody may ask for everything. */
struct access {
	size_t name_count;
	char **names; /* patterns; none: any name will do */
	bool limited; /* only what is granted may be asked for */
	size_t grant_count;
	struct access_grant *grants;
};

/* Whether it takes a name to ask. */
bool access_is_by_name(const struct access *a);

/* Patterns, separated by commas; a has none before. -1 and err, and none. */
int access_set_names(struct access *a, const char *list, struct error *err);

/* Whether this can be granted, whatever commands there are; -1 and err. */
int access_check_grant(const char *name, const char *commands,
    struct error *err);

/*
 * Grants clients of a name these commands: names and globs, where "*" stands
 * for any characters, separated by commas. -1 and err if that cannot be, and
 * nothing has changed. *unknown, of size bytes, is the first which is that of
 * no command, or empty.
 */
int access_grant(struct access *a, const char *name, const char *commands,
    const struct command *all, size_t count, char *unknown, size_t size,
    struct error *err);

void access_free(struct access *a);

/* The entry of client_names that means this name of a client, or NULL. */
const char *access_find_name(const struct access *a,
    const struct peer_name *name);

/* Whether a client of that name is granted a command, by its number. */
bool access_grants(const struct access *a, const struct peer_name *name,
    int command);

#endif
