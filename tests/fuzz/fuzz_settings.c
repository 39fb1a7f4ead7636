/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An nrpe.cfg: what is printed of it is read as the same again. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "agent/settings.h"
#include "agent/settings_print.h"
#include "tests/fuzz/fuzz.h"

enum {
	TEXT_MAX = 4096,
};

static void
complain(void *arg, enum settings_severity severity, const char *file,
    int line, const char *text)
{
	size_t *errors = arg;

	MUST(strcmp(file, "f") == 0 && line >= 0 && text[0] != '\0');
	*errors += severity == SETTINGS_ERROR;
}

/* What is printed of s, to be freed; s is freed. */
static char *
print(struct settings *s, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	MUST(out != NULL);
	settings_print(out, s, NULL, NULL);
	fclose(out);
	settings_free(s);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len[4], errors = 0;
	struct settings *s;
	char *text[4];

	if (size > TEXT_MAX)
		return 0;
	s = settings_parse("f", (const char *)data, size, complain, &errors);
	MUST((s == NULL) == (errors > 0));
	if (s == NULL)
		return 0;
	/* Lines have other numbers until their number is the same. */
	text[0] = print(s, &len[0]);
	for (int i = 1; i < 4; i++) {
		s = settings_parse("f", text[i - 1], len[i - 1], complain,
		    &errors);
		MUST(s != NULL && errors == 0);
		text[i] = print(s, &len[i]);
	}
	MUST(strcmp(text[2], text[3]) == 0);
	for (int i = 0; i < 4; i++)
		free(text[i]);
	return 0;
}
