/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/jobs_cache.h"

struct cached {
	struct cached *next;
	struct job_key key;
	struct answer answer;
	double born;
	size_t size; /* of all that belongs to it */
};

bool
job_key_equal(const struct job_key *a, const struct job_key *b)
{
	return a->command == b->command && a->argc == b->argc &&
	    a->size == b->size && memcmp(a->args, b->args, a->size) == 0;
}

static void
entry_free(struct cached *e)
{
	if (e == NULL)
		return;
	free(e->key.args);
	answer_free(&e->answer);
	free(e);
}

/* NULL if memory ran out. */
static struct cached *
entry_new(const struct job_key *key, const struct answer *answer, size_t size,
    double now)
{
	struct cached *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	e->key = *key;
	e->answer = *answer;
	e->born = now;
	e->size = size;
	e->key.args = malloc(key->size + 1);
	e->answer.bytes = malloc(answer->size + 1);
	if (e->key.args == NULL || e->answer.bytes == NULL) {
		entry_free(e);
		return NULL;
	}
	memcpy(e->key.args, key->args, key->size);
	memcpy(e->answer.bytes, answer->bytes, answer->size);
	return e;
}

/* Takes out what *at points at, which stands behind before, or NULL. */
static void
drop(struct jobs_cache *c, struct cached **at, struct cached *before)
{
	struct cached *e = *at;

	*at = e->next;
	if (c->last == e)
		c->last = before;
	c->count--;
	c->bytes -= e->size;
	entry_free(e);
}

static void
drop_first(struct jobs_cache *c)
{
	drop(c, &c->first, NULL);
}

static void
drop_same(struct jobs_cache *c, const struct job_key *key)
{
	struct cached **at = &c->first, *before = NULL;

	while (*at != NULL && !job_key_equal(&(*at)->key, key)) {
		before = *at;
		at = &before->next;
	}
	if (*at != NULL)
		drop(c, at, before);
}

void
jobs_cache_put(struct jobs_cache *c, const struct job_key *key,
    const struct answer *answer, double now)
{
	size_t size = sizeof(struct cached) + key->size + 1 +
	    answer->size + 1;
	struct cached *e;

	drop_same(c, key);
	if (size > JOBS_CACHE_BYTES)
		return;
	while (c->first != NULL && (c->count == JOBS_CACHE_ENTRIES ||
	    c->bytes + size > JOBS_CACHE_BYTES))
		drop_first(c);
	e = entry_new(key, answer, size, now);
	if (e == NULL)
		return;
	*(c->last != NULL ? &c->last->next : &c->first) = e;
	c->last = e;
	c->count++;
	c->bytes += size;
}

const struct answer *
jobs_cache_find(const struct jobs_cache *c, const struct job_key *key,
    double ttl, double now, double *age)
{
	const struct cached *e = c->first;

	while (e != NULL && !job_key_equal(&e->key, key))
		e = e->next;
	if (e == NULL || now - e->born >= ttl)
		return NULL;
	*age = now - e->born;
	return &e->answer;
}

void
jobs_cache_clear(struct jobs_cache *c)
{
	while (c->first != NULL)
		drop_first(c);
}
