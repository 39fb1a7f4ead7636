/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz - what a fuzz target is
 *
 * With --enable-fuzzing libFuzzer calls it (`make fuzz FUZZ_SECONDS=10`); else
 * it becomes a program that runs the files given as arguments, which is how
 * `make check` replays the seeds in tests/fuzz/NAME/.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): NDEBUG must not make the targets blind. */
#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition))                                              \
			abort();                                               \
	} while (0)

#ifndef FUZZING
#include "tests/fuzz/main.c"
#endif

#endif
