/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * launch - starts a program as a plugin is to find itself
 *
 * stdin /dev/null, no descriptor but 0 to 2, directory /, no signal blocked or
 * ignored, a session of its own. Never by a shell; never by fork() either but
 * for a program that gets other rights than we have.
 */
#ifndef AGENT_LAUNCH_H
#define AGENT_LAUNCH_H

#include <sys/types.h>

#include "agent/grant.h"
#include "common/error.h"

struct launch {
	char *const *argv; /* argv[0]: a path, or found in its PATH */
	char *const *environment;
	int output, errors; /* become 1 and 2 */
	const struct grant *grant; /* NULL: what we have */
	double deadline;    /* for such a program to be executed */
};

/* The child's pid; -1 and err, "path: why", if it cannot be executed. */
pid_t launch_program(const struct launch *l, struct error *err);

/*
 * A part of that: executes path with rights of its own. 0; the number of an
 * error of exec; -1 and err if it did not get that far.
 */
int launch_granted(pid_t *pid, const char *path, const struct launch *l,
    struct error *err);

#endif
