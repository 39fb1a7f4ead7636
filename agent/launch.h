/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * launch - starts a program as a plugin is to find itself
 *
 * stdin /dev/null, no descriptor but 0 to 2, directory /, no signal blocked or
 * ignored, a session of its own. Never by fork(), never by a shell.
 */
#ifndef AGENT_LAUNCH_H
#define AGENT_LAUNCH_H

#include <sys/types.h>

#include "common/error.h"

struct launch {
	char *const *argv; /* argv[0]: a path, or found in its PATH */
	char *const *environment;
	int output, errors; /* become 1 and 2 */
};

/* The child's pid; -1 and err, "path: why", if it cannot be executed. */
pid_t launch_program(const struct launch *l, struct error *err);

#endif
