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
#include <sys/socket.h>

#include "agent/jobs.h"
#include "agent/log.h"
#include "agent/settings.h"
#include "agent/tls.h"

enum {
	CLIENTS_MAX = 1024,
	CLIENTS_SOURCE_MAX = 768, /* of one address */
	CLIENTS_AWAY_MAX = 512,   /* above that, no courtesy to strangers */
};

struct client;

/* All there are, and what they share. */
struct clients {
	struct event_base *base;
	const struct settings *settings;
	const char *nasty; /* nasty_metachars, as characters */
	struct log *log;
	struct tls_context *tls; /* NULL: plain */
	struct jobs *jobs;

	size_t count;
	struct client *first, *last; /* oldest first */
	void (*last_gone)(void *arg); /* told when none is left; or NULL */
	void *arg;
};

/*
 * Takes over a connection: to read from in and write to out, which may be the
 * same. If there are too many in all, the oldest that waits for no command
 * makes room; if too many are from there, it is turned away. peer is NULL for
 * one that has no address.
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

/* Ends the one that makes room; false if there is none that may. */
bool clients_make_room(struct clients *all);

/* Ends all of them at once. */
void clients_close(struct clients *all);

#endif
