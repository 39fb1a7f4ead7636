/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deadlines: of the queue, of a job, and as its check moves them. */
#include "config.h"

#include "agent/job.h"
#include "tests/jobs_stage.h"

#define TIMEOUT 2 /* command_timeout, s */
#define NONE { 0 }

static struct stage s;

/*
 * What a worker has said before it says no more; when, in seconds after it was
 * asked, its job ends, and as what.
 */
static const struct {
	const char *what;
	double deadlines[2]; /* of what is known so far, after the asking */
	double due;
	const char *text;
} cases[] = {
	{ "silence", NONE, TIMEOUT, "NRPE: Command timed out" },
	{ "a deadline as the command's", { TIMEOUT }, TIMEOUT, "so far 0" },
	{ "an earlier one", { 0.3 }, 0.3, "so far 0" },
	{ "a later one is cut", { 1000 }, TIMEOUT, "so far 0" },
	{ "an endless one too", { INFINITY }, TIMEOUT, "so far 0" },
	{ "no number is none", { NAN }, TIMEOUT, "so far 0" },
	{ "the latest counts", { 0.1, 0.4 }, 0.4, "so far 1" },
	{ "even an earlier one", { 1, 0.3 }, 0.3, "so far 1" },
};

static void
say_so_far(int worker, uint32_t job, const double deadlines[2])
{
	struct message head = { .type = MESSAGE_SO_FAR, .number = job };

	for (size_t i = 0; i < 2 && deadlines[i] != 0; i++) {
		char text[16];

		(void)snprintf(text, sizeof text, "so far %zu", i);
		head.deadline = deadline_now() + deadlines[i];
		stage_send(worker, &head, text);
	}
}

static void
test_silence(void)
{
	struct asker a[COUNT(cases)];
	int workers[COUNT(cases)];
	double asked[COUNT(cases)];

	stage_open(&s, TIMEOUT);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct job *job;

		workers[i] = stage_worker(&s);
		asked[i] = deadline_now();
		stage_ask(&s, &a[i], SLOW, cases[i].what);
		say_so_far(workers[i], stage_job(&s, workers[i]),
		    cases[i].deadlines);
		stage_settle(&s);
		job = s.jobs.slots[i].job;
		/* Not when it ends: a busy machine may hold up us. */
		tap_ok(job == NULL || (job->deadline >=
		    asked[i] + cases[i].due && job->deadline <=
		    deadline_now() + cases[i].due), "its deadline");
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		double due = asked[i] + cases[i].due + JOB_GRACE_SECONDS;

		tap_ok(stage_wait(&s, &a[i], 30), cases[i].what);
		tap_int(a[i].status, i == 0 ? STATUS_UNKNOWN : STATUS_OK,
		    "its status");
		tap_has(a[i].text, cases[i].text, "what is told");
		tap_ok(a[i].when > due - 0.1, "not before");
	}
	tap_ok(s.jobs.workers == 0 && s.jobs.stuck == COUNT(cases),
	    "their workers are none any more");
	for (size_t i = 0; i < COUNT(cases); i++)
		close(workers[i]);
	stage_settle(&s);
	tap_int((long long)s.jobs.stuck, 0, "and forgotten at their end");
	(void)stage_wanted(&s);
	tap_int((long long)s.killed, COUNT(cases), "and to be killed");
	stage_close(&s);
}

/* Each check of our own has a short time, unless it says otherwise. */
static void
test_longer(void)
{
	static const double half[2] = { 30 }, all[2] = { 1000 };
	const struct job *job;
	struct asker a;
	int worker;

	stage_open(&s, 60);
	worker = stage_worker(&s);
	stage_ask(&s, &a, QUICK, NULL);
	job = s.jobs.slots[0].job;
	tap_num(job->deadline, job->asked + 8, "a quick one has 8 s");
	say_so_far(worker, stage_job(&s, worker), half);
	stage_settle(&s);
	tap_ok(job->deadline > job->asked + 29 &&
	    job->deadline < job->asked + 31, "it may take more");
	say_so_far(worker, job->number, all);
	stage_settle(&s);
	tap_num(job->deadline, job->asked + 60, "up to command_timeout");
	close(worker);
	stage_close(&s);
}

/* What was whole last is told, not what was to replace it. */
static void
test_half(void)
{
	struct message head = { .type = MESSAGE_SO_FAR, .total = 4 };
	struct asker a;
	int worker;

	stage_open(&s, 60);
	close(stage_worker(&s));
	stage_settle(&s);
	worker = stage_worker(&s);
	stage_ask(&s, &a, SLOW, NULL);
	head.number = stage_job(&s, worker);
	head.deadline = deadline_now() + 0.1;
	stage_send(worker, &head, "whole");
	head.total = 8;
	(void)message_send(worker, &head, "half", 4, -1);
	tap_ok(stage_wait(&s, &a, 10), "stuck amidst the next piece");
	tap_str(a.text, "whole", "the one before is told");
	(void)stage_wanted(&s);
	tap_int(s.stuck, 2, "its worker is to be killed, not another");
	close(worker);
	stage_close(&s);
}

/* The answer may still come within the grace. */
static void
test_grace(void)
{
	struct message head = { .type = MESSAGE_SO_FAR };
	struct asker a;
	int worker;

	stage_open(&s, 60);
	worker = stage_worker(&s);
	stage_ask(&s, &a, SLOW, NULL);
	head.number = stage_job(&s, worker);
	head.deadline = deadline_now() + 0.1;
	stage_send(worker, &head, "so far");
	tap_ok(!stage_wait(&s, &a, 0.4), "after its deadline, in the grace");
	stage_answer(&s, worker, head.number, "after all");
	tap_str(a.text, "after all", "the answer itself is better");
	tap_ok(stage_wanted(&s) > 0 && s.killed == 0, "nobody is killed");
	close(worker);
	stage_close(&s);
}

static void
test_queue(void)
{
	struct asker a, b, none = { .told = 0 };
	double asked = deadline_now(), took;
	int worker;

	stage_open(&s, 60);
	stage_ask(&s, &a, SLOW, "a");
	stage_ask(&s, &b, SLOW, "b");
	tap_ok(stage_wait(&s, &a, 30) && a.status == STATUS_UNKNOWN,
	    "no worker for long");
	took = deadline_now() - asked;
	tap_ok(took > JOBS_QUEUE_SECONDS - 0.1, "not before");
	tap_has(a.text, " waiting, this one for ", "how");
	tap_ok(stage_wait(&s, &b, 10) && s.jobs.queued == 0, "each is told");
	worker = stage_worker(&s);
	tap_int(stage_job(&s, worker), 0, "and not run later");
	close(worker);
	stage_close(&s);

	/* Else its worker would be late from the start, and be killed. */
	stage_open(&s, 1);
	asked = deadline_now();
	stage_ask(&s, &a, SLOW, NULL);
	tap_ok(stage_wait(&s, &a, 30), "no longer than the command has");
	took = deadline_now() - asked;
	tap_ok(took > 0.9 && took < JOBS_QUEUE_SECONDS, "when it is told");
	tap_has(a.text, "1 check waiting, this one for ", "how");
	worker = stage_worker(&s);
	(void)stage_wait(&s, &none, 0.1);
	(void)stage_wanted(&s);
	tap_int((long long)s.killed, 0, "no worker is blamed for it");
	close(worker);
	stage_close(&s);
}

int
main(void)
{
	test_silence();
	test_longer();
	test_half();
	test_grace();
	test_queue();
	return tap_done();
}
