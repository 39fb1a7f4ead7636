/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/connection.h"
#include "agent/timer.h"

void
client_free(struct client *c)
{
	struct clients *all = c->all;

	*(c->before != NULL ? &c->before->next : &all->first) = c->next;
	*(c->next != NULL ? &c->next->before : &all->last) = c->before;
	all->count--;

	jobs_forget(&c->waiter);
	(void)event_del(&c->readable);
	(void)event_del(&c->writable);
	(void)event_del(&c->timer);
	tls_free(c->tls);
	close(c->in);
	if (c->out != c->in)
		close(c->out);
	if (c->packet != c->first)
		free(c->packet);
	free(c->reply);
	free(c);
	if (all->count == 0 && all->last_gone != NULL)
		all->last_gone(all->arg);
}

void
client_set_phase(struct client *c, enum phase phase, double seconds)
{
	c->phase = phase;
	timer_set(&c->timer, deadline_now() + seconds);
}

double
client_patience(const struct client *c)
{
	return (double)c->all->settings->connection_timeout;
}

void
client_complain(const struct client *c, const char *why)
{
	log_write(c->all->log, LOG_WARNING, "%s: %s", c->peer.s, why);
}

static void
on_time_out(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	if (c->phase == READING)
		client_complain(c, "sent no whole query in time");
	else if (c->phase == WRITING)
		client_complain(c, "did not take its answer in time");
	client_free(c);
}

/* --- coming and going --- */

/* The oldest in that phase. */
static struct client *
find_in(const struct clients *all, enum phase phase)
{
	struct client *c = all->first;

	while (c != NULL && c->phase != phase)
		c = c->next;
	return c;
}

/*
 * Whoever has held its place for longest and is owed the least. One whose
 * command runs will have its answer.
 */
bool
clients_make_room(struct clients *all)
{
	static const enum phase order[] = { DRAINING, READING, WRITING };
	struct client *c = NULL;

	for (size_t i = 0; c == NULL && i < sizeof order / sizeof order[0]; i++)
		c = find_in(all, order[i]);
	if (c == NULL)
		return false;
	if (c->phase != DRAINING)
		client_complain(c, "makes room for others");
	client_free(c);
	return true;
}

static bool
has_too_many(const struct clients *all, const struct acl_text *peer)
{
	size_t n = 0;

	if (all->count < CLIENTS_SOURCE_MAX)
		return false;
	for (const struct client *c = all->first; c != NULL; c = c->next)
		n += strcmp(c->peer.s, peer->s) == 0;
	return n >= CLIENTS_SOURCE_MAX;
}

static void
append(struct clients *all, struct client *c)
{
	c->before = all->last;
	*(all->last != NULL ? &all->last->next : &all->first) = c;
	all->last = c;
	all->count++;
}

/* NULL if memory ran out. */
static struct client *
attach(struct clients *all, int in, int out, const struct acl_text *peer)
{
	struct client *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->all = all;
	c->in = in;
	c->out = out;
	c->peer = *peer;
	c->packet = c->first;
	c->room = sizeof c->first;
	c->waiter.done = client_on_answer;
	(void)evutil_make_socket_nonblocking(in);
	(void)evutil_make_socket_nonblocking(out);
	(void)event_assign(&c->readable, all->base, in, EV_READ | EV_PERSIST,
	    client_on_readable, c);
	(void)event_assign(&c->writable, all->base, out, EV_WRITE,
	    client_on_writable, c);
	(void)event_assign(&c->timer, all->base, -1, 0, on_time_out, c);
	append(all, c);
	return c;
}

static void
close_both(int in, int out)
{
	close(in);
	if (out != in)
		close(out);
}

void
client_new(struct clients *all, int in, int out, const struct sockaddr *peer)
{
	struct acl_text text = acl_peer_text(peer);
	struct client *c = NULL;

	if (!has_too_many(all, &text) &&
	    (all->count < CLIENTS_MAX || clients_make_room(all)))
		c = attach(all, in, out, &text);
	if (c == NULL) {
		log_write(all->log, LOG_WARNING, "%s: too many connections",
		    text.s);
		close_both(in, out);
		return;
	}
	c->tls = all->tls != NULL ? tls_new(all->tls) : NULL;
	if (all->tls != NULL && c->tls == NULL) {
		client_complain(c, "out of memory");
		client_free(c);
		return;
	}
	(void)event_add(&c->readable, NULL);
	client_set_phase(c, READING, client_patience(c));
}

void
client_turn_away(struct clients *all, int fd, const struct sockaddr *peer)
{
	struct acl_text text = acl_peer_text(peer);
	struct client *c = all->count < CLIENTS_AWAY_MAX ?
	    attach(all, fd, fd, &text) : NULL;

	if (c == NULL)
		close(fd);
	else
		client_drain(c);
}

void
clients_close(struct clients *all)
{
	struct client *next;

	all->last_gone = NULL;
	for (struct client *c = all->first; c != NULL; c = next) {
		next = c->next;
		client_free(c);
	}
}
