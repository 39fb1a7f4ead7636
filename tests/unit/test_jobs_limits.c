/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the configuration limits or lets be used again, and what is stuck. */
#include "config.h"

#include "agent/dispatch.h"
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
	struct asker a, b, c, quick;
	int workers[3];

	stage_open(&s, 60);
	workers[0] = stage_worker(&s);
	workers[1] = stage_worker(&s);
	jobs_add_worker(&s.jobs, 0, 0, -1);
	stage_ask(&s, &a, SLOW, "a");
	stage_ask(&s, &b, SLOW, "b");
	tap_ok(stage_job(&s, workers[0]) != 0 &&
	    stage_job(&s, workers[1]) == 0,
	    "the last that can be had is no program's");
	(void)stage_wait(&s, &b, JOBS_RETRY_SECONDS + 0.2);
	stage_ask(&s, &c, SLOW, "c");
	tap_int(stage_job(&s, workers[1]), 0, "nor later");
	stage_ask(&s, &quick, QUICK, NULL);
	tap_ok(stage_job(&s, workers[1]) != 0, "but a quick one's");
	workers[2] = stage_worker(&s);
	tap_ok(stage_job(&s, workers[2]) != 0, "until another comes");
	for (size_t i = 0; i < COUNT(workers); i++)
		close(workers[i]);
	stage_close(&s);
}

/* --- what does not end --- */

/* A worker that is given up over a job with this argument; its end. */
static int
give_up(struct asker *a, const char *arg)
{
	struct message head = { .type = MESSAGE_SO_FAR };
	int worker = stage_worker(&s);

	stage_ask(&s, a, SLOW, arg);
	head.number = stage_job(&s, worker);
	head.deadline = deadline_now() - JOB_GRACE_SECONDS;
	stage_send(worker, &head, "so far");
	if (!stage_wait(&s, a, 10))
		stage_fail("no end of a job");
	return worker;
}

static void
test_stuck(void)
{
	struct asker a, b, nobody = { .told = 0 };
	int worker, other;

	stage_open(&s, 60);
	worker = give_up(&a, "x");
	tap_str(a.text, "so far", "a job that is given up");
	tap_ok(s.jobs.stuck == 1 && s.jobs.workers == 0,
	    "its worker is none any more");
	(void)stage_wanted(&s);
	tap_int((long long)s.killed, 1, "and to be killed");
	other = stage_worker(&s);
	stage_ask(&s, &b, SLOW, "x");
	tap_ok(b.told == 0, "it has a moment to end");
	stage_answer(&s, other, stage_job(&s, other), "ran");
	(void)stage_wait(&s, &nobody, JOBS_END_SECONDS);
	stage_ask(&s, &b, SLOW, "x");
	tap_ok(b.told == 1 && b.status == STATUS_UNKNOWN,
	    "after which the same is refused");
	tap_has(b.text, "UNKNOWN - stuck since ", "with the reason,");
	tap_has(b.text, "(process 1001 does not end): slow; look at "
	    "/proc/1001/stack", "who and what");
	(void)stage_wanted(&s);
	tap_int((long long)s.killed, 1, "it was told of once");
	stage_ask(&s, &b, SLOW, "y");
	tap_ok(b.told == 0, "other arguments are run");
	stage_answer(&s, other, stage_job(&s, other), "ran");
	stage_answer(&s, worker, 1, "after all");
	tap_int((long long)s.jobs.stuck, 1, "what it still says is nothing");
	close(worker);
	stage_settle(&s);
	tap_int((long long)s.jobs.stuck, 0, "when it has ended");
	stage_ask(&s, &b, SLOW, "x");
	tap_ok(b.told == 0 && stage_job(&s, other) != 0,
	    "the same is run again");
	close(other);
	stage_close(&s);
}

/* Its worker says that a program cannot be killed, and waits for it. */
static void
test_survivor(void)
{
	struct message head = { .type = MESSAGE_ANSWER, .pid = 4711 };
	struct asker a, b;
	int worker, other;

	stage_open(&s, 60);
	worker = stage_worker(&s);
	other = stage_worker(&s);
	stage_ask(&s, &a, SLOW, NULL);
	head.number = stage_job(&s, worker);
	stage_send(worker, &head, "timed out");
	stage_settle(&s);
	tap_str(a.text, "timed out", "a program that nothing ends");
	stage_ask(&s, &b, SLOW, NULL);
	tap_has(b.text, "process 4711 does not end", "is not run again");
	tap_int(stage_job(&s, other), 0, "by anybody");
	(void)stage_wanted(&s);
	tap_int((long long)s.killed, 0, "who waits for it lives");
	close(worker);
	stage_settle(&s);
	stage_ask(&s, &b, SLOW, NULL);
	tap_ok(stage_job(&s, other) != 0, "until it has ended");
	close(other);
	stage_close(&s);
}

/* --- the ping --- */

/* Whoever looks after us asks for one, and kills us without an answer. */
static void
test_ping(void)
{
	struct asker quick[3], ping, same;
	int worker;

	stage_open(&s, 60);
	for (size_t i = 0; i < COUNT(quick); i++)
		stage_ask(&s, &quick[i], QUICK, i == 0 ? "a" :
		    i == 1 ? "b" : "c");
	stage_ask(&s, &ping, DISPATCH_PING, NULL);
	stage_ask(&s, &same, DISPATCH_PING, "with an argument");
	tap_int((long long)s.jobs.queued, 4, "one ping for all who ask");
	worker = stage_worker(&s);
	stage_answer(&s, worker, stage_job(&s, worker), "alive");
	tap_ok(ping.told == 1 && same.told == 1, "it is the first");
	tap_ok(quick[0].told == 0, "before those who were there");
	stage_answer(&s, worker, stage_job(&s, worker), "a");
	tap_str(quick[0].text, "a", "the others keep their order");
	close(worker);
	stage_close(&s);
}

/* Too many are stuck, and one of those did not even answer that. */
static void
test_ping_stuck(void)
{
	struct message head = { .type = MESSAGE_ANSWER, .pid = 4711 };
	struct asker a, nobody = { .told = 0 };
	int worker, other;

	stage_open(&s, 60);
	worker = stage_worker(&s);
	stage_ask(&s, &a, DISPATCH_PING, NULL);
	head.number = stage_job(&s, worker);
	stage_send(worker, &head, "timed out");
	stage_settle(&s);
	tap_int((long long)s.jobs.stuck, 1, "a ping that got stuck");
	(void)stage_wait(&s, &nobody, 0.02);
	other = stage_worker(&s);
	stage_ask(&s, &a, DISPATCH_PING, NULL);
	tap_ok(a.told == 0 && stage_job(&s, other) != 0,
	    "is tried again by another");
	close(worker);
	close(other);
	stage_close(&s);
}

/* So many are replaced, and those beyond are not. */
static void
test_many_stuck(void)
{
	enum { MANY = JOBS_STUCK_MAX + 4 };
	struct asker many[MANY], a, nobody = { .told = 0 };
	int workers[MANY];
	unsigned want;
	char arg[16];

	stage_open(&s, 60);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(arg, sizeof arg, "%d", i);
		workers[i] = give_up(&many[i], arg);
	}
	tap_int((long long)s.jobs.stuck, MANY, "more than are replaced");
	(void)stage_wait(&s, &nobody, JOBS_END_SECONDS);
	stage_ask(&s, &a, SLOW, "another");
	tap_has(a.text, "stuck since", "then no argument is run any more");
	stage_ask(&s, &a, SLOW_TOO, "another");
	tap_int(a.told, 0, "but other commands are");
	tap_int((long long)jobs_workers_max(&s.jobs),
	    JOBS_WORKERS_MAX - (MANY - JOBS_STUCK_MAX),
	    "there are fewer workers for those");
	for (size_t i = s.jobs.workers; i < jobs_workers_max(&s.jobs); i++)
		(void)stage_worker(&s);
	want = (unsigned)s.jobs.workers;
	tap_ok(stage_is_gone(&s, stage_worker(&s)) && s.jobs.workers == want,
	    "and no more");
	for (int i = 0; i < MANY; i++)
		close(workers[i]);
	stage_settle(&s);
	tap_int((long long)jobs_workers_max(&s.jobs), JOBS_WORKERS_MAX,
	    "all, when those have ended");
	stage_close(&s);
}

int
main(void)
{
	test_ttl();
	test_ttl_forgotten();
	test_max_commands();
	test_no_more();
	test_stuck();
	test_survivor();
	test_many_stuck();
	test_ping();
	test_ping_stuck();
	return tap_done();
}
