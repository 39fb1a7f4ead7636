/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/check_call.h"
#include "common/voice.h"

static int
parse_timeout(const char *value, void *field, struct error *err)
{
	struct check_timeout t = { .status = STATUS_UNKNOWN };
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
	t.given = true;
	*(struct check_timeout *)field = t;
	return 0;
}

static const struct check_settings default_settings = {
	.timeout = { .seconds = 10, .status = STATUS_UNKNOWN },
};

static const struct opt common_opts[] = {
	OPT('t', "timeout", struct check_settings, timeout,
	    "answer within this time, with this state if nothing is known "
	    "by then", .parse = parse_timeout, .metavar = "SECONDS[:STATE]",
	    .initial = "10:UNKNOWN"),
	OPT('v', "verbose", struct check_settings, verbose,
	    "on a terminal, show the table", .bare = true),
	OPT(0, "table", struct check_settings, table,
	    "print a table for people, wherever it goes"),
	OPT(0, "json", struct check_settings, json,
	    "print everything as one JSON object"),
	OPT(0, "extra-opts", struct check_settings, extra_opts,
	    "also take the options in this section of an ini file",
	    .metavar = "[SECTION][@FILE]", .local = true),
	OPT(0, "state-dir", struct check_settings, roots.state_dir,
	    "keep samples for the next run here",
	    .metavar = "DIRECTORY", .local = true,
	    .initial = "$BEFFROI_STATE_DIR, /run/beffroi or "
	    "$XDG_RUNTIME_DIR/beffroi"),
	OPT(0, "procfs", struct check_settings, roots.procfs,
	    "look at a machine whose /proc is here", .metavar = "DIRECTORY",
	    .local = true),
	OPT(0, "sysfs", struct check_settings, roots.sysfs,
	    "look at a machine whose /sys is here", .metavar = "DIRECTORY",
	    .local = true),
	OPT(0, "rootfs", struct check_settings, roots.rootfs,
	    "look at a machine whose root directory is here",
	    .metavar = "DIRECTORY", .local = true),
	OPT('h', "help", struct check_settings, help,
	    "print this text, exit 3"),
	OPT('V', "version", struct check_settings, version,
	    "print the version, exit 3"),
	OPT_END,
};

static void
make_sets(struct check_call *c, struct opt_set sets[2])
{
	sets[0] = (struct opt_set){ c->check->opts, c->config, "Options" };
	sets[1] = (struct opt_set){ common_opts, &c->settings,
		"Options of every plugin" };
}

int
check_call_parse(struct check_call *c, const struct check *check, int argc,
    char *const argv[], struct error *err)
{
	struct opt_set sets[2];
	char name[64];

	*c = (struct check_call){
		.check = check,
		.settings = default_settings,
		.config = malloc(check->config_size),
	};
	if (c->config == NULL)
		return error_set(err, "out of memory");
	memcpy(c->config, check->defaults, check->config_size);
	make_sets(c, sets);

	(void)snprintf(name, sizeof name, "check_%s", check->name);
	if (extra_opts_expand(&c->extra, name, argc, argv, err) < 0 ||
	    opt_parse(sets, 2, c->extra.argc, c->extra.argv, err) < 0)
		return -1;
	if (c->settings.help || c->settings.version)
		return 0;
	if (c->settings.json && c->settings.table)
		return error_set(err, "--json and --table exclude each other");
	return check->prepare == NULL ? 0 : check->prepare(c->config, err);
}

void
check_call_free(struct check_call *c)
{
	extra_opts_free(&c->extra);
	free(c->config);
	c->config = NULL;
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

static void
put_help(struct check_call *c, struct buf *out)
{
	const struct check *check = c->check;
	struct opt_set sets[2];

	/* The defaults, not what else was given. */
	memcpy(c->config, check->defaults, check->config_size);
	c->settings = default_settings;
	make_sets(c, sets);

	buf_fmt(out, "check_%s - %s\n\n%s\n\nUsage: check_%s [OPTION...]\n",
	    check->name, check->title, check->about, check->name);
	opt_help(out, &sets[0]);
	opt_help(out, &sets[1]);
	if (has_ranges(check->opts))
		buf_str(out, "\nA range alerts outside: 10 (0..10), 10: (10 "
		    "and up), ~:10 (up to 10), 10:20;\n@10:20 alerts "
		    "inside.\n");
	buf_str(out, "\nExit status: 0 OK, 1 WARNING, 2 CRITICAL, "
	    "3 UNKNOWN.\n");
}

bool
check_call_explain(struct check_call *c, struct buf *out)
{
	if (c->settings.version)
		buf_fmt(out, "check_%s (%s) %s\n", c->check->name,
		    PACKAGE_NAME, PACKAGE_VERSION);
	else if (c->settings.help)
		put_help(c, out);
	else
		return false;
	return true;
}

static void
fail(struct report *r, const struct error *err)
{
	report_raise(r, STATUS_UNKNOWN);
	report_summary(r, "%s", err->text);
}

void
check_call_refuse(const struct check_call *c, struct report *r,
    const struct error *err)
{
	report_note(r, "see check_%s --help", c->check->name);
	fail(r, err);
}

void
check_call_run(const struct check_call *c, struct run *run, struct report *r)
{
	struct error err;

	if (c->check->run(c->config, run, r, &err) < 0)
		fail(r, &err);
}

static bool
wants_table(const struct check_call *c, const struct check_terminal *terminal)
{
	return c->settings.table ||
	    (c->settings.verbose > 0 && terminal->is_one);
}

bool
check_call_is_service(const struct check_call *c,
    const struct check_terminal *terminal)
{
	return !c->settings.json && !wants_table(c, terminal);
}

void
check_call_render(const struct check_call *c,
    const struct check_terminal *terminal, struct buf *out,
    const struct report *r)
{
	const char *name = c->check->name;

	if (c->settings.json)
		voice_json(out, name, r);
	else if (wants_table(c, terminal))
		voice_table(out, name, r, terminal->colour);
	else
		voice_service(out, name, r);
}

bool
check_call_is_local(const char *arg)
{
	if (strncmp(arg, "--", 2) != 0)
		return false;
	for (const struct opt *opt = common_opts; opt->kind != OPT_END_OF_TABLE;
	    opt++) {
		size_t len = strlen(opt->name);

		if (opt->local && strncmp(arg + 2, opt->name, len) == 0 &&
		    (arg[2 + len] == '\0' || arg[2 + len] == '='))
			return true;
	}
	return false;
}
