/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * registry - the checks that the agent runs in its own processes
 *
 * A command is one of them if its program is the very file that was installed
 * with the agent: the file tells whether both are of one version. One that is
 * replaced later is a program like any other, until the agent restarts.
 */
#ifndef AGENT_REGISTRY_H
#define AGENT_REGISTRY_H

#include <stdbool.h>
#include <sys/stat.h>

#include "agent/settings.h"
#include "common/check.h"

enum {
	REGISTRY_MAX = 64,
};

struct registry_entry {
	const struct check *check;
	bool installed;
	struct stat file; /* as it was when the agent started */
};

struct registry {
	int count;
	struct registry_entry all[REGISTRY_MAX];
};

/*
 * Looks for the files of all resident checks in a directory of plugins; NULL:
 * where they are installed.
 */
void registry_open(struct registry *r, const char *directory);

/*
 * Fills each command's resident; -1 for what is run as a program, as all that
 * has rights of its own is.
 */
void registry_assign(const struct registry *r, struct settings *s);

/*
 * Whether the program at path still is the file that the agent started with.
 * So it is, too, where we may not look: we could not run it either.
 */
bool registry_is_current(const struct registry_entry *e, const char *path);

#endif
