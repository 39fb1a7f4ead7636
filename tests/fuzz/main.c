/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program that a fuzz target is without libFuzzer: see fuzz.h. */
#include <stdio.h>

#include "tests/fuzz/fuzz.h"

enum {
	INPUT_MAX = 1 << 20,
};

static int
run_file(const char *path)
{
	static uint8_t bytes[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	uint8_t *exact;
	size_t n;

	if (file == NULL) {
		perror(path);
		return 1;
	}
	n = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	/* No byte behind the input, for ASan to see who reads there. */
	exact = malloc(n > 0 ? n : 1);
	if (exact == NULL)
		return 1;
	for (size_t i = 0; i < n; i++)
		exact[i] = bytes[i];
	(void)LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return 0;
}

int
main(int argc, char *argv[])
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= run_file(argv[i]);
	return failed;
}
