/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * worker - a process that runs one command at a time
 *
 * It takes a number and arguments from the gatekeeper, never a command line.
 * Checks of our own run right here, all else as a program of its own.
 */
#ifndef AGENT_WORKER_H
#define AGENT_WORKER_H

#include "agent/log.h"
#include "agent/registry.h"
#include "agent/settings.h"

enum {
	WORKER_JOBS_MAX = 10000, /* then another process takes its place */
};

struct worker {
	int socket; /* to the gatekeeper */
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
