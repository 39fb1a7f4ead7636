/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nearest - which known word someone probably meant */
#ifndef COMMON_NEAREST_H
#define COMMON_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *typed;
	size_t len;
	const char *word;  /* the best so far, or NULL if all are no help */
	size_t badness;    /* of it */
};

/* For the len bytes of typed, which may be the beginning of the word. */
struct nearest nearest_to(const char *typed, size_t len);

/* Considers a word, which is borrowed; of equal ones the first stays. */
void nearest_try(struct nearest *n, const char *word);

#endif
