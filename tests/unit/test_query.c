/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "agent/query.h"
#include "common/buf.h"
#include "tests/tap.h"

static const struct query_policy plain = { .nasty = QUERY_NASTY_DEFAULT };
static const struct query_policy args = {
	.arguments = true,
	.nasty = QUERY_NASTY_DEFAULT,
};

/* The parts of a query in brackets, or the reason that there are none. */
static const char *
parse(const char *text, const struct query_policy *policy)
{
	static char copy[4096], shown[8192];
	struct buf b = buf_on(shown, sizeof shown);
	struct query q = { .name = "untouched" };
	struct error err = { .text = "" };

	(void)snprintf(copy, sizeof copy, "%s", text);
	if (query_parse(&q, copy, policy, &err) < 0) {
		tap_ok(strcmp(q.name, "untouched") == 0 &&
		    strcmp(copy, text) == 0, "a refusal changes nothing");
		buf_str(&b, err.text);
		return shown;
	}
	buf_fmt(&b, "[%s]", q.name);
	for (size_t i = 0; i < q.argc; i++)
		buf_fmt(&b, "[%s]", q.argv[i]);
	return shown;
}

/* Text, and what becomes of it without and with arguments allowed. */
static const struct {
	const char *text, *off, *on;
} cases[] = {
	{ "_NRPE_CHECK", "[_NRPE_CHECK]", "[_NRPE_CHECK]" },
	{ "Check_Load ", "[Check_Load ]", "[Check_Load ]" },
	{ " ", "[ ]", "[ ]" },
	{ "\"$%*~", "[\"$%*~]", "[\"$%*~]" },
	{ "a\tb", "[a\tb]", "[a\tb]" },
	{ "$(name)", "[$(name)]", "[$(name)]" },
	{ "", "query '': no command", "query '': no command" },
	{ "!", "query '!': no command", "query '!': no command" },
	{ "!!!", "query '!!!': no command", "query '!!!': no command" },
	{ "cmd!a!b c",
	    "query 'cmd!a!b c': arguments are off (dont_blame_nrpe)",
	    "[cmd][a][b c]" },
	{ "cmd!", "query 'cmd!': arguments are off (dont_blame_nrpe)",
	    "[cmd]" },
	{ "cmd!!!", "query 'cmd!!!': arguments are off (dont_blame_nrpe)",
	    "[cmd]" },
	{ "!cmd", "query '!cmd': arguments are off (dont_blame_nrpe)",
	    "[cmd]" },
	{ "cmd!a!!b", "query 'cmd!a!!b': arguments are off (dont_blame_nrpe)",
	    "[cmd][a][b]" },
	{ "cmd!a!", "query 'cmd!a!': arguments are off (dont_blame_nrpe)",
	    "[cmd][a]" },
	{ "cmd! !\t", "query 'cmd! !\\t': arguments are off (dont_blame_nrpe)",
	    "[cmd][ ][\t]" },
	{ "c!-w 20%!\"x\"",
	    "query 'c!-w 20%!\"x\"': arguments are off (dont_blame_nrpe)",
	    "[c][-w 20%][\"x\"]" },
	{ "c!$!(", "query 'c!$!(': arguments are off (dont_blame_nrpe)",
	    "[c][$][(]" },
	{ "$(c)!a", "query '$(c)!a': arguments are off (dont_blame_nrpe)",
	    "[$(c)][a]" },
	{ "c!a!x$(id)", "query 'c!a!x$(id)': arguments are off "
	    "(dont_blame_nrpe)", "query 'c!a!x$(id)': \"$(\" in an argument "
	    "(allow_bash_command_substitution)" },
	{ "c!1!2!3!4!5!6!7!8!9!10!11!12!13!14!15!16",
	    "query 'c!1!2!3!4!5!6!7!8!9!10!11!12!13!14!15!16': "
	    "arguments are off (dont_blame_nrpe)",
	    "[c][1][2][3][4][5][6][7][8][9][10][11][12][13][14][15][16]" },
	{ "c!1!2!3!4!5!6!7!8!9!10!11!12!13!14!15!!16!17!18",
	    "query 'c!1!2!3!4!5!6!7!8!9!10!11!12!13!14!15!!16!17!18': "
	    "arguments are off (dont_blame_nrpe)",
	    "[c][1][2][3][4][5][6][7][8][9][10][11][12][13][14][15][16]" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		tap_str(parse(cases[i].text, &plain), cases[i].off,
		    cases[i].text);
		tap_str(parse(cases[i].text, &args), cases[i].on,
		    "with arguments");
	}
}

/* Each of the default set, wherever it stands, and no other character. */
static void
test_nasty(void)
{
	static const char nasty[] = "|`&><'\\[]{};\r\n";
	static const char *const where[] = { "%ccmd!arg", "cmd%c!arg",
		"cmd!%carg", "cmd!arg%c", "%c" };
	char text[16];
	int wrong = 0, refused = 0;

	for (int c = 1; c < 256; c++) {
		bool bad = strchr(nasty, c) != NULL;

		for (size_t i = 0; i < COUNT(where) && c != '!'; i++) {
			struct query q;
			struct error err;

			(void)snprintf(text, sizeof text, where[i], c);
			bool no = query_parse(&q, text, &args, &err) < 0;
			wrong += no != bad;
			refused += no;
		}
	}
	tap_int(wrong, 0, "every character everywhere");
	tap_int(refused, 14 * 5, "as many as there are, refused");
	tap_str(parse("a;b", &plain), "query 'a;b': ';' is among "
	    "nasty_metachars", "the first one is named");
	tap_str(parse("a\nb", &args), "query 'a\\nb': '\\n' is among "
	    "nasty_metachars", "in a way that fits a line");
	tap_str(parse("a\\b", &args), "query 'a\\\\b': '\\\\' is among "
	    "nasty_metachars", "a backslash");
}

static void
test_policy(void)
{
	static const struct query_policy none = {
		.arguments = true,
		.substitution = true,
		.nasty = "",
	};
	static const struct query_policy own = {
		.arguments = true,
		.nasty = "\xff%x",
	};

	tap_str(parse("c!`id`!; id!$(id)", &none), "[c][`id`][; id][$(id)]",
	    "all may be allowed");
	tap_str(parse("c!50%", &own), "query 'c!50%': '%' is among "
	    "nasty_metachars", "a set of one's own");
	tap_str(parse("c!\xff", &own), "query 'c!\\xff': '\\xff' is among "
	    "nasty_metachars", "also of what is no text");
	tap_str(parse("c!;", &own), "[c][;]", "is instead of the default");
}

/* Foreign bytes: shown as one line of text, and not at any length. */
static void
test_shown(void)
{
	char text[4096];
	const char *got;

	tap_str(parse("\033(\xff\xc3\xa9!x", &plain),
	    "query '\\x1b(\\xff\xc3\xa9!x': arguments are off "
	    "(dont_blame_nrpe)", "no terminal obeys a query");
	memset(text, 'a', sizeof text);
	text[3000] = '!';
	text[sizeof text - 1] = '\0';
	got = parse(text, &plain);
	tap_has(got, "aaa'...: arguments are off (dont_blame_nrpe)",
	    "a long query is cut, the reason is not");
	tap_int((long long)strspn(got + strlen("query '"), "a"), 199,
	    "after so much of it");
	memset(text, '\x01', sizeof text - 1);
	text[0] = '!';
	got = parse(text, &plain);
	tap_has(got, "query '!\\x01\\x01", "what is no text grows");
	tap_has(got, "\\x01'...: arguments are off", "and is cut nevertheless");
	tap_ok(strlen(got) < 256, "the whole line is short");
}

static void
test_long(void)
{
	char text[4000];

	memset(text, 'n', sizeof text);
	text[3000] = '\0';
	tap_int((long long)strlen(parse(text, &plain)), 3002,
	    "a name of 3000 bytes");
}

/* nasty_metachars as written in a file; NULL is refused. */
static const struct {
	const char *text, *want;
} escapes[] = {
	{ "", "" },
	{ "|`&><'", "|`&><'" },
	{ "|`&><'\\\\[]{};\\r\\n", QUERY_NASTY_DEFAULT },
	{ "\\a\\b\\f\\n\\r\\t\\v", "\a\b\f\n\r\t\v" },
	{ "\\\\\\'\\\"\\?", "\\'\"?" },
	{ "\\\\n", "\\n" },
	{ "\\12\\012\\0123", "\n\n\n3" },
	{ "\\78\\1a", "\a8\001a" },
	{ "\\377\\xff\\xFF", "\xff\xff\xff" },
	{ "\\x0a\\xAx\\xa", "\n\nx\n" },
	{ "\\x7c7", "|7" },
	{ "a\\0b\\x0;\\000d", "ab;d" },
	{ "a\\x00d", "ad" },

	/* A backslash that escapes nothing is one. */
	{ "|`&><'\\[]{};", "|`&><'\\[]{};" },
	{ "\\$\\ \\(", "\\$\\ \\(" },
	{ "\\\xc3\xa9", "\\\xc3\xa9" },
	{ "\\", "\\" },
	{ "a\\\\\\", "a\\\\" },

	{ "\\w", NULL },
	{ "ab\\N", NULL },
	{ "\\8", NULL },
	{ "\\9", NULL },
	{ "\\x", NULL },
	{ "\\xg", NULL },
	{ "\\X41", NULL },
	{ "\\400", NULL },
	{ "\\777", NULL },
};

static void
test_unescape(void)
{
	for (size_t i = 0; i < COUNT(escapes); i++) {
		char text[64];
		struct error err;

		(void)snprintf(text, sizeof text, "%s", escapes[i].text);
		int rc = query_unescape_nasty(text, &err);
		tap_int(rc, escapes[i].want == NULL ? -1 : 0, escapes[i].text);
		if (rc == 0)
			tap_str(text, escapes[i].want, "is that");
		else
			tap_has(err.text, "starts no escape of C", "says so");
	}
}

static void
test_unescape_error(void)
{
	char text[] = "|\\n\\w;";
	struct error err;

	(void)query_unescape_nasty(text, &err);
	tap_str(err.text, "nasty_metachars: '\\w' starts no escape of C",
	    "a refusal names the escape");
}

int
main(void)
{
	test_cases();
	test_nasty();
	test_policy();
	test_shown();
	test_long();
	test_unescape();
	test_unescape_error();
	return tap_done();
}
