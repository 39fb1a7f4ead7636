/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * grant - other rights than the rest has, given to one command
 *
 * By command_user, command_group and command_caps. What is given is exact: the
 * user, the groups and the capabilities that a program has are these, and it
 * can get no others.
 */
#ifndef AGENT_GRANT_H
#define AGENT_GRANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/identity.h"
#include "common/buf.h"
#include "common/error.h"

struct grant {
	/* As written; NULL, and no capabilities: not given. */
	char *user, *groups;
	uint64_t capabilities;

	/* What that comes to, by grant_find(). */
	uid_t uid;
	gid_t *gids; /* allocated; the first is the main one */
	size_t gid_count;
};

/*
 * What whoever starts such a program needs beside the capabilities that it
 * passes on: to be another, to make sure of it, and to end it.
 */
uint64_t grant_needs(void);

/* Whether anything was given. */
bool grant_is_given(const struct grant *g);

/* The values of the directives. -1 and err, and nothing has changed. */
int grant_set_user(struct grant *g, const char *value, struct error *err);
int grant_set_groups(struct grant *g, const char *value, struct error *err);
int grant_set_capabilities(struct grant *g, const char *value,
    struct error *err);

/* Appends "user mail, group adm, cap_sys_ptrace"; nothing if none is given. */
void grant_put(struct buf *out, const struct grant *g);

/*
 * Finds the user, or usual, the one of all commands, and the groups: the ones
 * given and no others, else those that the user has. own is what capabilities
 * this process has. -1 and err: why no program can be given that.
 */
int grant_find(struct grant *g, const struct identity *usual, uint64_t own,
    struct error *err);

/*
 * In a process that is about to execute a program, is not root and has what
 * grant_needs() says: becomes who it is to be, with these capabilities for it
 * and no others, now or ever. Proves it. After -1 the process may be anything
 * in between, and must end.
 */
int grant_assume(const struct grant *g, struct error *err);

void grant_free(struct grant *g);

#endif
