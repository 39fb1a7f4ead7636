/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "agent/dispatch.h"
#include "tests/complain.h"
#include "tests/tap.h"

/* Two commands, the first of them in process, with so much time. */
static struct settings *
make_settings(const char *timeout, const char *more)
{
	char text[256];
	int n = snprintf(text, sizeof text, "command_timeout=%s\n"
	    "command[check_load]=/a\ncommand[other]=/b\n%s", timeout, more);
	struct settings *s = settings_parse("test", text, (size_t)n, complain,
	    NULL);

	if (s == NULL) {
		printf("Bail out! no settings\n");
		exit(1);
	}
	for (size_t i = 0; i < s->command_count; i++)
		s->commands[i].resident = i == 0 ? 0 : -1;
	return s;
}

static const struct {
	const char *name;
	int command;
} names[] = {
	{ "check_load", 0 },
	{ "other", 1 },
	{ "_NRPE_CHECK", DISPATCH_PING },
	{ "", DISPATCH_UNKNOWN },
	{ "check_loa", DISPATCH_UNKNOWN },
	{ "check_load2", DISPATCH_UNKNOWN },
	{ "Check_load", DISPATCH_UNKNOWN },
	{ "_nrpe_check", DISPATCH_UNKNOWN },
	{ "_NRPE_CHECK ", DISPATCH_UNKNOWN },
};

/* What a client waits for, in process (or for a ping), and for a program. */
static const struct {
	const char *timeout;
	double quick, program;
} times[] = {
	{ "60", 8, 60 },
	{ "9", 8, 9 },
	{ "8", 8, 8 },
	{ "7", 7, 7 },
	{ "1", 1, 1 },
};

int
main(void)
{
	struct settings *s = make_settings("60", "");

	for (size_t i = 0; i < COUNT(names); i++)
		tap_int(dispatch_find(s, names[i].name), names[i].command,
		    names[i].name);
	tap_str(dispatch_name(s, 0), "check_load", "a name");
	tap_str(dispatch_name(s, DISPATCH_PING), "_NRPE_CHECK", "the ping's");
	tap_ok(dispatch_is_quick(s, 0), "in process it is quick");
	tap_ok(!dispatch_is_quick(s, 1), "as a program it is not");
	tap_ok(dispatch_is_quick(s, DISPATCH_PING), "the ping is");
	settings_free(s);

	s = make_settings("60", "command[_NRPE_CHECK]=/own\n");
	tap_int(dispatch_find(s, "_NRPE_CHECK"), 2,
	    "who defines the ping gets its own");
	settings_free(s);

	for (size_t i = 0; i < COUNT(times); i++) {
		s = make_settings(times[i].timeout, "");
		tap_num(dispatch_patience(s, 0), times[i].quick,
		    times[i].timeout);
		tap_num(dispatch_patience(s, DISPATCH_PING), times[i].quick,
		    "as much for the ping");
		tap_num(dispatch_patience(s, 1), times[i].program,
		    "and for a program");
		settings_free(s);
	}
	return tap_done();
}
