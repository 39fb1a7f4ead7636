/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inspection - what beffroid --check looks at beside the text of the files
 *
 * Each part tries one thing that the configuration names, as who would use it
 * and without leaving anything behind. What would keep the agent from starting
 * is an error; what would make it answer less, or to more, than was meant is a
 * warning.
 */
#ifndef AGENT_INSPECTION_H
#define AGENT_INSPECTION_H

#include <stdbool.h>
#include <stdio.h>

#include "agent/generation.h"
#include "agent/settings.h"
#include "common/error.h"

struct inspection {
	struct settings *settings;
	struct generation who; /* settings and identities, nothing else */
	bool known;            /* the identities were found */
	unsigned errors, warnings;

	unsigned resident, programs, broken; /* commands, by check_commands() */
	short state[SETTINGS_COMMANDS_MAX]; /* for check_describe() */
};

/* Prints a line about a directive, where it was given. */
void inspection_warn(struct inspection *i, const char *directive,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same as an error, about what err says that it is about. */
void inspection_fail(struct inspection *i, const struct error *err);

/* A settings_complain; arg is the inspection. */
void inspection_complain(void *arg, enum settings_severity severity,
    const char *file, int line, const char *text);

/* Addresses, the port, and whether who may ask can. */
void check_network(struct inspection *i);

/* Whether names that may ask are granted something, and the other way round. */
void check_access(struct inspection *i);

/* Certificates, keys, versions and suites. */
void check_tls(struct inspection *i);

/* pid_file, log_file and directories. */
void check_files(struct inspection *i);

/* Whether one could be written to, or made if it is not there. */
int check_directory(const char *path, struct error *err);

/* Whether there is what commands run, for who runs it. */
void check_commands(struct inspection *i);

/* Prints comments: how a command is run, and how it could be if it cannot. */
void check_describe(FILE *out, const struct command *c, void *inspection);

#endif
