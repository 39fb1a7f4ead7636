/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "common/nearest.h"

/* Longer words are not compared with each other. */
#define WORD_MAX 32

/* How many letters to change, add or drop to make one of the other. */
static size_t
distance(const char *a, size_t a_len, const char *b)
{
	size_t row[WORD_MAX + 1], b_len = strlen(b);

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
		}
	}
	return row[b_len];
}

/* How bad a guess name is for what was typed; a beginning of it is best. */
static size_t
badness(const char *typed, size_t len, const char *name)
{
	if (len >= 2 && strncmp(typed, name, len) == 0)
		return 0;
	return distance(typed, len, name);
}

struct nearest
nearest_to(const char *typed, size_t len)
{
	return (struct nearest){
		.typed = typed,
		.len = len,
		.badness = len < 4 ? 2 : 4, /* worse guesses are no help */
	};
}

void
nearest_try(struct nearest *n, const char *word)
{
	size_t bad = badness(n->typed, n->len, word);

	if (bad >= n->badness)
		return;
	n->badness = bad;
	n->word = word;
}
