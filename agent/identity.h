/* SPDX-License-Identifier: GPL-3.0-or-later */
/* identity - the user and group that a process is to be, and never root */
#ifndef AGENT_IDENTITY_H
#define AGENT_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/error.h"

struct identity {
	bool set; /* false: stay who we are */
	uid_t uid;
	gid_t gid;
	char name[64]; /* "" if the user has none */
};

/*
 * Finds a user and a group, each by name or number; the user's own group if
 * group is NULL. -1 and err if there is none, or if it is root.
 */
int identity_find(struct identity *out, const char *user, const char *group,
    struct error *err);

/* The same for a group alone. */
int identity_find_group(gid_t *out, const char *text, struct error *err);

/*
 * Becomes that user for good: real, effective and saved, with the groups it
 * has (supplementary) or its main one alone, and no capability. Proves that
 * there is no way back; what exec gives, as to sudo, is not touched. Who is
 * not root can only be who it is, and keeps its groups. After -1 the process
 * may be anything in between, and must end.
 */
int identity_assume(const struct identity *id, bool supplementary,
    struct error *err);

/* A part of that: the user and these groups; NULL: all that it has. */
int identity_become(const struct identity *id, const gid_t *groups,
    size_t count, struct error *err);

/* Whether all user and group ids, groups aside, are that one's. */
bool identity_is(const struct identity *id);

#endif
