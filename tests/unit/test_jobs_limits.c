/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the configuration limits or lets be used again, and what is stuck. */
#include "config.h"

#include "agent/job.h"
#include "tests/jobs_stage.h"

static struct stage s;

/* --- command_ttl --- */

static void
answer_with(int worker, uint32_t job, const char *text, uint32_t own)
{
	struct message head = {
		.type = MESSAGE_ANSWER,
		.number = job,
		.status = STATUS_WARNING,
		.own = own,
	};

	stage_send(worker, &head, text);
	stage_settle(&s);
}

static void
test_ttl(void)
{
	struct asker a;
	int worker;

	stage_open_with(&s, 60, "command_ttl[slow]=3600\n");
	worker = stage_worker(&s);
	stage_ask(&s, &a, SLOW, "x");
	answer_with(worker, stage_job(&s, worker), "first", 0);
	tap_ok(a.told == 1 && !a.cached, "the first answer is fresh");
	stage_ask(&s, &a, SLOW, "x");
	tap_ok(a.told == 1 && a.cached, "the next is not");
	tap_str(a.text, "first", "it is the same");
	tap_int(a.status, STATUS_WARNING, "in the same state");
	tap_ok(a.waiter.job == NULL && s.jobs.queued == 0,
	    "nothing is waited for");
	tap_int(stage_job(&s, worker), 0, "nothing is run");
	stage_ask(&s, &a, SLOW, "y");
	tap_ok(a.told == 0, "other arguments have answers of their own");
	answer_with(worker, stage_job(&s, worker), "own words", 1);
	tap_str(a.text, "own words", "what the agent says itself");
	stage_ask(&s, &a, SLOW, "y");
	tap_ok(a.told == 0, "is never used again");
	close(worker);
	stage_settle(&s);
	tap_has(a.text, "ended before", "the death of a worker");
	worker = stage_worker(&s);
	stage_ask(&s, &a, SLOW, "y");
	tap_ok(a.told == 0, "is not either");
	answer_with(worker, stage_job(&s, worker), "y", 0);
	stage_ask(&s, &a, SLOW_TOO, "x");
	answer_with(worker, stage_job(&s, worker), "too", 0);
	stage_ask(&s, &a, SLOW_TOO, "x");
	tap_ok(a.told == 0, "nor what has no command_ttl");
	close(worker);
	stage_close(&s);
}

/* Whoever left takes nothing with him. */
static void
test_ttl_forgotten(void)
{
	struct asker a;
	uint32_t job;
	int worker;

	stage_open_with(&s, 60, "command_ttl[quick]=3600\n");
	worker = stage_worker(&s);
	stage_ask(&s, &a, QUICK, NULL);
	job = stage_job(&s, worker);
	jobs_forget(&a.waiter);
	answer_with(worker, job, "late", 0);
	stage_ask(&s, &a, QUICK, NULL);
	tap_ok(a.told == 1 && a.cached, "an answer for nobody is kept, too");
	close(worker);
	stage_close(&s);
}

/* --- max_commands --- */

static void
test_max_commands(void)
{
	struct asker a, b, c, quick;
	uint32_t first, second;
	int workers[3];

	stage_open_with(&s, 60, "max_commands=2\n");
	(void)stage_wanted(&s);
	for (size_t i = 0; i < COUNT(workers); i++)
		workers[i] = stage_worker(&s);
	stage_ask(&s, &a, SLOW, "a");
	stage_ask(&s, &b, SLOW, "b");
	stage_ask(&s, &c, SLOW_TOO, "c");
	first = stage_job(&s, workers[0]);
	second = stage_job(&s, workers[1]);
	tap_ok(first != 0 && second != 0, "as many programs as may be");
	tap_ok(stage_job(&s, workers[2]) == 0 && s.jobs.queued == 1,
	    "the third has to wait");
	tap_int(stage_wanted(&s), 1,
	    "workers are wanted for other checks alone");
	stage_ask(&s, &quick, QUICK, NULL);
	stage_answer(&s, workers[2], stage_job(&s, workers[2]), "quick");
	tap_ok(quick.told == 1, "a check in process goes past it");
	tap_int(stage_job(&s, workers[2]), 0, "which waits on");
	stage_answer(&s, workers[1], second, "b");
	tap_ok(stage_job(&s, workers[1]) != 0,
	    "it is begun when another has ended");
	for (size_t i = 0; i < COUNT(workers); i++)
		close(workers[i]);
	stage_close(&s);
}

/* Without a word of the configuration: one that cannot have more workers. */
static void
test_no_more(void)
{
	struct asker a, b, quick;
	int workers[2];

	stage_open(&s, 60);
	workers[0] = stage_worker(&s);
	workers[1] = stage_worker(&s);
	jobs_add_worker(&s.jobs, 0, -1);
	stage_ask(&s, &a, SLOW, "a");
	stage_ask(&s, &b, SLOW, "b");
	tap_ok(stage_job(&s, workers[0]) != 0 &&
	    stage_job(&s, workers[1]) == 0,
	    "the last that can be had is no program's");
	stage_ask(&s, &quick, QUICK, NULL);
	tap_ok(stage_job(&s, workers[1]) != 0, "but a quick one's");
	close(workers[0]);
	close(workers[1]);
	stage_close(&s);
}

int
main(void)
{
	test_ttl();
	test_ttl_forgotten();
	test_max_commands();
	test_no_more();
	return tap_done();
}
