/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workers: how many are wanted, and what is done about those that are bad. */
#include "config.h"

#include "agent/dispatch.h"
#include "agent/job.h"
#include "tests/jobs_stage.h"

static struct stage s;
static struct asker many[JOBS_QUEUED_MAX + 1];

/* Somebody asks for a command that a worker gets; the number of its job. */
static uint32_t
begin(struct asker *a, int worker)
{
	static unsigned last;
	char arg[16];

	(void)snprintf(arg, sizeof arg, "%u", ++last);
	stage_ask(&s, a, SLOW, arg);
	return stage_job(&s, worker);
}

/* --- those that die, or talk nonsense --- */

static void
test_death(void)
{
	struct asker a;
	int worker, other;

	stage_open(&s, 60);
	(void)stage_wanted(&s);
	worker = stage_worker(&s);
	other = stage_worker(&s);
	close(other);
	stage_settle(&s);
	tap_int((long long)s.jobs.workers, 1, "one that was idle has gone");
	tap_int(stage_wanted(&s), 1, "another is wanted");
	(void)begin(&a, worker);
	close(worker);
	stage_settle(&s);
	tap_ok(a.told == 1 && a.status == STATUS_UNKNOWN,
	    "with the death of a worker its job is UNKNOWN");
	tap_has(a.text, "ended before it was done", "and says why");
	tap_int((long long)(s.jobs.workers + s.jobs.idle), 0, "none is left");
	(void)stage_wanted(&s);
	tap_int((long long)s.jobs.wanted, JOBS_IDLE, "as many as ever come");
	worker = stage_worker(&s);
	tap_ok(begin(&a, worker) != 0, "the next has work at once");
	close(worker);
	stage_close(&s);
}

/* Dead before it got the job, which nobody has heard of yet. */
static void
test_death_before(void)
{
	struct asker a, b;
	int dead, worker, other;

	stage_open(&s, 60);
	dead = stage_worker(&s);
	worker = stage_worker(&s);
	other = stage_worker(&s);
	close(dead);
	stage_ask(&s, &a, SLOW, "a");
	stage_ask(&s, &b, SLOW, "b");
	tap_int((long long)s.jobs.workers, 2, "one was dead already");
	stage_answer(&s, worker, stage_job(&s, worker), "a");
	tap_str(a.text, "a", "the next has its job");
	tap_ok(stage_job(&s, other) != 0, "and another the next one");
	close(other);
	stage_settle(&s);
	tap_has(b.text, "ended before", "who had a job cannot give it back");

	close(worker);
	stage_ask(&s, &a, SLOW, "a");
	stage_ask(&s, &b, SLOW, "b");
	tap_ok(a.told == 0 && s.jobs.workers == 0 && s.jobs.queued == 2,
	    "without any worker they wait");
	tap_ok(s.jobs.first->waiters == &a.waiter &&
	    s.jobs.last->waiters == &b.waiter, "in the order they came");
	tap_ok(stage_wait(&s, &b, 3 * JOBS_QUEUE_SECONDS) && a.told == 1,
	    "no longer than others");
	tap_has(b.text, "agent busy", "and are told");
	stage_close(&s);
}

/* All of them: each costs a worker, none of which there are for ever. */
static void
test_all_dead(void)
{
	struct asker a;
	int worker;

	stage_open(&s, 60);
	for (size_t i = 0; i < JOBS_IDLE_MAX; i++)
		close(stage_worker(&s));
	stage_ask(&s, &a, QUICK, NULL);
	tap_ok(a.told == 0 && s.jobs.workers == 0 && s.jobs.idle == 0,
	    "a job goes by all that are dead");
	worker = stage_worker(&s);
	tap_ok(stage_job(&s, worker) != 0, "to the first that lives");
	close(worker);
	stage_close(&s);
}

/* Not the worker's fault: a job that no socket takes. */
static void
test_too_large(void)
{
	static char large[8 * 1024 * 1024];
	struct asker a;
	int worker;

	memset(large, 'x', sizeof large - 1);
	stage_open(&s, 60);
	worker = stage_worker(&s);
	stage_ask(&s, &a, SLOW, large);
	tap_ok(a.told == 1 && a.status == STATUS_UNKNOWN,
	    "a job that cannot be said is not tried again");
	tap_ok(stage_is_gone(&s, worker), "nor is its worker");
	close(worker);
	stage_close(&s);
}

static void
test_last(void)
{
	struct asker a;
	struct message head = { .type = MESSAGE_ANSWER, .last = 1 };
	int worker;

	stage_open(&s, 60);
	worker = stage_worker(&s);
	head.number = begin(&a, worker);
	stage_send(worker, &head, "bye");
	stage_settle(&s);
	tap_str(a.text, "bye", "the last answer of a worker");
	tap_ok(stage_is_gone(&s, worker), "it is let go");
	tap_int((long long)(s.jobs.workers + s.jobs.idle), 0,
	    "and not counted any more");
	close(worker);
	stage_close(&s);
}

/* What no worker would send, with the number of its job or another. */
static const struct {
	const char *what;
	struct message head;
	size_t size;
	bool other_number;
} wrong[] = {
	{ "another job's answer", { .type = MESSAGE_ANSWER, .total = 5 }, 5,
	    true },
	{ "another job's so far", { .type = MESSAGE_SO_FAR, .total = 5 }, 5,
	    true },
	{ "no answer at all", { .type = MESSAGE_READY, .total = 5 }, 5, false },
	{ "a job", { .type = MESSAGE_JOB, .total = 5 }, 5, false },
	{ "too long an answer", { .type = MESSAGE_ANSWER,
	    .total = REPORT_MAX + 1 }, 5, false },
	{ "more than it said", { .type = MESSAGE_ANSWER, .total = 4 }, 5,
	    false },
	{ "its end alone", { .type = MESSAGE_ANSWER, .total = 9, .offset = 4 },
	    5, false },
	{ "no status", { .type = MESSAGE_ANSWER, .status = 4, .total = 5 }, 5,
	    false },
	{ "no report", { .type = MESSAGE_ANSWER, .kind = ANSWER_REPORT,
	    .total = 5 }, 5, false },
	{ "no report so far", { .type = MESSAGE_SO_FAR, .kind = ANSWER_REPORT,
	    .total = 5 }, 5, false },
};

static void
test_wrong(void)
{
	stage_open(&s, 60);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct message head = wrong[i].head;
		int worker = stage_worker(&s);
		struct asker a;

		head.number = begin(&a, worker) + wrong[i].other_number;
		(void)message_send(worker, &head, "abcde", wrong[i].size, -1);
		stage_settle(&s);
		tap_ok(a.told == 1 && a.status == STATUS_UNKNOWN,
		    wrong[i].what);
		tap_ok(stage_is_gone(&s, worker), "ends the worker");
		close(worker);
	}
	stage_close(&s);
}

static void
test_unasked(void)
{
	struct message head = { .type = MESSAGE_ANSWER, .total = 1 };
	int worker, ends[2];

	stage_open(&s, 60);
	worker = stage_worker(&s);
	if (pipe(ends) < 0)
		stage_fail("no pipe");
	(void)message_send(worker, &head, "x", 1, ends[1]);
	close(ends[1]);
	stage_settle(&s);
	tap_ok(stage_is_gone(&s, worker), "one that speaks unasked is let go");
	tap_int(read(ends[0], &head, 1), 0, "and what it passed on is closed");
	close(ends[0]);
	close(worker);
	worker = stage_worker(&s);
	(void)!send(worker, "x", 1, 0);
	stage_settle(&s);
	tap_ok(stage_is_gone(&s, worker), "so is one that sends no message");
	close(worker);
	stage_close(&s);
}

/* --- how many --- */

static void
ask_many(int command, size_t n)
{
	char arg[16];

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(arg, sizeof arg, "%zu", i);
		stage_ask(&s, &many[i], command, arg);
	}
}

static void
test_growth(void)
{
	double began = deadline_now(), until;
	unsigned more;

	/* A busy machine may hold up us, which looks as if they had to wait. */
	stage_open(&s, 60);
	(void)stage_wanted(&s);
	ask_many(QUICK, 10);
	more = stage_wanted(&s);
	tap_ok(more == 0 || deadline_now() - began >= JOBS_HURRY_SECONDS,
	    "ten quick jobs share the first workers");
	until = deadline_now() + 30;
	while (more == 0 && deadline_now() < until) {
		stage_settle(&s);
		more = stage_wanted(&s);
	}
	tap_int(more, 1, "one more when they have to wait");
	tap_ok(deadline_now() - s.jobs.first->asked >= JOBS_HURRY_SECONDS,
	    "not before");
	stage_close(&s);

	stage_open(&s, 60);
	(void)stage_wanted(&s);
	began = deadline_now();
	ask_many(SLOW, 10);
	more = stage_wanted(&s);
	tap_ok(more == 10 || (more == 11 &&
	    deadline_now() - began >= JOBS_HURRY_SECONDS),
	    "a worker for each of ten slow ones");
	stage_close(&s);
}

static void
test_most(void)
{
	static int workers[JOBS_WORKERS_MAX + 1];
	struct asker quick;
	size_t busy = 0;

	stage_open(&s, 60);
	ask_many(SLOW, 100);
	tap_int(stage_wanted(&s), JOBS_WORKERS_MAX,
	    "no more than there may be");
	for (size_t i = 0; i < JOBS_WORKERS_MAX; i++)
		workers[i] = stage_worker(&s);
	tap_int((long long)s.jobs.workers, JOBS_WORKERS_MAX, "all have come");
	tap_int(stage_wanted(&s), 0, "which is enough");
	for (size_t i = 0; i < JOBS_WORKERS_MAX; i++)
		busy += stage_job(&s, workers[i]) != 0;
	tap_int((long long)busy, JOBS_WORKERS_MAX - 1, "all but one are busy");
	stage_ask(&s, &quick, QUICK, NULL);
	tap_int((long long)s.jobs.idle, 0, "that one is for a quick job");
	workers[JOBS_WORKERS_MAX] = stage_worker(&s);
	tap_ok(stage_is_gone(&s, workers[JOBS_WORKERS_MAX]),
	    "one too many is sent home");
	stage_close(&s);
	tap_ok(stage_is_gone(&s, workers[0]) && quick.told == 0,
	    "all is closed with everything in flight");
	for (size_t i = 0; i <= JOBS_WORKERS_MAX; i++)
		close(workers[i]);
}

/* Until some are wanted, for so long. */
static unsigned
wait_wanted(double seconds)
{
	double until = deadline_now() + seconds;
	struct asker nobody = { .told = 0 };
	unsigned n = 0;

	while (n == 0 && deadline_now() < until) {
		(void)stage_wait(&s, &nobody, 0.01);
		n = stage_wanted(&s);
	}
	return n;
}

static void
test_none(void)
{
	double began;

	stage_open(&s, 60);
	(void)stage_wanted(&s);
	began = deadline_now();
	for (int i = 0; i < JOBS_IDLE; i++)
		jobs_add_worker(&s.jobs, 0, 0, -1);
	ask_many(SLOW, 3);
	tap_int(stage_wanted(&s), 0, "where no worker can be had");
	tap_int(wait_wanted(5), JOBS_IDLE + 3 + 1,
	    "they are wanted again, one more as they wait");
	tap_ok(deadline_now() - began > JOBS_RETRY_SECONDS - 0.1,
	    "after a pause");
	began = deadline_now();
	tap_int(wait_wanted(5), JOBS_IDLE + 3 + 1, "and if none comes");
	tap_ok(deadline_now() - began > JOBS_LOST_SECONDS - 0.1,
	    "after a longer one");
	stage_close(&s);
}

/* However long the queue is: more workers would only take turns. */
static void
test_steady(void)
{
	static const struct asker nobody;
	int workers[JOBS_IDLE];
	double longest = 0, last;
	unsigned more;

	stage_open(&s, 60);
	for (size_t i = 0; i < COUNT(workers); i++)
		workers[i] = stage_worker(&s);
	(void)stage_wanted(&s);
	ask_many(QUICK, 40);
	last = deadline_now();
	for (size_t i = 0; i < 40; i++) {
		int worker = workers[i % COUNT(workers)];
		double pause;

		(void)stage_wait(&s, &nobody, 0.002);
		stage_answer(&s, worker, stage_job(&s, worker), "well");
		pause = deadline_now() - last;
		longest = pause > longest ? pause : longest;
		last = deadline_now();
	}
	more = stage_wanted(&s);
	tap_ok(many[39].told == 1 && many[39].queued > JOBS_HURRY_SECONDS,
	    "a quick one that has waited for long");
	/* A busy machine may have held up us, which looks the same. */
	tap_ok(more == 0 || longest >= JOBS_HURRY_SECONDS,
	    "no more workers while one after the other is done");
	for (size_t i = 0; i < COUNT(workers); i++)
		close(workers[i]);
	stage_close(&s);
}

static void
test_shrink(void)
{
	int workers[JOBS_IDLE_MAX + 2];
	size_t gone = 0;

	stage_open(&s, 60);
	for (size_t i = 0; i < COUNT(workers); i++)
		workers[i] = stage_worker(&s);
	tap_int((long long)s.jobs.idle, JOBS_IDLE_MAX, "idle ones are let go");
	for (size_t i = 0; i < COUNT(workers); i++) {
		gone += stage_is_gone(&s, workers[i]);
		close(workers[i]);
	}
	tap_int((long long)gone, 2, "as many as are too many");
	stage_close(&s);
}

static void
test_full(void)
{
	struct asker *last = &many[JOBS_QUEUED_MAX];

	stage_open(&s, 60);
	ask_many(QUICK, COUNT(many));
	tap_int((long long)s.jobs.queued, JOBS_QUEUED_MAX, "a full queue");
	tap_ok(last->told == 1 && last->status == STATUS_UNKNOWN &&
	    last->waiter.job == NULL, "refuses the next at once");
	tap_str(last->text, "NRPE: agent busy: 512 checks waiting",
	    "and says so");
	stage_ask(&s, last, QUICK, "0");
	tap_ok(last->told == 0 && s.jobs.queued == JOBS_QUEUED_MAX,
	    "the same as another costs nothing");
	stage_ask(&s, last, DISPATCH_PING, NULL);
	tap_ok(last->told == 0, "and there is room for a ping");
	stage_close(&s);
}

int
main(void)
{
	test_death();
	test_death_before();
	test_all_dead();
	test_too_large();
	test_last();
	test_wrong();
	test_unasked();
	test_growth();
	test_steady();
	test_most();
	test_none();
	test_shrink();
	test_full();
	return tap_done();
}
