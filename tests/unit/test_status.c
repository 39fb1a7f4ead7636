/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "common/status.h"
#include "tests/tap.h"

#define NONE 99

static const struct {
	const char *text;
	int status; /* NONE: it is no state */
} words[] = {
	{ "OK", STATUS_OK },
	{ "ok", STATUS_OK },
	{ "Warning", STATUS_WARNING },
	{ "CRITICAL", STATUS_CRITICAL },
	{ "unknown", STATUS_UNKNOWN },
	{ "0", STATUS_OK },
	{ "1", STATUS_WARNING },
	{ "2", STATUS_CRITICAL },
	{ "3", STATUS_UNKNOWN },
	{ "", NONE },
	{ "4", NONE },
	{ "-1", NONE },
	{ "00", NONE },
	{ "0 ", NONE },
	{ " 0", NONE },
	{ "warn", NONE },
	{ "criticall", NONE },
	{ "ok ", NONE },
};

static const enum status O = STATUS_OK, W = STATUS_WARNING,
			 C = STATUS_CRITICAL, U = STATUS_UNKNOWN;

int
main(void)
{
	/* Rows and columns: OK, WARNING, CRITICAL, UNKNOWN. */
	const enum status worse[4][4] = {
		{ O, W, C, U },
		{ W, W, C, W },
		{ C, C, C, C },
		{ U, W, C, U },
	};
	static const char *const names[] = { "OK", "WARNING", "CRITICAL",
		"UNKNOWN" };

	for (size_t i = 0; i < COUNT(words); i++) {
		enum status got = STATUS_OK;
		bool is = status_parse(words[i].text, &got);

		tap_int(is ? (int)got : NONE, words[i].status, words[i].text);
	}
	for (int a = 0; a < 4; a++) {
		tap_str(status_name((enum status)a), names[a], "exit code");
		for (int b = 0; b < 4; b++)
			tap_int(status_worse((enum status)a, (enum status)b),
			    worse[a][b], names[b]);
	}
	return tap_done();
}
