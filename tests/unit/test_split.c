/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "agent/split.h"
#include "tests/scratch.h"
#include "tests/tap.h"

enum {
	TEXT_SIZE = 4096,
};

/* The words, "<>" around each and "<q:>" if quoted; or "error: why". */
static const char *
words(enum split_kind kind, const char *text)
{
	static char out[TEXT_SIZE];
	struct buf b = buf_on(out, sizeof out);
	struct split s = { .kind = kind, .at = text };
	struct error err;
	bool quoted;
	int rc;

	for (;;) {
		size_t start = b.len;
		char word[TEXT_SIZE];
		struct buf w = buf_on(word, sizeof word);

		rc = split_next(&s, &w, &quoted, &err);
		if (rc <= 0)
			break;
		buf_cut(&b, start);
		buf_fmt(&b, "%s%s>", quoted ? "<q:" : "<", word);
	}
	if (rc < 0) {
		b = buf_on(out, sizeof out);
		buf_fmt(&b, "error: %s", err.text);
	}
	return out;
}

static const struct {
	const char *text, *words;
} both[] = {
	{ "", "" },
	{ " \t ", "" },
	{ "a", "<a>" },
	{ " a\tb  c ", "<a><b><c>" },
	{ "'a b' c", "<q:a b><c>" },
	{ "\"a b\" c", "<q:a b><c>" },
	{ "a\\ b c", "<q:a b><c>" },
	{ "a'b'\"c\"\\d e", "<q:abcd><e>" },
	{ "''", "<q:>" },
	{ "\"\"", "<q:>" },
	{ "a '' \"\" b", "<a><q:><q:><b>" },
	{ "''''", "<q:>" },
	{ "''a", "<q:a>" },
	{ "'\"' \"'\"", "<q:\"><q:'>" },
	{ "'\\' b", "<q:\\><b>" },
	{ "'a\\'b", "<q:a\\b>" },
	{ "\"\\\"\\\\\\`\"", "<q:\"\\`>" },
	{ "\"\\a\\'\\ \\n\"", "<q:\\a\\'\\ \\n>" },
	{ "\\a\\'\\\"\\\\", "<q:a'\"\\>" },
	{ "'|&;<>()`*?[]#~!{}'", "<q:|&;<>()`*?[]#~!{}>" },
	{ "\"|&;<>()*?[]#~!{}\"", "<q:|&;<>()*?[]#~!{}>" },
	{ "\\|\\&\\;\\<\\>\\(\\)\\`\\*\\?\\[a]\\#\\~",
	    "<q:|&;<>()`*?[a]#~>" },
	{ "a#b a~ a=~ {a,b} ! ^ % @ a]", "<a#b><a~><a=~><{a,b}><!><^><%><@>"
	    "<a]>" },
	{ "'a\nb' \"a\nb\"", "<q:a\nb><q:a\nb>" },
	{ "\xc3\xa4 \xff\x01", "<\xc3\xa4><\xff\x01>" },
	{ "'", "error: a single quote (') is open at the end" },
	{ "a 'b", "error: a single quote (') is open at the end" },
	{ "'a\\'", "<q:a\\>" },
	{ "\"", "error: a double quote (\") is open at the end" },
	{ "\"\\\"", "error: a double quote (\") is open at the end" },
	{ "\"a\\", "error: a backslash stands at the end" },
	{ "a\\", "error: a backslash stands at the end" },
	{ "\\", "error: a backslash stands at the end" },
};

#define ELSE ": write sh -c '...' or a script; in single quotes it stands " \
	"for itself"
#define LONE "error: a lone '$', which NRPE would mangle: write $$, or put " \
	"it in single quotes"

static const struct {
	const char *text, *command, *value; /* NULL: as the command's */
} differing[] = {
	/* what a shell obeys */
	{ "a|b", "error: needs a shell for '|' (a pipe)" ELSE, "<a|b>" },
	{ "a ; b", "error: needs a shell for ';' (another command)" ELSE,
	    "<a><;><b>" },
	{ "a&", "error: needs a shell for '&' (a background job)" ELSE,
	    "<a&>" },
	{ "a <b", "error: needs a shell for '<' (a redirection)" ELSE,
	    "<a><<b>" },
	{ "a 2>b", "error: needs a shell for '>' (a redirection)" ELSE,
	    "<a><2>b>" },
	{ "(a", "error: needs a shell for '(' (a subshell)" ELSE, "<(a>" },
	{ "a)", "error: needs a shell for ')' (a subshell)" ELSE, "<a)>" },
	{ "`a", "error: needs a shell for '`' (a command substitution)" ELSE,
	    "<`a>" },
	{ "\"`a\"", "error: needs a shell for '`' (a command substitution)"
	    ELSE, "<q:`a>" },
	{ "a\nb", "error: needs a shell for ' ' (another command)" ELSE,
	    "<a><b>" },
	{ "a*", "error: needs a shell for '*' (names of files)" ELSE, "<a*>" },
	{ "a?", "error: needs a shell for '?' (names of files)" ELSE, "<a?>" },
	{ "a[b]", "error: needs a shell for '[' (names of files)" ELSE,
	    "<a[b]>" },
	{ "a['b']", "error: needs a shell for '[' (names of files)" ELSE,
	    "<q:a[b]>" },
	{ "[ a b]", "<[><a><b]>", "<[><a><b]>" },
	{ "a #b", "error: needs a shell for '#' (a comment)" ELSE,
	    "<a><#b>" },
	{ "~a", "error: needs a shell for '~' (a home directory)" ELSE,
	    "<~a>" },
	{ "''~a ''#", "<q:~a><q:#>", "<q:~a><q:#>" },
	/* a newline is quoted, and no line goes on */
	{ "a\\\nb", "<q:a\nb>", "<q:a\nb>" },
	{ "\"a\\\nb\"", "<q:a\\\nb>", "<q:a\\\nb>" },

	/* dollars */
	{ "$ARG1$", "<$ARG1$>", "<$ARG1$>" },
	{ "$ARG16$ $ARG9$", "<$ARG16$><$ARG9$>", "<$ARG16$><$ARG9$>" },
	{ "a$ARG1$b$ARG2$", "<a$ARG1$b$ARG2$>", "<a$ARG1$b$ARG2$>" },
	{ "'$ARG1$' \"$ARG1$\" \\$ARG1$", "<q:$ARG1$><q:$ARG1$><q:$ARG1$>",
	    "<q:$ARG1$><q:$ARG1$><q:$ARG1$>" },
	{ "$$", "<$$>", "<$$>" },
	{ "a$$ $$/ \"$$\" $$' '", "<a$$><$$/><q:$$><q:$$ >",
	    "<a$$><$$/><q:$$><q:$$ >" },
	{ "'$$ $' \\$$ \\$", "<q:$$ $$><q:$$><q:$$>", "<q:$$ $><q:$$><q:$>" },
	{ "'$HOME ${x} $(y) $1$ARG1$'", "<q:$$HOME $${x} $$(y) $$1$ARG1$>",
	    "<q:$HOME ${x} $(y) $1$ARG1$>" },
	{ "\"\\$HOME\"", "<q:$$HOME>", "<q:$HOME>" },
	{ "'$$ARG1$'", "<q:$$ARG1$$>", "<q:$$ARG1$>" },
	{ "'$ARG0$ $ARG17$ $ARG01$ $ARG1 $ARG$'", "<q:$$ARG0$$ $$ARG17$$ "
	    "$$ARG01$$ $$ARG1 $$ARG$$>",
	    "<q:$ARG0$ $ARG17$ $ARG01$ $ARG1 $ARG$>" },
	{ "$", LONE, "<$>" },
	{ "a $ b", LONE, "<a><$><b>" },
	{ "\"a$\"", LONE, "<q:a$>" },
	{ "a$/", LONE, "<a$/>" },
	{ "$HOME", "error: needs a shell for '$HOME' (a variable)" ELSE,
	    "<$HOME>" },
	{ "\"$HOME\"", "error: needs a shell for '$HOME' (a variable)" ELSE,
	    "<q:$HOME>" },
	{ "$$HOME", "error: needs a shell for '$HOME' (a variable)" ELSE,
	    "<$$HOME>" },
	{ "$USER1$/x", "error: needs a shell for '$USER1' (a variable)" ELSE,
	    "<$USER1$/x>" },
	{ "$1", "error: needs a shell for '$1' (a variable)" ELSE, "<$1>" },
	{ "$?", "error: needs a shell for '$?' (a variable)" ELSE, "<$?>" },
	{ "$$$$", "error: needs a shell for '$$' (a variable)" ELSE,
	    "<$$$$>" },
	{ "${x}", "error: needs a shell for '${' (a variable)" ELSE,
	    "<${x}>" },
	{ "$(x)", "error: needs a shell for '$(' (a command substitution)"
	    ELSE, "<$(x)>" },
	{ "\"$(x)\"", "error: needs a shell for '$(' (a command substitution)"
	    ELSE, "<q:$(x)>" },
	{ "$ARG0$", "error: there is no $ARG0$, only $ARG1$ to $ARG16$",
	    "<$ARG0$>" },
	{ "\"$ARG17$\"", "error: there is no $ARG17$, only $ARG1$ to $ARG16$",
	    "<q:$ARG17$>" },
	{ "$ARG007$", "error: there is no $ARG007$, only $ARG1$ to $ARG16$",
	    "<$ARG007$>" },
	{ "$ARG1", "error: needs a shell for '$ARG1' (a variable)" ELSE,
	    "<$ARG1>" },
	{ "$arg1$", "error: needs a shell for '$arg1' (a variable)" ELSE,
	    "<$arg1$>" },
};

static void
test_words(void)
{
	for (size_t i = 0; i < COUNT(both); i++) {
		tap_str(words(SPLIT_COMMAND, both[i].text), both[i].words,
		    both[i].text);
		tap_str(words(SPLIT_VALUE, both[i].text), both[i].words,
		    "as an argument");
	}
	for (size_t i = 0; i < COUNT(differing); i++) {
		tap_str(words(SPLIT_COMMAND, differing[i].text),
		    differing[i].command, differing[i].text);
		tap_str(words(SPLIT_VALUE, differing[i].text),
		    differing[i].value, "as an argument");
	}
}

static void
test_long(void)
{
	static char text[300];
	struct split s = { .kind = SPLIT_COMMAND, .at = text };
	char word[TEXT_SIZE];
	struct buf b = buf_on(word, sizeof word);
	struct error err;
	bool quoted;

	memset(text, 'x', sizeof text - 1);
	text[0] = '$';
	tap_int(split_next(&s, &b, &quoted, &err), -1, "a long variable");
	tap_ok(strlen(err.text) < 150, "is not shown whole");
}

static void
test_macro(void)
{
	static const struct {
		const char *text;
		size_t len, number;
	} cases[] = {
		{ "", 0, 0 }, { "$", 0, 0 }, { "$$", 2, 0 }, { "$$x", 2, 0 },
		{ "$ARG1$", 6, 1 }, { "$ARG9$$", 6, 9 }, { "$ARG10$x", 7, 10 },
		{ "$ARG16$", 7, 16 }, { "$ARG17$", 0, 0 }, { "$ARG0$", 0, 0 },
		{ "$ARG$", 0, 0 }, { "$ARG1", 0, 0 }, { "$ARG01$", 0, 0 },
		{ "$ARG100$", 0, 0 }, { "$ARG99999999999999999999$", 0, 0 },
		{ "$ARGx$", 0, 0 }, { "$ARG1x$", 0, 0 }, { "$ARG-1$", 0, 0 },
		{ "ARG1$", 0, 0 }, { "$arg1$", 0, 0 }, { "$A", 0, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t number = 99;

		tap_int((long long)split_macro(cases[i].text, &number),
		    (long long)cases[i].len, cases[i].text);
		tap_int((long long)number, (long long)cases[i].number,
		    "its number");
	}
}

/* What was quoted comes back, and is still quoted. */
static void
test_quote(void)
{
	static const struct {
		const char *word;
		bool quoted;
		const char *text;
	} cases[] = {
		{ "a", false, "a" }, { "a", true, "'a'" }, { "", true, "''" },
		{ "a b", true, "'a b'" }, { "a'b", true, "'a'\\''b'" },
		{ "'", true, "''\\'''" }, { "$ARG1$", false, "$ARG1$" },
		{ "$$x", true, "'$$x'" }, { "-w/a.b=c:1,2@3%+_", false,
		    "-w/a.b=c:1,2@3%+_" }, { "a#b", false, "'a#b'" },
		{ "\\", true, "'\\'" }, { "\xc3\xa4", false, "'\xc3\xa4'" },
	};
	char text[64];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b = buf_on(text, sizeof text);

		split_quote(&b, cases[i].word, cases[i].quoted);
		tap_str(text, cases[i].text, cases[i].word);
	}
}

/* --- beside dash ---------------------------------------------------------- */

/*
 * Pieces of words; "$" never stands before what NRPE would take it with. Lines
 * that become what we refuse are not compared: those that we take, dash must
 * take the same way.
 */
static const char *const pieces[] = {
	"a", "Z9", "-", "%", "/", "=", ":", ",", "'b c'", "'\"'", "'\\'", "''",
	"\"d e\"", "\"'\"", "\"\\\"\"", "\"\\\\\"", "\"\\`\"", "\"\\$x\"",
	"\"\\q\"", "\"\\'\"", "\"\"", "\\ ", "\\|", "\\\\", "\\'", "\\\"",
	"\\$x", "\\;", "\\x", "'|;&<>'", "\"|;&<>()*?[#~\"", "'$x`'", "\\`",
	"' '\\'''", "x#y", "{", "}", "!", "^", "]", "+", "@", "'\t'", "\\*",
	"\\[", "\xc3\xa4", "*", "?", "[", "~", "#", "|", "&", ";", "<", ">",
	"(", ")", "`", "$x", "{a,b}", "~root", "\"$x\"", "\"`\"",
};

enum {
	LINES = 2000,
};

/* A random line; x only for what comes first on it. */
static void
make_line(struct buf *b)
{
	int parts = rand() % 12;

	buf_cut(b, 0);
	buf_char(b, 'x');
	for (int i = 0; i < parts; i++) {
		if (rand() % 3 == 0)
			buf_str(b, rand() % 4 == 0 ? " \t" : " ");
		buf_str(b, pieces[(size_t)rand() % COUNT(pieces)]);
	}
}

/* The words of a line as printf '%s\001' would write them; if we take it. */
static bool
put_ours(struct buf *b, const char *line)
{
	struct split s = { .kind = SPLIT_COMMAND, .at = line };
	size_t start = b->len;
	struct error err;
	bool quoted;
	int rc;

	for (;;) {
		char word[TEXT_SIZE];
		struct buf w = buf_on(word, sizeof word);

		rc = split_next(&s, &w, &quoted, &err);
		if (rc <= 0)
			break;
		for (const char *p = word; *p != '\0'; p++) {
			buf_char(b, *p);
			p += strncmp(p, "$$", 2) == 0;
		}
		buf_char(b, '\001');
	}
	if (rc < 0)
		buf_cut(b, start);
	else
		buf_char(b, '\n');
	return rc == 0;
}

/* Both as text in static storage; whether dash could be asked. */
static bool
ask_dash(char *ours, char *dash, char *script, size_t size)
{
	struct buf o = buf_on(ours, size), s = buf_on(script, size);
	char command[600];
	FILE *pipe;
	size_t n;

	for (int i = 0; i < LINES; i++) {
		char line[TEXT_SIZE];
		struct buf l = buf_on(line, sizeof line);

		do {
			make_line(&l);
		} while (!put_ours(&o, line));
		buf_fmt(&s, "printf '%%s\\001' %s\necho\n", line);
	}
	scratch_write(scratch_path("script").s, script, s.len);
	(void)snprintf(command, sizeof command, "dash '%s'",
	    scratch_path("script").s);
	pipe = popen(command, "r"); /* NOLINT(cert-env33-c) */
	if (pipe == NULL)
		return false;
	n = fread(dash, 1, size - 1, pipe);
	dash[n] = '\0';
	return pclose(pipe) == 0 && buf_ok(&o) && buf_ok(&s);
}

static void
test_dash(void)
{
	static char ours[1 << 20], dash[1 << 20], script[1 << 20];
	const char *seed = getenv("SEED");
	unsigned n = seed != NULL ? (unsigned)strtoul(seed, NULL, 10) : 1;
	size_t at = 0;

	printf("# SEED=%u\n", n);
	srand(n); /* NOLINT(cert-msc32-c,cert-msc51-cpp) */
	if (access("/bin/dash", X_OK) != 0) {
		tap_skip("no dash to compare with");
		return;
	}
	tap_ok(ask_dash(ours, dash, script, sizeof ours), "dash was asked");
	while (ours[at] != '\0' && ours[at] == dash[at])
		at++;
	if (!tap_ok(ours[at] == dash[at], "2000 lines as dash splits them"))
		printf("#  ours: %.60s\n#  dash: %.90s\n",
		    ours + (at > 30 ? at - 30 : 0),
		    dash + (at > 30 ? at - 30 : 0));
}

int
main(void)
{
	scratch_make();
	test_words();
	test_long();
	test_macro();
	test_quote();
	test_dash();
	return tap_done();
}
