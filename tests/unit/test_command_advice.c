/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "agent/command.h"
#include "agent/command_advice.h"
#include "tests/tap.h"

/* "" if there is nothing to be advised. */
static const struct {
	const char *line, *advice;
} lines[] = {
	{ "/p -w 1", "/p -w 1" },
	{ "/p | q", "/bin/sh -c '/p | q'" },
	{ "/p 2>&1", "/bin/sh -c '/p 2>&1'" },
	{ "/p && q || r; s", "/bin/sh -c '/p && q || r; s'" },
	{ "/p `q`", "/bin/sh -c '/p `q`'" },
	{ "/p $(q)", "/bin/sh -c '/p $$(q)'" },
	{ "/p $HOME", "/bin/sh -c '/p $$HOME'" },
	{ "/p \"${X:-1}\"", "/bin/sh -c '/p \"$${X:-1}\"'" },
	{ "/p *.log", "/bin/sh -c '/p *.log'" },
	{ "cd /x && ./p", "/bin/sh -c 'cd /x && ./p'" },
	{ "/p 'a b' | q", "/bin/sh -c '/p '\\''a b'\\'' | q'" },
	{ "/p \\' | q", "/bin/sh -c '/p \\'\\'' | q'" },
	{ "LC_ALL=C /p -w 1", "/usr/bin/env LC_ALL=C /p -w 1" },
	{ "LC_ALL=C /p | q", "/bin/sh -c 'LC_ALL=C /p | q'" },
	{ "/p \"5$ now\"", "/p \"5$$ now\"" },
	{ "/p $", "/p $$" },
	{ "/p $$ | q", "/bin/sh -c '/p $$ | q'" },

	/* Arguments: each where it stood, and never more than one word. */
	{ "/p $ARG1$ | q", "/bin/sh -c '/p \"$$1\" | q' sh \"$ARG1$\"" },
	{ "/p \"$ARG1$\" | q", "/bin/sh -c '/p \"$$1\" | q' sh \"$ARG1$\"" },
	{ "/p '$ARG1$' | q", "/bin/sh -c '/p '\\'''\\''\"$$1\"'\\'''\\'' | q' sh "
	    "\"$ARG1$\"" },
	{ "/p $ARG2$ | q", "/bin/sh -c '/p \"$$2\" | q' sh \"$ARG1$\" "
	    "\"$ARG2$\"" },
	{ "/p $ARG1$0 | q", "/bin/sh -c '/p \"$$1\"0 | q' sh \"$ARG1$\"" },
	{ "/p \"$ARG1$0\" | q", "/bin/sh -c '/p \"$${1}0\" | q' sh \"$ARG1$\"" },
	{ "/p \"a'b\" $ARG1$ | q", "/bin/sh -c '/p \"a'\\''b\" \"$$1\" | q' sh "
	    "\"$ARG1$\"" },

	{ "", "" },
};

int
main(void)
{
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct command c = { .resident = -1 };
		char text[1024];
		struct buf b = buf_on(text, sizeof text);
		struct error err;
		bool found = command_advise(&b, lines[i].line);

		tap_int(found, lines[i].advice[0] != '\0', lines[i].line);
		tap_str(found ? text : "", lines[i].advice, "the advice");
		if (!found)
			continue;
		tap_int(command_parse(&c, "", text, &err), 0, "it is read");
		tap_ok(c.why_not == NULL, "and can be run");
		command_free(&c);
	}
	return tap_done();
}
