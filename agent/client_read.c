/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/connection.h"
#include "agent/dispatch.h"
#include "agent/query.h"
#include "common/buf.h"

enum {
	READ_SIZE = 16 * 1024,
	DRAIN_MAX = 256 * 1024, /* bytes */
};

static void
answer_unknown(struct client *c, const char *name)
{
	static const char words[] = "NRPE: Command '%.2000s' not defined";
	char text[sizeof words + 2000];
	struct job_answer a = {
		.status = STATUS_UNKNOWN,
		.kind = ANSWER_TEXT,
		.bytes = text,
	};
	struct buf b = buf_on(text, sizeof text);

	buf_fmt(&b, words, name);
	a.size = b.len;
	log_peer(c->all->log, c->peer.s, "asked for '%.200s', which is no "
	    "command", name);
	client_respond(c, &a);
}

static void
ask(struct client *c, const struct nrpe_query *packet)
{
	const struct settings *s = c->all->settings;
	const struct query_policy policy = {
		.arguments = s->arguments,
		.substitution = s->substitution,
		.nasty = c->all->nasty,
	};
	char text[NRPE_TEXT_MAX + 1];
	struct query query;
	struct error err;

	memcpy(text, packet->text, packet->len);
	text[packet->len] = '\0';
	c->form = packet->form;
	if (query_parse(&query, text, &policy, &err) < 0) {
		client_refuse(c, err.text);
		return;
	}
	c->command = dispatch_find(s, query.name);
	if (c->command == DISPATCH_UNKNOWN) {
		answer_unknown(c, query.name);
		return;
	}
	if (!client_may_ask(c, c->command)) {
		client_deny(c);
		return;
	}
	/* The job has its own deadline, which always comes. */
	client_move(c, RUNNING);
	(void)event_del(&c->timer);
	jobs_ask(c->all->jobs, c->command, &query, &c->waiter);
}

static bool
make_room(struct client *c, size_t need)
{
	uint8_t *larger;

	if (need <= c->room)
		return true;
	larger = malloc(need);
	if (larger == NULL)
		return false;
	memcpy(larger, c->packet, c->len);
	if (c->packet != c->first)
		free(c->packet);
	c->packet = larger;
	c->room = need;
	return true;
}

/* Looks at what has come so far; false if that was enough. */
static bool
look(struct client *c)
{
	const struct nrpe_policy policy = {
		.v3 = c->all->settings->nrpe_v3,
		.v2_text = (size_t)c->all->settings->nrpe_v2_payload,
	};
	struct nrpe_query query;
	struct error err;
	size_t need;

	switch (nrpe_decode(c->packet, c->len, &policy, &query, &need,
	    &err)) {
	case NRPE_COMPLETE:
		ask(c, &query);
		return false;
	case NRPE_MALFORMED:
		client_refuse(c, err.text);
		return false;
	case NRPE_INCOMPLETE:
		break;
	}
	if (make_room(c, need))
		return true;
	client_refuse(c, "out of memory");
	return false;
}

/* Plain text, of which what does not belong to the query is left. */
static bool
take_plain(struct client *c, const uint8_t *bytes, size_t n)
{
	while (n > 0) {
		size_t room = c->room - c->len, part = n < room ? n : room;

		memcpy(c->packet + c->len, bytes, part);
		c->len += part;
		bytes += part;
		n -= part;
		if (!look(c))
			return false;
	}
	return true;
}

static void
take_tls(struct client *c, const uint8_t *bytes, size_t n)
{
	uint8_t plain[READ_SIZE];
	struct error err;
	long got;

	/* Not before: who only holds a place is not to hold more than that. */
	if (c->tls == NULL)
		c->tls = tls_new(c->all->tls);
	if (c->tls == NULL) {
		client_refuse(c, "out of memory");
		return;
	}
	if (tls_input(c->tls, bytes, n, &err) < 0) {
		client_refuse(c, err.text);
		return;
	}
	if (!tls_is_ready(c->tls)) {
		(void)client_flush(c);
		return;
	}
	if (!c->met && !client_may_connect(c))
		return;
	c->met = true;
	while ((got = tls_read(c->tls, plain, sizeof plain, &err)) != 0) {
		if (got < 0) {
			client_refuse(c, err.text);
			return;
		}
		if (!take_plain(c, plain, (size_t)got))
			return;
	}
	/* After a whole query what the handshake left goes with the answer. */
	(void)client_flush(c);
}

static void
drain(struct client *c, ssize_t n)
{
	c->drained += n > 0 ? (size_t)n : 0;
	if (n <= 0 || c->drained > DRAIN_MAX)
		client_free(c);
}

void
client_on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	uint8_t bytes[READ_SIZE];
	ssize_t n;

	(void)what;
	/* Most send nothing here; looking away from each would cost more. */
	if (c->phase == RUNNING || c->phase == WRITING) {
		(void)event_del(&c->readable);
		return;
	}
	n = read(fd, bytes, sizeof bytes);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (c->phase == DRAINING) {
		drain(c, n);
	} else if (n <= 0) {
		if (c->len > 0 || c->tls != NULL)
			client_complain(c, n < 0 ? strerror(errno) :
			    "left before its query was whole");
		client_free(c);
	} else if (c->all->tls != NULL) {
		take_tls(c, bytes, (size_t)n);
	} else {
		(void)take_plain(c, bytes, (size_t)n);
	}
}
