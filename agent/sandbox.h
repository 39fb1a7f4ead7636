/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandbox - giving up, for good, what a process does not need
 */
#ifndef AGENT_SANDBOX_H
#define AGENT_SANDBOX_H

#include <stdbool.h>
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

/*
 * Becomes that user for good: real, effective and saved, with the groups it
 * has (supplementary) or its main one alone, and no capability. Proves that
 * there is no way back.
 */
int identity_assume(const struct identity *id, bool supplementary,
    struct error *err);

/*
 * For the gatekeeper, once all that it needs is open: from here on no open, no
 * fork, no exec, no connect, no new privileges; by seccomp, and by Landlock
 * where the kernel has it. What is refused fails with EPERM.
 */
int sandbox_enter(struct error *err);

#endif
