/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "agent/connection.h"

enum {
	STRANGERS = 255, /* no family: those who may not ask, all together */
	RESERVE = JOBS_SLOTS + 48, /* descriptors, for all else */
};

struct client_origin
client_origin_of(const struct sockaddr *peer)
{
	struct client_origin o = { .family = AF_UNSPEC };
	const struct sockaddr_in *v4 = (const void *)peer;
	const struct sockaddr_in6 *v6 = (const void *)peer;

	if (peer != NULL && peer->sa_family == AF_INET) {
		o.family = AF_INET;
		memcpy(o.bytes, &v4->sin_addr, 4);
	} else if (peer != NULL && peer->sa_family == AF_INET6) {
		bool mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);

		o.family = mapped ? AF_INET : AF_INET6;
		memcpy(o.bytes, v6->sin6_addr.s6_addr + (mapped ? 12 : 0),
		    mapped ? 4 : sizeof o.bytes);
	}
	return o;
}

struct client_origin
client_origin_strangers(void)
{
	return (struct client_origin){ .family = STRANGERS };
}

size_t
clients_most(void)
{
	struct rlimit limit;
	size_t n;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur >= CLIENTS_MAX + RESERVE)
		return CLIENTS_MAX;
	n = (size_t)limit.rlim_cur;
	/* Workers come when they are needed; a few will do. */
	return n >= 2 * RESERVE ? n - RESERVE : n / 2;
}

/* --- who is where --- */

static void
list_add(struct client_list *l, struct client *c)
{
	c->before = l->last;
	c->next = NULL;
	*(l->last != NULL ? &l->last->next : &l->first) = c;
	l->last = c;
	l->count++;
}

static void
list_remove(struct client_list *l, struct client *c)
{
	*(c->before != NULL ? &c->before->next : &l->first) = c->next;
	*(c->next != NULL ? &c->next->before : &l->last) = c->before;
	l->count--;
}

static struct client_source *
find(const struct clients *all, const struct client_origin *origin)
{
	struct client_source *s = all->sources;

	while (s != NULL &&
	    (s->origin.family != origin->family ||
	    memcmp(s->origin.bytes, origin->bytes, sizeof s->origin.bytes)
	    != 0))
		s = s->next;
	return s;
}

bool
client_enter(struct clients *all, struct client *c,
    const struct client_origin *origin, enum phase phase)
{
	struct client_source *s = find(all, origin);

	if (s == NULL) {
		s = calloc(1, sizeof *s);
		if (s == NULL)
			return false;
		s->origin = *origin;
		s->next = all->sources;
		all->sources = s;
	}
	c->all = all;
	c->source = s;
	c->phase = phase;
	c->number = all->last_number++;
	list_add(&s->in[phase], c);
	s->count++;
	all->count++;
	return true;
}

void
client_leave(struct client *c)
{
	struct clients *all = c->all;
	struct client_source **at = &all->sources, *s = c->source;

	list_remove(&s->in[c->phase], c);
	all->count--;
	if (--s->count > 0)
		return;
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	free(s);
}

void
client_move(struct client *c, enum phase phase)
{
	list_remove(&c->source->in[c->phase], c);
	c->phase = phase;
	list_add(&c->source->in[phase], c);
}

/* --- who makes room --- */

/* Whoever has held its place for longest and is owed the least. */
static struct client *
find_least(const struct client_source *s)
{
	static const enum phase order[] = { DRAINING, READING, WRITING };

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		if (s->in[order[i]].first != NULL)
			return s->in[order[i]].first;
	}
	return NULL;
}

static size_t
count_open(const struct client_source *s)
{
	return s->count - s->in[RUNNING].count;
}

struct client *
client_find_any(const struct clients *all)
{
	const struct client_list *in;

	if (all->sources == NULL)
		return NULL;
	/* A source without a client is gone. */
	for (in = all->sources->in; in->first == NULL; in++)
		continue;
	return in->first;
}

struct client *
client_find_victim(const struct clients *all)
{
	struct client *victim = NULL;
	size_t most = 0;

	for (const struct client_source *s = all->sources; s != NULL;
	    s = s->next) {
		struct client *c = find_least(s);
		size_t n = count_open(s);

		if (c == NULL || n < most || (victim != NULL && n == most &&
		    c->number > victim->number))
			continue;
		victim = c;
		most = n;
	}
	return victim;
}

struct client *
client_find_victim_of(const struct clients *all,
    const struct client_origin *origin)
{
	const struct client_source *s = find(all, origin);

	return s != NULL ? find_least(s) : NULL;
}

struct client *
client_find_waiting(const struct clients *all,
    const struct client_origin *origin)
{
	/* One more of these would have to be fewer than one less of those. */
	size_t most = client_count_of(all, origin) + 1;
	struct client *victim = NULL;

	for (const struct client_source *s = all->sources; s != NULL;
	    s = s->next) {
		struct client *c = s->in[RUNNING].first;

		if (c == NULL || s->count <= most)
			continue;
		victim = c;
		most = s->count;
	}
	return victim;
}

size_t
client_count_of(const struct clients *all, const struct client_origin *origin)
{
	const struct client_source *s = find(all, origin);

	return s != NULL ? s->count : 0;
}
