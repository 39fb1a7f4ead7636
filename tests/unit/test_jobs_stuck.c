/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A supervisor that has no room for a message now has it later. */
#include "config.h"

#include "agent/job.h"
#include "tests/jobs_stage.h"

static void
fill(struct stage *s)
{
	struct message m = { .type = MESSAGE_WANT_WORKERS };

	while (message_send(s->jobs.control, &m, NULL, 0, -1))
		continue;
}

int
main(void)
{
	static struct stage s;
	struct timeval often = { .tv_usec = 2000 };
	double until;

	stage_open(&s, 10);
	jobs_say_stuck(&s.jobs, 5);
	(void)stage_wanted(&s);
	tap_int((long long)s.killed, 1, "told at once");
	tap_int(s.stuck, 5, "which one");

	fill(&s);
	jobs_say_stuck(&s.jobs, 7);
	jobs_say_stuck(&s.jobs, 8);
	stage_settle(&s);
	tap_int((long long)s.jobs.untold, 2, "no room: two wait");
	(void)stage_wanted(&s);
	tap_int((long long)s.killed, 1, "nothing was said of them");
	until = deadline_now() + 30;
	while (s.killed < 3 && deadline_now() < until) {
		(void)event_base_loopexit(s.base, &often);
		(void)event_base_dispatch(s.base);
		(void)stage_wanted(&s);
	}
	tap_int((long long)s.killed, 3, "then both are");
	tap_int(s.stuck, 8, "in order");
	tap_int((long long)s.jobs.untold, 0, "once");

	fill(&s);
	for (uint32_t i = 0; i < 2 * JOBS_SLOTS; i++)
		jobs_say_stuck(&s.jobs, i);
	tap_int((long long)s.jobs.untold, JOBS_SLOTS,
	    "as many as there may be workers");
	stage_close(&s);
	return tap_done();
}
