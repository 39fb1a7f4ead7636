/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jobs_cache - answers of commands that may be used again (command_ttl)
 *
 * Bounded: the oldest answers make room. No clock of its own, no log.
 */
#ifndef AGENT_JOBS_CACHE_H
#define AGENT_JOBS_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/answer.h"

enum {
	JOBS_CACHE_ENTRIES = 1024,
	JOBS_CACHE_BYTES = 4 * 1024 * 1024, /* of answers, arguments, records */
};

/* What somebody asks for; who asks for the same may have the same answer. */
struct job_key {
	int command;
	uint32_t argc;
	size_t size;
	char *args; /* each with its terminator */
};

bool job_key_equal(const struct job_key *a, const struct job_key *b);

struct cached;

/* All zero: empty. */
struct jobs_cache {
	struct cached *first, *last; /* oldest first */
	size_t count, bytes;
};

/*
 * Keeps a copy of an answer, in place of an earlier one to the same question.
 * What is too large, or finds no memory, is not kept.
 */
void jobs_cache_put(struct jobs_cache *c, const struct job_key *key,
    const struct answer *answer, double now);

/*
 * The answer to the same question that is less than ttl seconds old, and its
 * age; NULL if there is none. It is the cache's, until that is changed.
 */
const struct answer *jobs_cache_find(const struct jobs_cache *c,
    const struct job_key *key, double ttl, double now, double *age);

void jobs_cache_clear(struct jobs_cache *c);

#endif
