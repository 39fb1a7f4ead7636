/* SPDX-License-Identifier: GPL-3.0-or-later */
/* settings_print - the configuration as it was understood */
#ifndef AGENT_SETTINGS_PRINT_H
#define AGENT_SETTINGS_PRINT_H

#include <stdio.h>

#include "agent/settings.h"

/* Writes what else there is to say of a command, each line with a "#". */
typedef void settings_describe(FILE *out, const struct command *c, void *arg);

/*
 * Writes what is in force as an nrpe.cfg that says the same, with where each
 * command is from and what describe (or NULL) says of it; one that cannot be
 * run is a comment that says why.
 */
void settings_print(FILE *out, const struct settings *s,
    settings_describe *describe, void *arg);

/* The directives, their defaults and what they are for. */
void settings_print_help(FILE *out);

#endif
