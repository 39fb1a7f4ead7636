/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check - a check as a plugin program: options, deadline, voice, exit code */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/check.h"
#include "common/extra_opts.h"
#include "common/output.h"
#include "common/voice.h"
#include "common/watchdog.h"

enum {
	OUTPUT_MAX = 2 * REPORT_MAX,
	HELP_MAX = 32 * 1024,
};

struct timeout {
	double seconds;
	enum status status;
};

/* What every plugin accepts. */
struct settings {
	struct timeout timeout;
	uint64_t verbose;
	bool help, version, json, table;
	const char *extra_opts; /* replaced before the options are read */
	struct run_roots roots;
};

static int
parse_timeout(const char *value, void *field, struct error *err)
{
	struct timeout t = { .status = STATUS_UNKNOWN };
	struct quantity q;
	const char *end;

	if (!quantity_parse(value, UNITS_TIME, &q, &end) ||
	    (*end != '\0' && *end != ':'))
		return error_set(err, "'%s' is not SECONDS[:STATE]", value);
	if (q.value < 0.1 || q.value > 86400)
		return error_set(err, "'%s' is not between 0.1 s and 1 day",
		    value);
	if (*end == ':' && opt_parse_status(end + 1, &t.status, err) < 0)
		return -1;
	t.seconds = q.value;
	*(struct timeout *)field = t;
	return 0;
}

static const struct settings default_settings = {
	.timeout = { .seconds = 10, .status = STATUS_UNKNOWN },
};

static const struct opt common_opts[] = {
	OPT('t', "timeout", struct settings, timeout,
	    "answer within this time, with this state if nothing is known "
	    "by then", .parse = parse_timeout, .metavar = "SECONDS[:STATE]",
	    .initial = "10:UNKNOWN"),
	OPT('v', "verbose", struct settings, verbose,
	    "on a terminal, show the table", .bare = true),
	OPT(0, "table", struct settings, table,
	    "print a table for people, wherever it goes"),
	OPT(0, "json", struct settings, json,
	    "print everything as one JSON object"),
	OPT(0, "extra-opts", struct settings, extra_opts,
	    "also take the options in this section of an ini file",
	    .metavar = "[SECTION][@FILE]", .local = true),
	OPT(0, "state-dir", struct settings, roots.state_dir,
	    "keep samples for the next run here",
	    .metavar = "DIRECTORY", .local = true,
	    .initial = "$BEFFROI_STATE_DIR, /run/beffroi or "
	    "$XDG_RUNTIME_DIR/beffroi"),
	OPT(0, "procfs", struct settings, roots.procfs,
	    "look at a machine whose /proc is here", .metavar = "DIRECTORY",
	    .local = true),
	OPT(0, "sysfs", struct settings, roots.sysfs,
	    "look at a machine whose /sys is here", .metavar = "DIRECTORY",
	    .local = true),
	OPT(0, "rootfs", struct settings, roots.rootfs,
	    "look at a machine whose root directory is here",
	    .metavar = "DIRECTORY", .local = true),
	OPT('h', "help", struct settings, help, "print this text, exit 3"),
	OPT('V', "version", struct settings, version,
	    "print the version, exit 3"),
	OPT_END,
};

/*
 * One plugin program, from its arguments to its answer. In one piece, of which
 * most is never touched: each further block would be mapped and unmapped.
 */
struct program {
	const struct check *check;
	struct settings settings;
	struct extra_opts extra;
	void *config;
	struct report *report;
	struct watchdog *watchdog;
	_Alignas(max_align_t) char storage[REPORT_MAX];
	char output[OUTPUT_MAX];
};

static bool
want_colour(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no_color == NULL || !*no_color) &&
	    (term == NULL || strcmp(term, "dumb") != 0);
}

static void
render(void *arg, struct buf *out, const struct report *r)
{
	const struct program *p = arg;
	const char *name = p->check->name;

	if (p->settings.json)
		voice_json(out, name, r);
	else if (p->settings.table ||
	    (p->settings.verbose > 0 && isatty(STDOUT_FILENO)))
		voice_table(out, name, r, want_colour());
	else
		voice_service(out, name, r);
}

/* Prints the report, unless the watchdog was first; the exit code. */
static int
answer(struct program *p)
{
	struct buf out = buf_on(p->output, sizeof p->output);
	int code = (int)p->report->status;

	render(p, &out, p->report);
	if (p->watchdog != NULL)
		watchdog_claim(p->watchdog);
	if (output_write(STDOUT_FILENO, out.data, out.len) < 0)
		code = STATUS_UNKNOWN; /* no one can have read it */
	return code;
}

static int
fail(struct program *p, const struct error *err)
{
	report_raise(p->report, STATUS_UNKNOWN);
	report_summary(p->report, "%s", err->text);
	return answer(p);
}

static int
print_version(const struct program *p)
{
	printf("check_%s (%s) %s\n", p->check->name, PACKAGE_NAME,
	    PACKAGE_VERSION);
	return STATUS_UNKNOWN;
}

static bool
has_ranges(const struct opt *opts)
{
	for (; opts->kind != OPT_END_OF_TABLE; opts++) {
		if (opts->kind == OPT_RANGE)
			return true;
	}
	return false;
}

static int
print_help(const struct program *p, const struct opt_set sets[2])
{
	char text[HELP_MAX];
	struct buf out = buf_on(text, sizeof text);

	buf_fmt(&out, "check_%s - %s\n\n%s\n\nUsage: check_%s [OPTION...]\n",
	    p->check->name, p->check->title, p->check->about, p->check->name);
	opt_help(&out, &sets[0]);
	opt_help(&out, &sets[1]);
	if (has_ranges(p->check->opts))
		buf_str(&out, "\nA range alerts outside: 10 (0..10), 10: (10 "
		    "and up), ~:10 (up to 10), 10:20;\n@10:20 alerts "
		    "inside.\n");
	buf_str(&out, "\nExit status: 0 OK, 1 WARNING, 2 CRITICAL, "
	    "3 UNKNOWN.\n");
	(void)output_write(STDOUT_FILENO, out.data, out.len);
	return STATUS_UNKNOWN;
}

static int
run_check(struct program *p, struct error *err)
{
	double seconds = p->settings.timeout.seconds;
	struct watchdog_plan plan = {
		.name = p->check->name,
		.deadline = deadline_now() + seconds,
		.seconds = seconds,
		.on_timeout = p->settings.timeout.status,
		.render = render,
		.arg = p,
	};
	struct run run;

	run_init(&run, &p->settings.roots, plan.deadline);
	p->watchdog = watchdog_start(&plan, err);
	if (p->watchdog == NULL)
		return -1;
	run.watchdog = p->watchdog;
	return p->check->run(p->config, &run, p->report, err);
}

/* Arguments into settings and config, completely, before anything is done. */
static int
configure(struct program *p, const struct opt_set sets[2], int argc,
    char *argv[], struct error *err)
{
	char name[64];

	(void)snprintf(name, sizeof name, "check_%s", p->check->name);
	if (extra_opts_expand(&p->extra, name, argc, argv, err) < 0 ||
	    opt_parse(sets, 2, p->extra.argc, p->extra.argv, err) < 0)
		return -1;
	if (p->settings.help || p->settings.version)
		return 0;
	if (p->settings.json && p->settings.table)
		return error_set(err, "--json and --table exclude each other");
	return p->check->prepare == NULL ? 0 :
	    p->check->prepare(p->config, err);
}

static int
start(struct program *p, int argc, char *argv[])
{
	const struct check *check = p->check;
	struct opt_set sets[2] = {
		{ check->opts, p->config, "Options" },
		{ common_opts, &p->settings, "Options of every plugin" },
	};
	struct error err;

	if (configure(p, sets, argc, argv, &err) < 0) {
		report_note(p->report, "see check_%s --help", check->name);
		return fail(p, &err);
	}
	if (p->settings.version)
		return print_version(p);
	if (p->settings.help) {
		/* The defaults, not what else was given. */
		memcpy(p->config, check->defaults, check->config_size);
		p->settings = default_settings;
		return print_help(p, sets);
	}
	return run_check(p, &err) < 0 ? fail(p, &err) : answer(p);
}

int
check_main(const struct check *check, int argc, char *argv[])
{
	struct program *p = malloc(sizeof *p);
	void *config = malloc(check->config_size);
	int code;

	output_prepare();
	if (p == NULL || config == NULL) {
		puts("UNKNOWN - out of memory");
		_exit(STATUS_UNKNOWN);
	}
	memcpy(config, check->defaults, check->config_size);
	p->check = check;
	p->settings = default_settings;
	p->extra = (struct extra_opts){ 0 };
	p->config = config;
	p->watchdog = NULL;
	p->report = report_init(p->storage, sizeof p->storage);

	code = start(p, argc, argv);

	extra_opts_free(&p->extra);
	free(config);
	free(p);
	return code;
}
