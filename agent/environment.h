/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * environment - the variables that a program started for a client gets
 *
 * Those that NRPE gives, and nothing of our own environment but what
 * keep_env_vars names.
 */
#ifndef AGENT_ENVIRONMENT_H
#define AGENT_ENVIRONMENT_H

#include <sys/types.h>

#include "common/error.h"

enum {
	ENVIRONMENT_VARS_MAX = 128,
	ENVIRONMENT_BYTES = 32 * 1024,
};

struct environment {
	char *vars[ENVIRONMENT_VARS_MAX + 1]; /* "NAME=value", ends with NULL */
	char bytes[ENVIRONMENT_BYTES];
};

/*
 * Builds it for a user. keep is the comma separated value of
 * keep_env_vars, or NULL: every variable whose name begins with one of these is
 * kept, but PATH, IFS, PWD and NRPE_* stay what they are. -1 and err if it does
 * not fit.
 */
int environment_build(struct environment *out, uid_t user,
    const char *keep, struct error *err);

#endif
