/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * client - connections, from the first byte to the last
 *
 * One connection is one query and one response. Each phase has a deadline; a
 * query that is no query is logged, not answered, and the connection closed.
 */
#ifndef AGENT_CLIENT_H
#define AGENT_CLIENT_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "agent/jobs.h"
#include "agent/log.h"
#include "agent/settings.h"
#include "agent/tls.h"

enum {
	CLIENTS_MAX = 2048,
	CLIENTS_SOURCE_MAX = 768, /* of one address, or IPv6 network */
	CLIENTS_AWAY_MAX = 512,   /* above that, no courtesy to strangers */
};

struct client;
struct client_source;

/* All there are, and what they share. */
struct clients {
	struct event_base *base;
	const struct settings *settings;
	const char *nasty; /* nasty_metachars, as characters */
	struct log *log;
	struct tls_context *tls; /* NULL: plain */
	struct jobs *jobs;

	size_t count, most;     /* most: see clients_most() */
	uint64_t last_number;
	struct client_source *sources;
	size_t cut;             /* that made room, since that was logged */
	double cut_at;          /* when it is to be logged next */
	void (*last_gone)(void *arg); /* told when none is left; or NULL */
	void *arg;
};

/*
 * Takes over a connection: to read from in and write to out, which may be the
 * same; neither blocks. If there are too many in all, one makes room of the
 * source that has most which wait for no command: one that is done, else one
 * that asks, else one that is answered; of these the one longest at it. If too
 * many are from there, one of those does. If all wait for commands, the source
 * with most loses the one that waits longest, which is told that the agent is
 * busy; unless that source would then have fewer than this one's. Else this
 * one is turned away. peer is NULL for one that has no address.
 */
void client_new(struct clients *all, int in, int out,
    const struct sockaddr *peer);

/*
 * Ends the connection of one who may not ask: no byte for it, but its own are
 * read for a moment. Closed at once, a socket with bytes that nobody read is
 * reset, of which check_nrpe dies without a word.
 */
void client_turn_away(struct clients *all, int fd,
    const struct sockaddr *peer);

/* How many there may be: CLIENTS_MAX, or fewer for want of descriptors. */
size_t clients_most(void);

/* Ends the one that makes room; false if there is none that may. */
bool clients_make_room(struct clients *all);

/* Ends all of them at once. */
void clients_close(struct clients *all);

#endif
