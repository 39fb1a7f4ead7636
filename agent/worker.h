/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * worker - a process that runs one command at a time
 *
 * It takes a number and arguments from the gatekeeper, never a command line.
 * Checks of our own run right here, all else as a program of its own; what was
 * granted other rights, by the runner beside it.
 */
#ifndef AGENT_WORKER_H
#define AGENT_WORKER_H

#include <stdbool.h>

#include "agent/log.h"
#include "agent/registry.h"
#include "agent/settings.h"

enum {
	WORKER_JOBS_MAX = 10000, /* then another process takes its place */
};

struct worker {
	int socket; /* to the gatekeeper; a runner's, to its worker */
	int runner; /* to the one beside it; -1: there is none */
	bool is_runner; /* runs what was granted rights, and nothing else */
	const struct settings *settings;
	const struct registry *registry;
	struct log *log;
};

/*
 * Works until the gatekeeper is gone, or for WORKER_JOBS_MAX jobs. -1 and err
 * if it cannot even begin.
 */
int worker_main(struct worker *w, struct error *err);

#endif
