/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * supervisor - the process that starts, watches and ends all others
 *
 * It reads the configuration, opens sockets, and never reads a byte that came
 * over the network.
 */
#ifndef AGENT_SUPERVISOR_H
#define AGENT_SUPERVISOR_H

#include <stdbool.h>

struct supervisor_plan {
	const char *path;    /* of the configuration */
	bool foreground;     /* do not fork away, log to stderr */
	bool single;         /* serve stdin and stdout, then end */
	bool plain;          /* no TLS, whatever the configuration says */
};

/* Runs the agent; the exit code. */
int supervisor_main(const struct supervisor_plan *plan);

#endif
