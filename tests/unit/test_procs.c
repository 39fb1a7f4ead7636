/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <unistd.h>

#include "plugins/host/procs.h"
#include "tests/tap.h"

/* What follows the name: state ... utime 30, stime 12 ... start 500, rss 7. */
#define REST " S 1 2 3 0 -1 4194560 9 9 9 9 30 12 0 0 20 0 1 0 500 4096 7 1 1"

static const struct {
	const char *what, *stat, *name; /* name NULL: not a stat line */
} cases[] = {
	{ "plain", "42 (bash)" REST, "bash" },
	{ "blanks", "42 (a b  c)" REST, "a b  c" },
	{ "eight blanks", "42 (        )" REST, "        " },
	{ "parentheses", "42 (foo)bar)" REST, "foo)bar" },
	{ "a whole stat line as name", "42 (x) R 0 0" REST ")" REST,
	    "x) R 0 0" REST },
	{ "a newline", "42 (a\nb)" REST, "a\nb" },
	{ "an escape sequence", "42 (\033[31m)" REST, "\033[31m" },
	{ "no name", "42 ()" REST, "" },
	{ "empty", "", NULL },
	{ "no parenthesis", "42 bash S 1", NULL },
	{ "the wrong way round", ")42(", NULL },
	{ "cut short", "42 (bash) S 1 2 3 0 -1 4194560 9 9 9 9 30", NULL },
	{ "no pid", "(bash)" REST, NULL },
};

int
main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct proc p;
		bool ok = procs_parse(cases[i].stat, &p);

		tap_int(ok, cases[i].name != NULL, cases[i].what);
		if (!ok || cases[i].name == NULL)
			continue;
		tap_ok(strncmp(p.name, cases[i].name, sizeof p.name - 1) == 0,
		    "its name");
		tap_int(p.pid, 42, "its pid");
		tap_int((long long)p.ticks, 42, "its time");
		tap_int((long long)p.start, 500, "its start");
		tap_num(p.rss, 7.0 * (double)sysconf(_SC_PAGESIZE), "its size");
	}
	return tap_done();
}
