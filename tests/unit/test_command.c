/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "agent/command.h"
#include "common/buf.h"
#include "tests/tap.h"

static struct command_argv out;

static struct command
command(const char *prefix, const char *line)
{
	struct command c = { .name = strdup("x"), .line = strdup(line) };
	struct error err;

	if (command_parse(&c, prefix, line, &err) < 0)
		printf("Bail out! %s\n", err.text);
	return c;
}

/* The template, "<>" around each word, or why there is none. */
static const char *
template_text(const struct command *c)
{
	static char text[4096];
	struct buf b = buf_on(text, sizeof text);

	if (c->why_not != NULL)
		return c->why_not;
	for (size_t i = 0; i < c->argc; i++)
		buf_fmt(&b, "<%s%s>", c->quoted[i] ? "q:" : "", c->argv[i]);
	return text;
}

/* --- lines that are one of a shell's own ---------------------------------- */

#define BY_SHELL(word) "needs a shell for '" word "': write sh -c '...', a " \
	"script, or the program itself"
#define FED "a client's text would be a shell's command: write sh -c '... " \
	"\"$1\"' sh $ARG1$"

static const struct {
	const char *prefix, *line, *words;
} lines[] = {
	{ "", "a b", "<a><b>" },
	{ "", "  a  ", "<a>" },
	{ "", "", "the command line is empty" },
	{ "", " \t", "the command line is empty" },
	{ "sudo", "", "the command line is empty" },
	{ "", "''", "<q:>" },
	{ "sudo", "a 'b c'", "<sudo><a><q:b c>" },
	{ "sudo -u 'x y'", "a", "<sudo><-u><q:x y><a>" },
	{ "sudo |", "a", "needs a shell for '|' (a pipe): write sh -c '...' "
	    "or a script; in single quotes it stands for itself" },
	{ "", "a 'b", "a single quote (') is open at the end" },

	{ "", "A=b c", "needs a shell to set 'A': write env in front of it" },
	{ "", " _a1=", "needs a shell to set '_a1': write env in front of "
	    "it" },
	{ "", "env A=b c", "<env><A=b><c>" },
	{ "", "a A=b", "<a><A=b>" },
	{ "", "1A=b c", "<1A=b><c>" },
	{ "", "=b c", "<=b><c>" },
	{ "", "'A'=b c", "<q:A=b><c>" },
	{ "sudo", "A=b c", "<sudo><A=b><c>" },
	{ "", "if a", BY_SHELL("if") },
	{ "", "cd /", BY_SHELL("cd") },
	{ "", "exec a", BY_SHELL("exec") },
	{ "", ". /a", BY_SHELL(".") },
	{ "", "! a", BY_SHELL("!") },
	{ "", "{ a", BY_SHELL("{") },
	{ "", "eval a", BY_SHELL("eval") },
	{ "", "exit 2", BY_SHELL("exit") },
	{ "", "/bin/if", "</bin/if>" },
	{ "", "test -f /a", "<test><-f></a>" },
	{ "", "[ -f /a ]", "<[><-f></a><]>" },
	{ "", "echo if cd", "<echo><if><cd>" },

	/* a shell's own words, and what a client may give it */
	{ "", "sh -c 'a | b'", "<sh><-c><q:a | b>" },
	{ "", "sh -c 'a \"$1\"' sh $ARG1$", "<sh><-c><q:a \"$$1\"><sh>"
	    "<$ARG1$>" },
	{ "", "sh -c 'a $ARG1$'", FED },
	{ "", "/bin/sh -c \"a $ARG1$\"", FED },
	{ "", "bash -c $ARG1$", FED },
	{ "", "dash -ec 'a $ARG16$'", FED },
	{ "", "ksh -e -c 'a $ARG1$'", FED },
	{ "", "bash -o pipefail -c 'a $ARG1$'", FED },
	{ "", "bash -eo pipefail -c 'a $ARG1$'", FED },
	{ "", "bash +o x -c 'a $ARG1$'", FED },
	{ "", "bash --norc -c 'a $ARG1$'", FED },
	{ "", "bash --rcfile /a -c 'a $ARG1$'", FED },
	{ "", "bash --init-file $ARG1$ -c 'a'", FED },
	{ "", "sh -c -- 'a $ARG1$'", FED },
	{ "", "sh -$ARG1$ a", FED },
	{ "", "sh $ARG1$", FED },
	{ "", "sh /a/$ARG1$", FED },
	{ "", "sh /a $ARG1$", "<sh></a><$ARG1$>" },
	{ "", "sh -e /a -c $ARG1$", "<sh><-e></a><-c><$ARG1$>" },
	{ "", "sh -c 'a $$ARG1$$'", "<sh><-c><q:a $$ARG1$$>" },
	{ "sudo", "sh -c 'a $ARG1$'", FED },
	{ "sudo -u x", "/bin/sh -c 'a $ARG1$'", FED },
	{ "", "sudo sh -c 'a $ARG1$'", FED },
	{ "", "/usr/bin/sudo -u x bash -c 'a $ARG1$'", FED },
	{ "", "env A=/b LANG=C sh -c 'a $ARG1$'", FED },
	{ "", "timeout -k 5 10s sh -c 'a $ARG1$'", FED },
	{ "", "nice -n 5 /usr/bin/ionice -c 3 sh -c 'a $ARG1$'", FED },
	{ "", "busybox sh -c 'a $ARG1$'", FED },
	{ "", "sudo sh -c 'a \"$1\"' sh $ARG1$", "<sudo><sh><-c><q:a \"$$1\">"
	    "<sh><$ARG1$>" },
	{ "", "su - x -c 'a $ARG1$'", FED },
	{ "", "su x -c a", "<su><x><-c><a>" },
	{ "", "/usr/bin/sudo /p/check_procs -C bash -c $ARG1$",
	    "</usr/bin/sudo></p/check_procs><-C><bash><-c><$ARG1$>" },
	{ "", "check_procs -C sh -c $ARG1$",
	    "<check_procs><-C><sh><-c><$ARG1$>" },
	{ "", "env", "<env>" },
	{ "", "sh", "<sh>" },
	{ "", "sh -", "<sh><->" },
};

static void
test_lines(void)
{
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct command c = command(lines[i].prefix, lines[i].line);
		char what[200];

		(void)snprintf(what, sizeof what, "%s %s", lines[i].prefix,
		    lines[i].line);
		tap_str(template_text(&c), lines[i].words, what);
		tap_ok((c.why_not == NULL) == (c.argc > 0) &&
		    (c.why_not == NULL) == (c.argv != NULL),
		    "a template or a reason");
		command_free(&c);
	}
}

/* A second parse replaces the first. */
static void
test_again(void)
{
	struct command c = command("", "a | b");
	struct error err;

	tap_int(command_parse(&c, "", "a b", &err), 0, "again");
	tap_str(template_text(&c), "<a><b>", "now it can be run");
	tap_str(c.line, "a | b", "the rest is left alone");
	tap_int(command_disable(&c, "because", &err), 0, "disabled");
	tap_str(template_text(&c), "because", "now it cannot");
	tap_int(command_expand(&c, 0, NULL, &out, &err), -1, "nor is it");
	tap_str(err.text, "because", "as the client is told");
	tap_int(out.argc, 0, "nothing is left in out");
	command_free(&c);
}

static void
test_many_words(void)
{
	static char line[2 * COMMAND_ARGV_MAX + 1];
	struct command c;

	for (size_t i = 0; i < sizeof line - 1; i += 2)
		memcpy(line + i, "x ", 2);
	c = command("", line);
	tap_str(template_text(&c), "more than 1023 arguments", "1024 words");
	command_free(&c);
	line[2 * (COMMAND_ARGV_MAX - 1)] = '\0';
	c = command("", line);
	tap_int((long long)c.argc, COMMAND_ARGV_MAX - 1, "1023 words");
	command_free(&c);
}

/* --- arguments ------------------------------------------------------------ */

/* "<>" around each word, "!" in front of foreign ones; or why not. */
static const char *
expanded(const struct command *c, const char *const args[3])
{
	static char text[4096];
	struct buf b = buf_on(text, sizeof text);
	struct error err;
	size_t argc = 0;

	while (argc < 3 && args[argc] != NULL)
		argc++;
	if (command_expand(c, argc, args, &out, &err) < 0) {
		buf_fmt(&b, "error: %s", err.text);
		return text;
	}
	for (int i = 0; i < out.argc; i++)
		buf_fmt(&b, "%s<%s>", out.foreign[i] ? "!" : "", out.argv[i]);
	if (out.argv[out.argc] != NULL)
		buf_str(&b, "no end");
	return text;
}

#define NO_OPTION(n) "error: argument " n " starts with '-': arg_split[x]=" \
	"yes would allow options"

static const struct {
	const char *line, *args[3];
	const char *whole, *split; /* without and with arg_split; NULL: same */
} expansions[] = {
	{ "p", { NULL }, "<p>", NULL },
	{ "p", { "a" }, "<p>", NULL },
	{ "p $ARG1$", { "a" }, "<p>!<a>", NULL },
	{ "p a$ARG1$b", { "x" }, "<p>!<axb>", NULL },
	{ "p $ARG1$$ARG1$-$ARG2$", { "x", "y" }, "<p>!<xx-y>", NULL },
	{ "p $ARG2$ q $ARG1$", { "x", "y" }, "<p>!<y><q>!<x>", NULL },
	{ "p '$ARG1$' \"$ARG1$\" \\$ARG1$", { "x" }, "<p>!<x>!<x>!<x>", NULL },
	{ "p $$ '$HOME'$ARG1$ '$$ARG1$'", { "x" }, "<p><$>!<$HOMEx><$ARG1$>",
	    NULL },
	{ "p '$ARG0$ $ARG17$'", { "x" }, "<p><$ARG0$ $ARG17$>", NULL },

	/* not given */
	{ "p $ARG1$ q", { NULL }, "<p><q>", NULL },
	{ "p $ARG1$$ARG2$ q", { NULL }, "<p><q>", NULL },
	{ "p '$ARG1$' \"$ARG2$\" q", { NULL }, "<p><><><q>", NULL },
	{ "p -w$ARG1$ q", { NULL }, "<p><-w><q>", NULL },
	{ "p $ARG1$$ARG2$", { "x" }, "<p>!<x>", NULL },
	{ "p ''$ARG1$", { NULL }, "<p><>", NULL },

	/* what a shell would make of them */
	{ "p $ARG1$", { "; id" }, "<p>!<; id>", "<p>!<;>!<id>" },
	{ "p $ARG1$", { "$(id)" }, "<p>!<$(id)>", NULL },
	{ "p $ARG1$", { "`id`" }, "<p>!<`id`>", NULL },
	{ "p $ARG1$", { "*?[a]" }, "<p>!<*?[a]>", NULL },
	{ "p $ARG1$", { "~root #x" }, "<p>!<~root #x>", "<p>!<~root>!<#x>" },
	{ "p $ARG1$", { "a\nid" }, "<p>!<a\nid>", "<p>!<a>!<id>" },
	{ "p $ARG1$", { "a|b>c&" }, "<p>!<a|b>c&>", NULL },
	{ "p $ARG1$", { "$ARG2$", "y" }, "<p>!<$ARG2$>", NULL },
	{ "p $ARG1$", { "$$" }, "<p>!<$$>", NULL },
	{ "p '$ARG1$ARG2$'", { "$", "y" }, "<p>!<$ARG2$>", NULL },
	{ "p '$ARG1$'", { "' id '" }, "<p>!<' id '>", NULL },
	{ "p \"$ARG1$\"", { "\" id \"" }, "<p>!<\" id \">", NULL },
	{ "p $ARG1$", { "\xff\x01" }, "<p>!<\xff\x01>", NULL },

	/* options */
	{ "p $ARG1$", { "-w" }, NO_OPTION("1"), "<p>!<-w>" },
	{ "p $ARG1$", { "-w 5 -c 10%" }, NO_OPTION("1"),
	    "<p>!<-w>!<5>!<-c>!<10%>" },
	{ "p -x $ARG2$", { "a", "-" }, NO_OPTION("2"), "<p><-x>!<->" },
	{ "p '$ARG1$'", { "-w" }, NO_OPTION("1"), NO_OPTION("1") },
	{ "p $ARG1$$ARG2$", { "-", "w" }, NO_OPTION("1"), "<p>!<-w>" },
	{ "p $ARG2$$ARG1$", { "-w" }, NO_OPTION("1"), "<p>!<-w>" },
	{ "p $ARG1$:$ARG2$", { "-5", "5" }, NO_OPTION("1"), "<p>!<-5:5>" },
	{ "p --x=$ARG1$ :$ARG1$", { "-w" }, "<p>!<--x=-w>!<:-w>", NULL },
	{ "p -$ARG1$", { "w" }, "<p>!<-w>", NULL },

	/* arg_split */
	{ "p $ARG1$", { "a b" }, "<p>!<a b>", "<p>!<a>!<b>" },
	{ "p $ARG1$", { " a\t b " }, "<p>!< a\t b >", "<p>!<a>!<b>" },
	{ "p x$ARG1$y", { "a b" }, "<p>!<xa by>", "<p>!<xa>!<by>" },
	{ "p x$ARG1$y", { " a b " }, "<p>!<x a b y>", "<p><x>!<a>!<b><y>" },
	{ "p x$ARG1$y", { " " }, "<p>!<x y>", "<p><x><y>" },
	{ "p $ARG1$", { "   " }, "<p>!<   >", "<p>" },
	{ "p $ARG1$$ARG2$", { "a b", "c d" }, "<p>!<a bc d>",
	    "<p>!<a>!<bc>!<d>" },
	{ "p '$ARG1$'", { "a b" }, "<p>!<a b>", NULL },
	{ "p \"x\"$ARG1$", { "a b" }, "<p>!<xa b>", NULL },
	{ "p $ARG1$", { "'a b' \"c d\" e\\ f" },
	    "<p>!<'a b' \"c d\" e\\ f>", "<p>!<a b>!<c d>!<e f>" },
	{ "p $ARG1$", { "''" }, "<p>!<''>", "<p>!<>" },
	{ "p $ARG1$", { "a '' b" }, "<p>!<a '' b>", "<p>!<a>!<>!<b>" },
	{ "p $ARG1$", { "'$ARG2$'", "y" }, "<p>!<'$ARG2$'>", "<p>!<$ARG2$>" },
	{ "p $ARG1$", { "'a" }, "<p>!<'a>",
	    "error: argument 1: a single quote (') is open at the end" },
	{ "p $ARG2$", { "a", "b\"" }, "<p>!<b\">",
	    "error: argument 2: a double quote (\") is open at the end" },
	{ "p $ARG1$", { "a\\" }, "<p>!<a\\>",
	    "error: argument 1: a backslash stands at the end" },

	/* the program */
	{ "$ARG1$", { "id" }, "error: argument 1 is in the program's name: "
	    "that needs a rule, command_arg[x][1]=one_of ...", NULL },
	{ "/p/$ARG2$ a", { "a", "../id" }, "error: argument 2 is in the "
	    "program's name: that needs a rule, command_arg[x][2]=one_of ...",
	    NULL },
	{ "/p$ARG1$ a", { "'' b" }, "error: argument 1 is in the program's "
	    "name: that needs a rule, command_arg[x][1]=one_of ...", NULL },
	{ "$ARG1$ p", { NULL }, "<p>", NULL },
	{ "$ARG1$", { NULL }, "error: no argument names the program", NULL },
};

static void
test_expansions(void)
{
	for (size_t i = 0; i < COUNT(expansions); i++) {
		struct command c = command("", expansions[i].line);
		const char *split = expansions[i].split;

		tap_str(expanded(&c, expansions[i].args), expansions[i].whole,
		    expansions[i].line);
		c.split = true;
		tap_str(expanded(&c, expansions[i].args), split == NULL ?
		    expansions[i].whole : split, "with arg_split");
		command_free(&c);
	}
}

static const struct {
	const char *line, *rule1, *rule2, *args[3], *words;
} rules[] = {
	{ "p -w $ARG1$", "range", NULL, { "-5:5" }, "<p><-w>!<-5:5>" },
	{ "p -w $ARG1$", "integer", NULL, { "-5" }, "<p><-w>!<-5>" },
	{ "p -w $ARG1$", "integer", NULL, { "x" }, "error: argument 1: 'x' is "
	    "not a whole number" },
	{ "p $ARG1$", "one_of -a -b", NULL, { "-b" }, "<p>!<-b>" },
	{ "p $ARG1$", "length 1..5", NULL, { "-b" }, NO_OPTION("1") },
	{ "p $ARG1$$ARG2$", "integer", NULL, { "-5", "-x" }, "<p>!<-5-x>" },
	{ "p $ARG1$$ARG2$", NULL, "integer", { "-x", "-5" }, NO_OPTION("1") },
	{ "/p/$ARG1$", "one_of a b", NULL, { "b" }, "!</p/b>" },
	{ "/p/$ARG1$", "one_of a b", NULL, { "c" }, "error: argument 1: 'c' "
	    "is not one of: a b" },
	{ "/p/$ARG1$", "length 1..3", NULL, { "b" }, "error: argument 1 is in "
	    "the program's name: that needs a rule, command_arg[x][1]=one_of "
	    "..." },
	{ "/p/$ARG1$$ARG2$", "one_of a b", NULL, { "b", "c" }, "error: "
	    "argument 2 is in the program's name: that needs a rule, "
	    "command_arg[x][2]=one_of ..." },
	{ "p $ARG1$ $ARG2$", NULL, "integer", { "a" }, "error: argument 2 is "
	    "missing" },
	{ "p $ARG1$ $ARG2$", NULL, "match \\d*", { "a" }, "<p>!<a>" },
	{ "p", NULL, "integer", { "a", "b" }, "error: argument 2: 'b' is not "
	    "a whole number" },
};

static void
test_rules(void)
{
	for (size_t i = 0; i < COUNT(rules); i++) {
		struct command c = command("", rules[i].line);
		struct error err;

		if (rules[i].rule1 != NULL)
			(void)rules_add(&c.rules[0], rules[i].rule1, &err);
		if (rules[i].rule2 != NULL)
			(void)rules_add(&c.rules[1], rules[i].rule2, &err);
		tap_str(expanded(&c, rules[i].args), rules[i].words,
		    rules[i].line);
		command_free(&c);
	}
}

static void
test_sixteen(void)
{
	const char *args[QUERY_ARGS_MAX];
	char names[QUERY_ARGS_MAX][8];
	struct command c = command("", "p $ARG1$ $ARG9$ $ARG10$ $ARG16$");
	struct error err;

	for (int i = 0; i < QUERY_ARGS_MAX; i++) {
		(void)snprintf(names[i], sizeof names[i], "v%d", i + 1);
		args[i] = names[i];
	}
	tap_int(command_expand(&c, QUERY_ARGS_MAX, args, &out, &err), 0,
	    "sixteen arguments");
	tap_str(out.argv[1], "v1", "the first");
	tap_str(out.argv[2], "v9", "the ninth");
	tap_str(out.argv[3], "v10", "the tenth");
	tap_str(out.argv[4], "v16", "the last");
	tap_ok(command_takes(&c, 1) && command_takes(&c, 16) &&
	    !command_takes(&c, 2) && !command_takes(&c, 0), "those it takes");
	command_free(&c);
}

/* Long values, and many words. */
static void
test_limits(void)
{
	static char value[64 * 1024];
	struct command c = command("", "p $ARG1$");
	const char *args[] = { value };
	struct error err;

	memset(value, 'x', sizeof value - 1);
	tap_int(command_expand(&c, 1, args, &out, &err), 0, "64 KiB");
	tap_ok(strcmp(out.argv[1], value) == 0, "all of it");
	command_free(&c);

	c = command("", "p $ARG1$ $ARG1$ $ARG1$ $ARG1$ $ARG1$");
	tap_int(command_expand(&c, 1, args, &out, &err), -1, "five times");
	tap_str(err.text, "the arguments are too long", "why");
	command_free(&c);

	c = command("", "p $ARG1$");
	c.split = true;
	for (size_t i = 1; i < sizeof value - 1; i += 2)
		value[i] = ' ';
	tap_int(command_expand(&c, 1, args, &out, &err), -1, "32768 words");
	tap_str(err.text, "the arguments are too long", "why");
	value[2 * (COMMAND_ARGV_MAX - 1)] = '\0';
	tap_int(command_expand(&c, 1, args, &out, &err), 0, "1023 words");
	tap_int(out.argc, COMMAND_ARGV_MAX, "are 1024 with the program");
	tap_ok(out.argv[COMMAND_ARGV_MAX] == NULL, "and an end");
	strcat(value, "y"); /* NOLINT: there is room */
	tap_int(command_expand(&c, 1, args, &out, &err), -1, "one more");
	command_free(&c);
}

/* --- the lines of Debian's nrpe.cfg --------------------------------------- */

/* tests/data/nrpe_lines.txt: a line, a tab, the words it must become. */
static void
test_debian(void)
{
	const char *srcdir = getenv("srcdir");
	char path[512], line[512];
	int count = 0;
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/tests/data/nrpe_lines.txt",
	    srcdir != NULL ? srcdir : "..");
	file = fopen(path, "r");
	if (!tap_ok(file != NULL, path))
		return;
	while (fgets(line, sizeof line, file) != NULL) {
		char *tab = strchr(line, '\t');
		struct command c;

		if (*line == '#' || tab == NULL)
			continue;
		*tab = '\0';
		tab[1 + strcspn(tab + 1, "\n")] = '\0';
		c = command("", line);
		tap_str(template_text(&c), tab + 1, line);
		command_free(&c);
		count++;
	}
	fclose(file);
	tap_ok(count >= 25, "all of them");
}

int
main(void)
{
	test_lines();
	test_again();
	test_many_words();
	test_expansions();
	test_rules();
	test_sixteen();
	test_limits();
	test_debian();
	return tap_done();
}
