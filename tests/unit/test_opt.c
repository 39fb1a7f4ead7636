/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "common/opt.h"
#include "common/quantity.h"
#include "tests/tap.h"

struct config {
	bool flag;
	uint64_t verbose, count;
	double number, span, size, percent, bounded;
	const char *text;
	struct range warn;
	struct opt_steps steps;
	enum status status;
};

static const struct config defaults = {
	.count = 7,
	.number = 1,
	.span = 3600,
	.text = "initial",
	.warn = RANGE_MAX(80),
};

static const struct opt opts[] = {
	OPT('f', "flag", struct config, flag, "a flag"),
	OPT('v', "verbose", struct config, verbose, "said more", .bare = true),
	OPT('c', "count", struct config, count, "a whole number",
	    .alias = "number-of-things", .alias2 = "things"),
	OPT('n', "number", struct config, number, "a number"),
	OPT(0, "span", struct config, span, "a duration", .units = UNITS_TIME),
	OPT(0, "size", struct config, size, "a size", .units = UNITS_SIZE),
	OPT(0, "percent", struct config, percent, "a percentage",
	    .units = UNITS_PERCENT),
	OPT(0, "bounded", struct config, bounded, "from 1 to 5", .least = 1,
	    .most = 5),
	OPT('x', "text", struct config, text, "a text", .metavar = "WORD"),
	OPT('w', "warning", struct config, warn, "a range",
	    .units = UNITS_PERCENT),
	OPT('p', "path", struct config, steps, "a step"),
	OPT('A', "all", struct config, steps, "a step without value",
	    .bare = true),
	OPT_END,
};

static const struct opt more_opts[] = {
	OPT('s', "state", struct config, status, "a state",
	    .parse = opt_parse_status, .initial = "ok"),
	OPT_END,
};

enum {
	ARGS_MAX = 6,
};

static int
parse(struct config *config, const char *const args[ARGS_MAX],
    struct error *err)
{
	struct opt_set sets[] = {
		{ opts, config, "Options" },
		{ more_opts, config, "More options" },
	};
	char *argv[ARGS_MAX + 2] = { (char *)(uintptr_t) "check_x" };
	int argc = 1;

	*config = defaults;
	for (int i = 0; i < ARGS_MAX && args[i] != NULL; i++)
		argv[argc++] = (char *)(uintptr_t)args[i];
	err->text[0] = '\0';
	return opt_parse(sets, COUNT(sets), argc, argv, err);
}

/* All that a configuration holds, in words. */
static const char *
describe(const struct config *c)
{
	static char text[512];
	struct buf b = buf_on(text, sizeof text);

	if (c->flag)
		buf_str(&b, "flag ");
	if (c->verbose > 0)
		buf_fmt(&b, "v%d ", (int)c->verbose);
	if (c->count != defaults.count)
		buf_fmt(&b, "count=%llu ", (unsigned long long)c->count);
	if (c->number < 1 || c->number > 1)
		buf_fmt(&b, "number=%g ", c->number);
	if (c->span < 3600 || c->span > 3600)
		buf_fmt(&b, "span=%g ", c->span);
	if (c->size > 0)
		buf_fmt(&b, "size=%g ", c->size);
	if (c->percent > 0)
		buf_fmt(&b, "percent=%g ", c->percent);
	if (c->bounded > 0)
		buf_fmt(&b, "bounded=%g ", c->bounded);
	if (c->text != defaults.text)
		buf_fmt(&b, "text=%s ", c->text);
	if (strcmp(range_text(&c->warn).s, "80") != 0)
		buf_fmt(&b, "warn=%s ", range_text(&c->warn).s);
	if (c->status != STATUS_OK)
		buf_fmt(&b, "status=%d ", (int)c->status);
	for (size_t i = 0; i < c->steps.count; i++)
		buf_fmt(&b, "%c:%s ", c->steps.steps[i].letter,
		    c->steps.steps[i].value == NULL ? "(none)" :
		    c->steps.steps[i].value);
	if (b.len > 0)
		buf_cut(&b, b.len - 1);
	return text;
}

static const struct {
	const char *args[ARGS_MAX], *config;
} good[] = {
	{ { NULL }, "" },
	{ { "-f" }, "flag" },
	{ { "--flag" }, "flag" },
	{ { "--flag", "--flag" }, "flag" },
	{ { "-v" }, "v1" },
	{ { "-vvv" }, "v3" },
	{ { "-v", "--verbose", "-v" }, "v3" },
	{ { "-fv" }, "flag v1" },
	{ { "-n", "5" }, "number=5" },
	{ { "-n5" }, "number=5" },
	{ { "-n-5" }, "number=-5" },
	{ { "-n", "-5" }, "number=-5" },
	{ { "--number=-5" }, "number=-5" },
	{ { "--number", "-5" }, "number=-5" },
	{ { "--number=1e3" }, "number=1000" },
	{ { "-n5", "-n6" }, "number=6" },
	{ { "-fvn5" }, "flag v1 number=5" },
	{ { "-fvn", "5" }, "flag v1 number=5" },
	{ { "-c", "0" }, "count=0" },
	{ { "-c18446744073709551615" }, "count=18446744073709551615" },
	{ { "--number-of-things=3" }, "count=3" },
	{ { "--things", "4" }, "count=4" },
	{ { "--span=1h30m" }, "span=5400" },
	{ { "--span", "30" }, "span=30" },
	{ { "--size=2k" }, "size=2048" },
	{ { "--percent=85%" }, "percent=85" },
	{ { "--percent=85" }, "percent=85" },
	{ { "--bounded=1" }, "bounded=1" },
	{ { "--bounded=5" }, "bounded=5" },
	{ { "-x", "word" }, "text=word" },
	{ { "-x", "" }, "text=" },
	{ { "--text=" }, "text=" },
	{ { "--text=a=b" }, "text=a=b" },
	{ { "--text", "--flag" }, "text=--flag" },
	{ { "-x", "-f" }, "text=-f" },
	{ { "-x--" }, "text=--" },
	{ { "-w5" }, "warn=5" },
	{ { "-w", "@10:20" }, "warn=@10:20" },
	{ { "-w~:5%" }, "warn=~:5" },
	{ { "--warning=-10:" }, "warn=-10:" },
	{ { "-p", "/a", "-A", "-p/b", "--path=/c" },
	    "p:/a A:(none) p:/b p:/c" },
	{ { "-Ap/a" }, "A:(none) p:/a" },
	{ { "-p", "" }, "p:" },
	{ { "-s", "critical" }, "status=2" },
	{ { "--state=3" }, "status=3" },
	{ { "-f", "--" }, "flag" },
	{ { "--" }, "" },
};

static const struct {
	const char *args[ARGS_MAX], *why[2];
} bad[] = {
	/* Unknown, with the nearest right spelling. */
	{ { "--flg" }, { "'--flg'", "did you mean --flag?" } },
	{ { "--warn=5" }, { "'--warn=5'", "did you mean --warning?" } },
	{ { "--wraning=5" }, { "'--wraning=5'", "did you mean --warning?" } },
	{ { "--verbsoe" }, { "unknown", "did you mean --verbose?" } },
	{ { "--stat" }, { "unknown", "did you mean --state?" } },
	{ { "--Flag" }, { "unknown", "did you mean --flag?" } },
	{ { "-bound=2" }, { "'-bound=2'", "did you mean --bounded?" } },
	{ { "-z" }, { "unknown option '-z'", "" } },
	{ { "-fz" }, { "'-z'", "in -fz" } },
	{ { "-W" }, { "unknown option '-W'", "" } },
	{ { "--=5" }, { "unknown option '--=5'", "" } },
	{ { "--flag=" }, { "--flag takes no value", "" } },
	{ { "--flag=yes" }, { "--flag takes no value", "" } },
	{ { "--verbose=2" }, { "--verbose takes no value", "" } },
	{ { "--all=1" }, { "--all takes no value", "" } },
	/* Values missing, wrong, out of bounds. */
	{ { "-w" }, { "-w (--warning) needs a value", "" } },
	{ { "--warning" }, { "--warning needs a value", "" } },
	{ { "-fw" }, { "-w (--warning) needs a value", "" } },
	{ { "-f", "-p" }, { "-p (--path) needs a value", "" } },
	{ { "-w", "" }, { "--warning: ''", "" } },
	{ { "--warning=" }, { "--warning: ''", "" } },
	{ { "-w5:1" }, { "--warning: ", "5:1" } },
	{ { "-w", "10k" }, { "--warning: ", "10k" } },
	{ { "-w=5" }, { "--warning: ", "=5" } },
	{ { "-n", "" }, { "--number: ''", "not a number" } },
	{ { "-n", "5x" }, { "--number: '5x'", "not a number" } },
	{ { "-n", "5%" }, { "--number: '5%'", "not a number" } },
	{ { "-nnan" }, { "--number: 'nan'", "not a number" } },
	{ { "--span=1x" }, { "--span: '1x'", "duration" } },
	{ { "--size=1x" }, { "--size: '1x'", "size" } },
	{ { "--bounded=0.9" }, { "--bounded: 0.9", "between 1 and 5" } },
	{ { "--bounded=6" }, { "--bounded: 6", "between 1 and 5" } },
	{ { "-c", "-1" }, { "--count: '-1'", "whole number" } },
	{ { "-c", "+1" }, { "--count: '+1'", "whole number" } },
	{ { "-c", "1.5" }, { "--count: '1.5'", "whole number" } },
	{ { "-c", "" }, { "--count: ''", "whole number" } },
	{ { "-c", " 1" }, { "--count: ' 1'", "whole number" } },
	{ { "-c", "18446744073709551616" }, { "--count: ", "whole number" } },
	{ { "--things=x" }, { "--count: 'x'", "whole number" } },
	{ { "-s", "bad" }, { "--state: 'bad' is not a state", "" } },
	/* There are no arguments without option. */
	{ { "word" }, { "'word' belongs to no option", "" } },
	{ { "" }, { "'' belongs to no option", "" } },
	{ { "-" }, { "'-' belongs to no option", "" } },
	{ { "-f", "5" }, { "'5' belongs to no option", "" } },
	{ { "--", "word" }, { "--", "" } },
	{ { "--", "--flag" }, { "--", "" } },
};

static void
test_steps(void)
{
	static char *argv[2 + OPT_STEPS_MAX + 1];
	static char all[] = "-A", program[] = "check_x";
	static struct config config;
	struct opt_set set = { opts, &config, "Options" };
	struct error err;

	argv[0] = program;
	for (int i = 1; i <= OPT_STEPS_MAX; i++)
		argv[i] = all;
	tap_int(opt_parse(&set, 1, OPT_STEPS_MAX + 1, argv, &err), 0,
	    "as many steps as there may be");
	tap_int((long long)config.steps.count, OPT_STEPS_MAX, "all counted");
	argv[OPT_STEPS_MAX + 1] = all;
	config = defaults;
	tap_int(opt_parse(&set, 1, OPT_STEPS_MAX + 2, argv, &err), -1,
	    "one more");
	tap_str(err.text, "--all: more than 512 such options", "is refused");

	char *none[] = { NULL };

	tap_int(opt_parse(&set, 1, 0, none, &err), 0, "not even a name");
}

static const char help[] =
    "\nOptions:\n"
    "  -f, --flag\n          a flag\n"
    "  -v, --verbose\n          said more\n"
    "  -c, --count=NUMBER\n          a whole number (default: 7)\n"
    "  -n, --number=NUMBER\n          a number (default: 1)\n"
    "      --span=DURATION\n          a duration (default: 1 h)\n"
    "      --size=SIZE\n          a size (default: 0)\n"
    "      --percent=NUMBER\n          a percentage (default: 0)\n"
    "      --bounded=NUMBER\n          from 1 to 5 (default: 0)\n"
    "  -x, --text=WORD\n          a text (default: initial)\n"
    "  -w, --warning=RANGE\n          a range (default: 80)\n"
    "  -p, --path=TEXT\n          a step\n"
    "  -A, --all\n          a step without value\n";

static void
test_help(void)
{
	struct config config = defaults;
	struct opt_set set = { opts, &config, "Options" };
	static const struct opt wordy[] = {
		OPT('w', "wordy", struct config, text,
		    "one two three four five six seven eight nine ten eleven "
		    "twelve thirteen fourteen fifteen sixteen"),
		OPT_END,
	};
	struct opt_set long_set = { wordy, &config, "Long" };
	char text[4096];
	struct buf b = buf_on(text, sizeof text);
	size_t longest = 0;

	opt_help(&b, &set);
	tap_str(text, help, "the help text");

	buf_cut(&b, 0);
	opt_help(&b, &long_set);
	for (const char *p = text; *p != '\0'; p += strcspn(p, "\n") + 1)
		longest = strcspn(p, "\n") > longest ? strcspn(p, "\n") :
		    longest;
	tap_ok(longest > 60 && longest < 80, "its lines fit on a terminal");
	tap_has(text, "\n          thirteen fourteen", "and indented");
}

int
main(void)
{
	static struct config config;
	struct error err;

	for (size_t i = 0; i < COUNT(good); i++) {
		tap_int(parse(&config, good[i].args, &err), 0,
		    good[i].args[0] != NULL ? good[i].args[0] : "(none)");
		tap_str(err.text, "", "no error");
		tap_str(describe(&config), good[i].config, good[i].config);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		tap_int(parse(&config, bad[i].args, &err), -1, bad[i].args[0]);
		tap_has(err.text, bad[i].why[0], "what");
		tap_has(err.text, bad[i].why[1], "and why");
	}
	tap_int(parse(&config, (const char *[ARGS_MAX]){ "--qqqq" }, &err), -1,
	    "nothing like it");
	tap_str(err.text, "unknown option '--qqqq'", "then no guess");
	test_steps();
	test_help();
	return tap_done();
}
