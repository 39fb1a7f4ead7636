/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hash - FNV-1a with 64 bits, to name things; no defence against an enemy */
#ifndef COMMON_HASH_H
#define COMMON_HASH_H

#include <stdint.h>

#define HASH_START 14695981039346656037ULL

/* Goes on from seed, which is HASH_START or an earlier result. */
static inline uint64_t
hash_text(uint64_t seed, const char *text)
{
	/* The terminator is hashed too: "ab", "c" is not "a", "bc". */
	do {
		seed = (seed ^ (unsigned char)*text) * 1099511628211ULL;
	} while (*text++ != '\0');
	return seed;
}

#endif
