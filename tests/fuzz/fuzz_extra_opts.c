/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ini file: what comes out are that many options, each of one line. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/extra_opts.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *ini = malloc(size + 1), *text = malloc(4 * size + 8);
	const char *arg = text;
	struct buf out;
	struct error err;
	int n;

	if (ini == NULL || text == NULL)
		abort();
	memcpy(ini, data, size);
	ini[size] = '\0';
	out = buf_on(text, 4 * size + 8);
	n = extra_opts_parse(ini, "check_x", &out, &err);
	for (int i = 0; i < n; i++) {
		MUST(arg < text + out.len && arg[0] == '-');
		MUST(strchr(arg, '\n') == NULL);
		arg += strlen(arg) + 1;
	}
	MUST(n < 0 || arg == text + out.len);
	free(ini);
	free(text);
	return 0;
}
