/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resident - a check run in the worker, as its program would run
 *
 * The same arguments, the same words, the same exit code; only the watchdog is
 * another one: the gatekeeper, which hears of what is known so far.
 */
#ifndef AGENT_RESIDENT_H
#define AGENT_RESIDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/command.h"
#include "common/check.h"

struct resident_job {
	const struct check *check;
	const struct command_argv *argv;
	const char *run_directory; /* for samples; NULL: the usual places */
	double deadline;           /* on the clock of deadline_now() */
	double started;
	int socket;                /* to the gatekeeper */
	uint32_t number;           /* of the job there */
	bool last;                 /* the worker's last one */
};

/* Storage for runs, one after the other: allocated, and kept. */
struct resident;
struct resident *resident_new(void);
void resident_free(struct resident *r);

/* Runs it and sends the answer; false if there is no one left to hear it. */
bool resident_run(struct resident *r, const struct resident_job *job);

#endif
