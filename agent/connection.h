/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * connection - one client, for those files that make up the whole of it
 *
 * client.c lets them come and go, client_room.c knows who makes room,
 * client_read.c takes what they send, client_write.c sends what they get. Each
 * function that may end a connection says so; then the struct is gone.
 */
#ifndef AGENT_CONNECTION_H
#define AGENT_CONNECTION_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/acl.h"
#include "agent/client.h"
#include "agent/nrpe.h"

enum phase {
	READING, /* handshake and query */
	RUNNING, /* waits for its job */
	WRITING, /* the response, or an alert */
	DRAINING, /* all is sent; what still comes is thrown away */
	PHASES,
};

/* Where a connection comes from; all zero for one without an address. */
struct client_origin {
	int family;
	uint8_t bytes[8]; /* of IPv6 the network, all of which one host has */
};

/* Those of one source in one phase: who has been in it for longest is first. */
struct client_list {
	struct client *first, *last;
	size_t count;
};

struct client_source {
	struct client_source *next;
	struct client_origin origin;
	size_t count;
	struct client_list in[PHASES];
};

struct client {
	struct clients *all;
	struct client_source *source;
	struct client *next, *before; /* in its source and phase */
	uint64_t number;              /* in the order of their coming */
	int in, out;
	enum phase phase;
	struct acl_text peer;
	struct event readable, writable, timer;
	struct tls *tls; /* NULL: plain */
	bool met;          /* its handshake is over, and it may ask */
	const char *entry; /* the one of client_names that it is; or NULL */

	uint8_t *packet; /* what has come of it */
	size_t len, room;
	uint8_t first[NRPE_V2_SIZE]; /* all that most of them need */
	struct nrpe_form form; /* of its query */
	int command;
	struct job_waiter waiter;

	uint8_t *reply; /* plain */
	size_t size, sent;
	size_t drained;
};

/* client.c */
void client_free(struct client *c);
void client_set_phase(struct client *c, enum phase phase, double seconds);
double client_patience(const struct client *c);
void client_complain(const struct client *c, const char *why);

/* client_room.c */
struct client_origin client_origin_of(const struct sockaddr *peer);
struct client_origin client_origin_strangers(void);

/* False if memory ran out. */
bool client_enter(struct clients *all, struct client *c,
    const struct client_origin *origin, enum phase phase);
void client_leave(struct client *c);
void client_move(struct client *c, enum phase phase);

/* Any of them, or NULL. */
struct client *client_find_any(const struct clients *all);

/*
 * Who makes room, of all or of one source: of the source that has most which
 * wait for no command, one that is done, else one that asks, else one that is
 * answered; of these the one longest at it. So whoever opens many takes from
 * itself. NULL if there is none.
 */
struct client *client_find_victim(const struct clients *all);
struct client *client_find_victim_of(const struct clients *all,
    const struct client_origin *origin);

/*
 * Who may be told not to wait for its command, for one more of that origin: of
 * the source that has most, the one that waits longest. NULL if there is none,
 * or the origin would then have more than that source.
 */
struct client *client_find_waiting(const struct clients *all,
    const struct client_origin *origin);
size_t client_count_of(const struct clients *all,
    const struct client_origin *origin);

/* client_read.c: what has come; may end the connection. */
void client_on_readable(evutil_socket_t fd, short what, void *arg);

/*
 * client_access.c: whether it may be here, its handshake over; if not, that is
 * logged, and the connection closed or gone.
 */
bool client_may_connect(struct client *c);

bool client_may_ask(const struct client *c, int command);

/* The answer to one who may not. May end the connection. */
void client_deny(struct client *c);

/* client_write.c: there is room to send; may end the connection. */
void client_on_writable(evutil_socket_t fd, short what, void *arg);

/* Sends what can be sent now; false if the connection is over, or ended. */
bool client_flush(struct client *c);

/*
 * Nothing follows: the peer sees the end, whatever it still sends. Ends the
 * connection where there is none to be seen otherwise: of a pipe.
 */
void client_drain(struct client *c);

/* Sends the answer; over TLS with the end behind it. May end the connection. */
void client_respond(struct client *c, const struct job_answer *a);

/* No answer, but a reason for the log. May end the connection. */
void client_refuse(struct client *c, const char *why);

/* For the waiter of a connection: its job is done. May end the connection. */
void client_on_answer(struct job_waiter *waiter, const struct job_answer *a);

#endif
