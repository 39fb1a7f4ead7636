/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "common/extra_opts.h"
#include "tests/tap.h"

#define FILE_START "# one\n[other]\nwarning=1\n[check_x]\n"

static const struct {
	const char *what, *ini;
	const char *args; /* with a "|" behind each; NULL: refused */
} cases[] = {
	{ "one option", FILE_START "warning=5\n", "--warning=5|" },
	{ "blanks", FILE_START "  warning \t= 5 %  \r\n", "--warning=5 %|" },
	{ "letters", FILE_START "w=5\nE=\n", "-w5|-E|" },
	{ "no value", FILE_START "exact-match=\n", "--exact-match|" },
	{ "a value with =", FILE_START "ereg-path=a=b", "--ereg-path=a=b|" },
	{ "comments", FILE_START "; x\n#y\n\nw=1\n", "-w1|" },
	{ "the next section", FILE_START "w=1\n[z]\nw=2\n", "-w1|" },
	{ "a section twice", FILE_START "w=1\n[z]\n[ check_x ]\nw=2\n",
	    "-w1|-w2|" },
	{ "an empty section", FILE_START, "" },
	{ "no such section", "[check_y]\nw=1\n", NULL },
	{ "an empty file", "", NULL },
	{ "a line without =", FILE_START "warning 5\n", NULL },
	{ "a line without a name", FILE_START "=5\n", NULL },
	{ "garbage elsewhere", "junk\n" FILE_START "w=1\n", "-w1|" },
};

static void
test_parse(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[256];
		struct buf b = buf_on(text, sizeof text);
		struct error err;
		int n = extra_opts_parse(cases[i].ini, "check_x", &b, &err);

		tap_int(n >= 0, cases[i].args != NULL, cases[i].what);
		if (n < 0 || cases[i].args == NULL)
			continue;
		for (size_t j = 0; j < b.len; j++)
			text[j] = text[j] == '\0' ? '|' : text[j];
		tap_str(text, cases[i].args, "its arguments");
	}
}

static void
test_room(void)
{
	char text[8];
	struct buf b = buf_on(text, sizeof text);
	struct error err;

	tap_int(extra_opts_parse(FILE_START "warning=5\n", "check_x", &b,
	    &err), -1, "more than there is room for");
}

static void
test_unused(void)
{
	char name[] = "check_x", value[] = "5";
	char *argv[] = { name, value, value, value, NULL };
	struct extra_opts e;
	struct error err;

	tap_int(extra_opts_expand(&e, "check_x", 4, argv, &err), 0, "not used");
	tap_int(e.argc, 4, "the same arguments");
	tap_ok(e.argv[3] == argv[3] && e.argv[4] == NULL, "borrowed");
	extra_opts_free(&e);
}

int
main(void)
{
	test_parse();
	test_room();
	test_unused();
	return tap_done();
}
