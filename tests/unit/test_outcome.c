/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "agent/outcome.h"
#include "tests/tap.h"

/* How a program ended, what it printed, and what a client hears of it. */
static const struct {
	const char *what;
	int code, signal;
	bool timed_out;
	const char *output, *errors;
	enum status status;
	const char *text;
} cases[] = {
	{ "OK", 0, 0, false, "fine\n", "", STATUS_OK, "fine" },
	{ "WARNING", 1, 0, false, "w\n", "", STATUS_WARNING, "w" },
	{ "CRITICAL", 2, 0, false, "c\n", "", STATUS_CRITICAL, "c" },
	{ "UNKNOWN", 3, 0, false, "u\n", "", STATUS_UNKNOWN, "u" },
	{ "4 is no state", 4, 0, false, "x\n", "", STATUS_UNKNOWN, "x" },
	{ "127 neither", 127, 0, false, "x\n", "", STATUS_UNKNOWN, "x" },
	{ "255 neither", 255, 0, false, "x\n", "", STATUS_UNKNOWN, "x" },
	{ "a signal is critical", -1, 9, false, "so far\n", "",
	    STATUS_CRITICAL, "so far" },
	{ "one newline goes", 0, 0, false, "a\n\n", "", STATUS_OK, "a\n" },
	{ "others stay", 0, 0, false, "a\nb\n", "", STATUS_OK, "a\nb" },
	{ "no newline", 0, 0, false, "a", "", STATUS_OK, "a" },
	{ "stderr is nothing beside output", 1, 0, false, "a", "e\n",
	    STATUS_WARNING, "a" },
	{ "no output", 0, 0, false, "", "", STATUS_UNKNOWN,
	    "NRPE: Unable to read output" },
	{ "a newline is none", 2, 0, false, "\n", "", STATUS_UNKNOWN,
	    "NRPE: Unable to read output" },
	{ "stderr says why", 2, 0, false, "", "no | such\nfile\n",
	    STATUS_UNKNOWN,
	    "NRPE: Unable to read output - stderr: no \\x7c such" },
	{ "so does a signal", -1, 11, false, "", "", STATUS_UNKNOWN,
	    "NRPE: Unable to read output (killed by signal 11)" },
	{ "too slow", -1, 9, true, "", "", STATUS_UNKNOWN,
	    "NRPE: Command timed out after 60 seconds" },
	{ "what a slow one printed", -1, 9, true, "half\na line", "",
	    STATUS_UNKNOWN,
	    "NRPE: Command timed out after 60 seconds\nhalf\na line" },
};

int
main(void)
{
	char text[256];
	struct buf out;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spawn_result result = {
			.output_len = strlen(cases[i].output),
			.timed_out = cases[i].timed_out,
			.code = cases[i].code,
			.signal = cases[i].signal,
		};

		(void)snprintf(result.stderr_text, sizeof result.stderr_text,
		    "%s", cases[i].errors);
		out = buf_on(text, sizeof text);
		tap_int(outcome_put(&out, &result, cases[i].output, 60),
		    cases[i].status, cases[i].what);
		tap_str(text, cases[i].text, "and its words");
	}

	out = buf_on(text, sizeof text);
	tap_int(outcome_put(&out, &(struct spawn_result){ .output_len = 7 },
	    "cut\0off", 1), STATUS_OK, "a zero byte");
	tap_str(text, "cut", "cuts");

	out = buf_on(text, sizeof text);
	tap_int(outcome_put_failure(&out, "/x: No such file\n"),
	    STATUS_UNKNOWN, "one that could not be started");
	tap_str(text, "NRPE: Unable to read output - /x: No such file\\n",
	    "and why");
	return tap_done();
}
