/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * doors - the gatekeeper's listening sockets, and how it leaves them
 *
 * Whoever has connected is let in, even if nobody had accepted it yet when the
 * socket was to be closed: the kernel would reset it.
 */
#ifndef AGENT_DOORS_H
#define AGENT_DOORS_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "agent/listener.h"

/*
 * For handshakes that have begun to become connections; new ones are turned
 * away meanwhile, see listeners_leave().
 */
#define DOORS_LEAVE_SECONDS 1.0

struct doors {
	/* The owner's, told with arg. */
	void (*enter)(void *arg, int fd, const struct sockaddr *peer);
	/* accept() fails with errno why; true if room was made for one more */
	bool (*crowded)(void *arg, int why);
	void (*all_shut)(void *arg); /* after doors_leave() */
	void *arg;

	struct event *open[LISTENERS_MAX]; /* NULL: shut, or never there */
	struct event pause; /* till it ends, nothing is accepted */
	struct event leave;
};

/* Accepts from now on; false if memory ran out. */
bool doors_open(struct doors *d, struct event_base *base,
    const struct listeners *l);

/*
 * Accepts no more: at once where another process goes on (the bits of kept, by
 * number of the listener), elsewhere once all who were there have been let in.
 */
void doors_leave(struct doors *d, uint32_t kept);

/* Lets in all who are there now, and shuts. */
void doors_shut(struct doors *d);

/* Whether any is left that is not shut. */
bool doors_any(const struct doors *d);

/* Shuts at once, and is gone; it may be zero. */
void doors_free(struct doors *d);

#endif
