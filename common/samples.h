/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * samples - what earlier runs measured, so that every caller gets one answer
 *
 * A rate needs an earlier reading. If the latest run's were taken, a second
 * poller or a run by hand would shorten the interval to noise, so a whole ring
 * of them is kept for each check and target: two hours, the older the sparser.
 * Samples of another boot are gone; the clock is that of run->uptime, which
 * nobody sets. Losing one is harmless, so files are renamed but not fsynced.
 */
#ifndef COMMON_SAMPLES_H
#define COMMON_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/run.h"

#define SAMPLES_SPAN 7200.0   /* s kept */
#define SAMPLES_MIN_AGE 30.0  /* s a rate looks back at least */
#define SAMPLES_PAUSE 1.0     /* s between two samples taken in one run */
#define SAMPLES_NO_COUNTER SIZE_MAX

enum {
	SAMPLES_COUNT_MAX = 256,
};

/* Its data is aligned for any type, and the store's until samples_close(). */
struct sample {
	double at; /* on the clock of run->uptime, s */
	const void *data;
	size_t size;
};

struct samples {
	struct error why; /* nothing can be kept; "" if all is well */
	int dir;
	char name[64];
	uint32_t schema;
	const struct run *run;
	struct boot_id boot;
	size_t counter; /* offset in the data, or SAMPLES_NO_COUNTER */
	char *file;
	size_t count;
	struct sample all[SAMPLES_COUNT_MAX]; /* oldest first */
};

/*
 * Loads the samples of a check. target tells apart what one check looks at
 * ("" if there is only one thing); schema is to change whenever the layout of
 * the data does. Never fails: without a place to keep samples there are none,
 * and s->why says why.
 */
void samples_open(struct samples *s, const struct run *run, const char *check,
    const char *target, uint32_t schema);

/*
 * Keeps the samples before and after each change of the uint64_t at this
 * offset in their data, so that events can be dated as exactly as they were
 * seen, however sparse the rest becomes; as far as there is room for them.
 */
void samples_keep_changes(struct samples *s, size_t offset);

/* The youngest at least min_age old at the time now; NULL if there is none. */
const struct sample *samples_youngest(const struct samples *s, double now,
    double min_age);

/*
 * Keeps a reading taken at the time at, unless the latest is only seconds
 * older. A failure is left in s->why.
 */
void samples_add(struct samples *s, double at, const void *data, size_t size);

void samples_close(struct samples *s);

#endif
