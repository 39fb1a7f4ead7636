/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/hash.h"
#include "common/samples.h"
#include "common/statedir.h"

/* The file: this header, then samples, each a sample_header and its data. */
struct file_header {
	char magic[8];
	char boot_id[64];
	uint32_t schema;
	uint32_t count;
};

struct sample_header {
	double at;
	uint64_t size; /* of the data; the next header is aligned after it */
};

static const char magic[8] = "BFRSMP1";

enum {
	ALIGNMENT = 16,
};

/* Closer to the latest than this a new sample is not worth keeping. */
#define LEAST_GAP 5.0

/* What the largest file has room for, its headers aside. */
#define SAMPLE_MAX (STATE_FILE_MAX - 1024)

static size_t
aligned(size_t n)
{
	return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Finds the samples in the file's bytes; stops at the first unsound one. */
static void
parse(struct samples *s, size_t size, double now)
{
	struct file_header head;
	size_t at = aligned(sizeof head);

	if (size < at)
		return;
	memcpy(&head, s->file, sizeof head);
	if (memcmp(head.magic, magic, sizeof magic) != 0 ||
	    head.schema != s->schema ||
	    strncmp(head.boot_id, s->boot.s, sizeof head.boot_id) != 0)
		return;

	for (uint32_t i = 0; i < head.count && i < SAMPLES_COUNT_MAX; i++) {
		struct sample_header sample;
		double last = s->count > 0 ? s->all[s->count - 1].at : 0;

		if (size - at < aligned(sizeof sample))
			return;
		memcpy(&sample, s->file + at, sizeof sample);
		at += aligned(sizeof sample);
		if (sample.size > size - at ||
		    !(sample.at >= last && sample.at <= now))
			return;
		s->all[s->count++] = (struct sample){
			.at = sample.at,
			.data = s->file + at,
			.size = (size_t)sample.size,
		};
		at += aligned((size_t)sample.size);
		if (at > size)
			return;
	}
}

void
samples_open(struct samples *s, const struct run *run, const char *check,
    const char *target, uint32_t schema)
{
	uint64_t hash = hash_text(HASH_START, target);
	long size;

	s->why.text[0] = '\0';
	s->file = NULL;
	s->count = 0;
	s->schema = schema;
	s->run = run;
	s->counter = SAMPLES_NO_COUNTER;
	/* Another machine's figures are another target. */
	hash = hash_text(hash_text(hash, run->procfs), run->sysfs);
	(void)snprintf(s->name, sizeof s->name, "%.32s-%016" PRIx64, check,
	    hash);

	s->boot = run_boot_id(run);
	s->dir = statedir_open(run, &s->why);
	if (s->dir < 0)
		return;
	size = statedir_read(s->dir, s->name, &s->file, &s->why);
	if (size > 0)
		parse(s, (size_t)size, run->uptime(run));
}

const struct sample *
samples_youngest(const struct samples *s, double now, double min_age)
{
	for (size_t i = s->count; i-- > 0;) {
		if (now - s->all[i].at >= min_age)
			return &s->all[i];
	}
	return NULL;
}

/* How far apart samples of that age may lie. */
static double
gap_at(double age)
{
	return age < 80 ? 10 : age / 8;
}

void
samples_keep_changes(struct samples *s, size_t offset)
{
	s->counter = offset;
}

/* Whether the counter of events differs between two samples. */
static bool
changed(const struct samples *s, const struct sample *a,
    const struct sample *b)
{
	size_t end = s->counter + sizeof(uint64_t);

	if (s->counter == SAMPLES_NO_COUNTER || a->size < end || b->size < end)
		return false;
	return memcmp((const char *)a->data + s->counter,
	    (const char *)b->data + s->counter, sizeof(uint64_t)) != 0;
}

static void
drop_oldest(struct samples *s)
{
	s->count--;
	memmove(s->all, s->all + 1, s->count * sizeof s->all[0]);
}

/*
 * Drops samples whose neighbours are close enough to do without them, and the
 * ones too old. Looking at both neighbours, not at the younger one alone,
 * keeps a steady stream of new samples from eating each sample in its youth.
 */
static void
thin(struct samples *s, double now)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct sample *this = &s->all[i];
		const struct sample *last = kept > 0 ? &s->all[kept - 1] : NULL;
		double age = now - this->at;

		if (age > SAMPLES_SPAN + gap_at(SAMPLES_SPAN))
			continue;
		if (last != NULL && i + 1 < s->count &&
		    this[1].at - last->at <= gap_at(age) &&
		    !changed(s, last, this) && !changed(s, this, &this[1]))
			continue;
		s->all[kept++] = *this;
	}
	s->count = kept;
}

static size_t
file_size(const struct samples *s)
{
	size_t n = aligned(sizeof(struct file_header));

	for (size_t i = 0; i < s->count; i++)
		n += aligned(sizeof(struct sample_header)) +
		    aligned(s->all[i].size);
	return n;
}

static void
save(struct samples *s)
{
	struct file_header head = { .schema = s->schema };
	size_t size, at = aligned(sizeof head);
	char *bytes;

	/* Large samples make a short ring. */
	while (s->count > 1 && file_size(s) > STATE_FILE_MAX)
		drop_oldest(s);
	size = file_size(s);
	bytes = calloc(1, size);
	if (bytes == NULL) {
		error_set(&s->why, "%s: out of memory", s->name);
		return;
	}

	memcpy(head.magic, magic, sizeof magic);
	(void)snprintf(head.boot_id, sizeof head.boot_id, "%s", s->boot.s);
	head.count = (uint32_t)s->count;
	memcpy(bytes, &head, sizeof head);
	for (size_t i = 0; i < s->count; i++) {
		const struct sample *sample = &s->all[i];
		struct sample_header h = {
			.at = sample->at,
			.size = sample->size,
		};

		memcpy(bytes + at, &h, sizeof h);
		at += aligned(sizeof h);
		memcpy(bytes + at, sample->data, sample->size);
		at += aligned(sample->size);
	}
	(void)statedir_write(s->dir, s->name, bytes, size, &s->why);
	free(bytes);
}

void
samples_add(struct samples *s, double at, const void *data, size_t size)
{
	struct sample new = { .at = at, .data = data, .size = size };

	if (s->dir < 0)
		return;
	if (size > SAMPLE_MAX) {
		error_set(&s->why, "%s: a sample of %zu bytes is too large",
		    s->name, size);
		return;
	}
	if (s->count > 0) {
		const struct sample *last = &s->all[s->count - 1];

		if (at - last->at < LEAST_GAP && !changed(s, last, &new))
			return;
	}
	if (s->count == SAMPLES_COUNT_MAX) {
		/* So many changes cannot all be kept: the span matters more. */
		s->counter = SAMPLES_NO_COUNTER;
		thin(s, at);
	}
	if (s->count == SAMPLES_COUNT_MAX)
		drop_oldest(s);
	s->all[s->count++] = new;
	thin(s, at);
	save(s);
	s->count--; /* the data is the caller's */
}

void
samples_close(struct samples *s)
{
	if (s->dir >= 0)
		close(s->dir);
	s->dir = -1;
	free(s->file);
	s->file = NULL;
	s->count = 0;
}
