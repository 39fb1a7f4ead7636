/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/connection.h"
#include "agent/dispatch.h"
#include "agent/reply.h"
#include "common/buf.h"
#include "common/escape.h"
#include "common/status.h"

/* For the peer to notice that all was said. */
#define DRAIN_SECONDS 2.0

/* --- writing --- */

void
client_drain(struct client *c)
{
	client_set_phase(c, DRAINING, DRAIN_SECONDS);
	(void)event_del(&c->writable);
	if (shutdown(c->out, SHUT_WR) < 0 && c->out != c->in) {
		/* A pipe: its reader waits for the end. */
		client_free(c);
		return;
	}
	(void)event_add(&c->readable, NULL);
}

static size_t
unsent(struct client *c, const uint8_t **bytes)
{
	if (c->tls != NULL)
		return tls_output(c->tls, bytes);
	/* Without an answer there is no reply to add to. */
	*bytes = c->size > 0 ? c->reply + c->sent : NULL;
	return c->size - c->sent;
}

static void
mark_sent(struct client *c, size_t n)
{
	if (c->tls != NULL)
		tls_sent(c->tls, n);
	else
		c->sent += n;
}

bool
client_flush(struct client *c)
{
	const uint8_t *bytes;
	size_t n;

	while ((n = unsent(c, &bytes)) > 0) {
		ssize_t done = write(c->out, bytes, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno == EAGAIN) {
			(void)event_add(&c->writable, NULL);
			return true;
		}
		if (done < 0) {
			client_free(c);
			return false;
		}
		mark_sent(c, (size_t)done);
	}
	if (c->phase != WRITING)
		return true;
	client_drain(c);
	return false;
}

void
client_on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)client_flush(arg);
}

/* Ends the connection without an answer; over TLS it is closed in order. */
void
client_refuse(struct client *c, const char *why)
{
	client_complain(c, why);
	(void)event_del(&c->readable);
	client_set_phase(c, WRITING, client_patience(c));
	if (c->tls != NULL && tls_is_ready(c->tls))
		tls_finish(c->tls);
	(void)client_flush(c);
}

/* --- the answer --- */

/*
 * Appends a field between quotes, of which none may be in it: who has a CA
 * could write other fields by a name. What is escaped has no backslash but
 * those of escapes.
 */
static void
put_quoted(struct buf *b, const char *field, const char *escaped)
{
	buf_fmt(b, " %s=\"", field);
	for (const char *p = escaped; *p != '\0'; p++) {
		if (*p == '"')
			buf_str(b, "\\x22");
		else
			buf_char(b, *p);
	}
	buf_char(b, '"');
}

static void
log_answer(const struct client *c, const struct job_answer *a)
{
	char age[32] = "", entry[1024 + 1], who[4096];
	struct buf b = buf_on(who, sizeof who), e = buf_on(entry, sizeof entry);

	if (c->tls != NULL)
		put_quoted(&b, "tls", tls_peer_text(c->tls).s);
	else
		buf_str(&b, " tls=off");
	if (c->entry != NULL) {
		escape_line(&e, c->entry);
		put_quoted(&b, "client", entry);
	}
	if (a->cached)
		(void)snprintf(age, sizeof age, " age_s=%.1f", a->age);
	log_write(c->all->log, LOG_INFO, "peer=%s command=%s state=%s "
	    "queued_ms=%.1f run_ms=%.1f%s version=%d%s", c->peer.s,
	    dispatch_name(c->all->settings, c->command),
	    status_name(a->status), a->queued * 1e3, a->ran * 1e3, age,
	    c->form.version, who);
}

void
client_respond(struct client *c, const struct job_answer *a)
{
	uint8_t bytes[NRPE_PACKET_MAX];
	size_t n = reply_encode(bytes, c->form, a);
	struct error err;

	client_set_phase(c, WRITING, client_patience(c));
	if (c->tls != NULL) {
		if (tls_write(c->tls, bytes, n, &err) < 0) {
			client_refuse(c, err.text);
			return;
		}
		tls_finish(c->tls); /* leaves with the answer, in one write */
	} else {
		c->reply = malloc(n);
		if (c->reply == NULL) {
			client_refuse(c, "out of memory");
			return;
		}
		memcpy(c->reply, bytes, n);
		c->size = n;
	}
	(void)client_flush(c);
}

void
client_on_answer(struct job_waiter *waiter, const struct job_answer *a)
{
	struct client *c = (struct client *)(void *)((char *)waiter -
	    offsetof(struct client, waiter));

	log_answer(c, a);
	client_respond(c, a);
}
