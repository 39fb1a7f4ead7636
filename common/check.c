/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check - a check as a plugin program: its deadline, its output, its exit */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/check_call.h"
#include "common/output.h"
#include "common/watchdog.h"

enum {
	OUTPUT_MAX = 2 * REPORT_MAX,
};

/*
 * One plugin program, from its arguments to its answer. In one piece, of which
 * most is never touched: each further block would be mapped and unmapped.
 */
struct program {
	struct check_call call;
	struct check_terminal terminal;
	struct report *report;
	struct watchdog *watchdog;
	_Alignas(max_align_t) char storage[REPORT_MAX];
	char output[OUTPUT_MAX];
};

static struct check_terminal
look_at_stdout(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	struct check_terminal t = { .is_one = isatty(STDOUT_FILENO) };

	t.colour = t.is_one && (no_color == NULL || !*no_color) &&
	    (term == NULL || strcmp(term, "dumb") != 0);
	return t;
}

static void
render(void *arg, struct buf *out, const struct report *r)
{
	const struct program *p = arg;

	check_call_render(&p->call, &p->terminal, out, r);
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

static void
run_check(struct program *p)
{
	double seconds = p->call.settings.timeout.seconds;
	struct watchdog_plan plan = {
		.deadline = deadline_now() + seconds,
		.seconds = seconds,
		.on_timeout = p->call.settings.timeout.status,
		.render = render,
		.arg = p,
	};
	struct run run;
	struct error err;

	run_init(&run, &p->call.settings.roots, plan.deadline);
	p->watchdog = watchdog_start(&plan, &err);
	if (p->watchdog == NULL) {
		report_raise(p->report, STATUS_UNKNOWN);
		report_summary(p->report, "%s", err.text);
		return;
	}
	run.publish = watchdog_publish;
	run.publisher = run.watchdog = p->watchdog;
	check_call_run(&p->call, &run, p->report);
}

static int
start(struct program *p, const struct check *check, int argc, char *argv[])
{
	struct buf out = buf_on(p->output, sizeof p->output);
	struct error err;

	if (check_call_parse(&p->call, check, argc, argv, &err) < 0) {
		check_call_refuse(&p->call, p->report, &err);
	} else if (check_call_explain(&p->call, &out)) {
		(void)output_write(STDOUT_FILENO, out.data, out.len);
		return STATUS_UNKNOWN;
	} else {
		run_check(p);
	}
	return answer(p);
}

int
check_main(const struct check *check, int argc, char *argv[])
{
	struct program *p = malloc(sizeof *p);
	int code;

	output_prepare();
	if (p == NULL) {
		puts("UNKNOWN - out of memory");
		_exit(STATUS_UNKNOWN);
	}
	p->terminal = look_at_stdout();
	p->watchdog = NULL;
	p->report = report_init(p->storage, sizeof p->storage);

	code = start(p, check, argc, argv);

	check_call_free(&p->call);
	free(p);
	return code;
}
