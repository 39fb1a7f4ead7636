/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gatekeeper - the process that speaks with the network
 *
 * It holds the connections and the queue of what they ask for, knows commands
 * by number only, and can do nothing else: no file, no process, no connection
 * of its own.
 */
#ifndef AGENT_GATEKEEPER_H
#define AGENT_GATEKEEPER_H

#include <stdbool.h>

#include "agent/listener.h"
#include "agent/log.h"
#include "agent/identity.h"
#include "agent/settings.h"
#include "agent/tls.h"
#include "common/error.h"

struct gatekeeper {
	struct settings *settings; /* the names in its acl are updated */
	const struct listeners *listeners;
	const struct identity *identity;
	const struct tls_settings *tls; /* NULL: plain */
	struct log *log;
	int control; /* to the supervisor */
	bool single; /* one client, on stdin and stdout, instead of listening */
};

/*
 * Opens all there is to open, gives up what is not needed, and serves until the
 * supervisor says to drain, or is gone; then it leaves its doors as doors.h
 * says, finishes what it has, and returns. The exit code: 0 if all was in
 * order.
 */
int gatekeeper_main(struct gatekeeper *g);

/*
 * How long it may take to finish: as long as the last one who was let in has to
 * ask, its command to be done, and its answer to be taken; s.
 */
double gatekeeper_drain_seconds(const struct settings *settings);

#endif
