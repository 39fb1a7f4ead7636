/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "agent/connection.h"
#include "agent/timer.h"

void
client_free(struct client *c)
{
	struct clients *all = c->all;

	client_leave(c);
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
	client_move(c, phase);
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
	log_peer(c->all->log, c->peer.s, "%s", why);
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

/* One line a second at most: there may be as many as somebody likes. */
static void
log_cut(struct clients *all, const struct client *c)
{
	double now = deadline_now();

	all->cut++;
	if (now < all->cut_at)
		return;
	log_write(all->log, LOG_WARNING, "%s: makes room for others, %zu "
	    "since this was said last", c->peer.s, all->cut);
	all->cut = 0;
	all->cut_at = now + 1;
}

static bool
cut(struct clients *all, struct client *victim)
{
	if (victim == NULL)
		return false;
	if (victim->phase != DRAINING)
		log_cut(all, victim);
	client_free(victim);
	return true;
}

bool
clients_make_room(struct clients *all)
{
	return cut(all, client_find_victim(all));
}

/* All wait for commands, which costs whoever asks for the same one nothing. */
static bool
turn_out(struct clients *all, const struct client_origin *origin)
{
	static const char words[] = "NRPE: agent busy: too many others wait";
	static const struct job_answer busy = {
		.status = STATUS_UNKNOWN,
		.kind = ANSWER_TEXT,
		.bytes = words,
		.size = sizeof words - 1,
	};
	struct client *victim = client_find_waiting(all, origin);

	if (victim == NULL)
		return false;
	log_cut(all, victim);
	jobs_forget(&victim->waiter);
	client_respond(victim, &busy);
	/* It may be gone; else none but it waits for no command. */
	return all->count < all->most || clients_make_room(all);
}

static bool
find_room(struct clients *all, const struct client_origin *origin)
{
	if (client_count_of(all, origin) >= CLIENTS_SOURCE_MAX)
		return cut(all, client_find_victim_of(all, origin));
	return all->count < all->most || clients_make_room(all) ||
	    turn_out(all, origin);
}

/* NULL if memory ran out. */
static struct client *
attach(struct clients *all, int in, int out, const struct acl_text *peer,
    const struct client_origin *origin)
{
	struct client *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	if (!client_enter(all, c, origin, READING)) {
		free(c);
		return NULL;
	}
	c->in = in;
	c->out = out;
	c->peer = *peer;
	c->packet = c->first;
	c->room = sizeof c->first;
	c->waiter.done = client_on_answer;
	(void)event_assign(&c->readable, all->base, in, EV_READ | EV_PERSIST,
	    client_on_readable, c);
	(void)event_assign(&c->writable, all->base, out, EV_WRITE,
	    client_on_writable, c);
	(void)event_assign(&c->timer, all->base, -1, 0, on_time_out, c);
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
	struct client_origin origin = client_origin_of(peer);
	struct acl_text text = acl_peer_text(peer);
	struct client *c = find_room(all, &origin) ?
	    attach(all, in, out, &text, &origin) : NULL;

	if (c == NULL) {
		log_peer(all->log, text.s, "too many connections");
		close_both(in, out);
		return;
	}
	(void)event_add(&c->readable, NULL);
	client_set_phase(c, READING, client_patience(c));
}

void
client_turn_away(struct clients *all, int fd, const struct sockaddr *peer)
{
	struct client_origin strangers = client_origin_strangers();
	struct acl_text text = acl_peer_text(peer);
	struct client *c = all->count < CLIENTS_AWAY_MAX &&
	    all->count < all->most ?
	    attach(all, fd, fd, &text, &strangers) : NULL;

	if (c == NULL)
		close(fd);
	else
		client_drain(c);
}

void
clients_close(struct clients *all)
{
	struct client *c;

	all->last_gone = NULL;
	while ((c = client_find_any(all)) != NULL)
		client_free(c);
}
