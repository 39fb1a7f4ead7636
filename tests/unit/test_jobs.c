/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Those who ask: the queue, one run for all, answers, forgetting. */
#include "config.h"

#include "tests/jobs_stage.h"

static struct stage s;
static _Alignas(max_align_t) char storage[REPORT_MAX];

static void
test_text(void)
{
	struct asker a;
	uint32_t job;
	int worker;

	stage_open(&s, 60);
	tap_int(stage_wanted(&s), JOBS_IDLE, "some workers from the start");
	worker = stage_worker(&s);
	tap_int(stage_job(&s, worker), 0, "no job for now");
	stage_ask(&s, &a, SLOW, "one two");
	job = stage_job(&s, worker);
	tap_ok(job != 0, "a job");
	tap_int(s.packet.head.command, SLOW, "its command");
	tap_int(s.packet.head.argc, 1, "its one argument");
	tap_int((long long)s.packet.size, 8, "of eight bytes");
	tap_str(s.packet.payload, "one two", "which are these");
	tap_ok(s.packet.head.deadline > deadline_now() + 50 &&
	    s.packet.head.deadline <= deadline_now() + 60, "its deadline");
	tap_int(a.told, 0, "nobody is told yet");
	stage_answer(&s, worker, job, "words");
	tap_int(a.told, 1, "told once");
	tap_ok(a.status == STATUS_WARNING && a.kind == ANSWER_TEXT,
	    "the status, and that it is text");
	tap_str(a.text, "words", "the text");
	tap_ok(a.queued >= 0 && a.queued < 5 && a.ran >= 0 && a.ran < 5,
	    "and how long it took");
	stage_ask(&s, &a, QUICK, NULL);
	job = stage_job(&s, worker);
	tap_int(s.packet.head.argc, 0, "a job without arguments");
	tap_ok(s.packet.head.deadline <= deadline_now() + 8,
	    "a quick one has less time");
	stage_answer(&s, worker, job, "");
	tap_ok(a.told == 1 && a.size == 0, "no text is an answer too");
	close(worker);
	stage_close(&s);
}

static void
test_report(void)
{
	struct report *r = report_init(storage, sizeof storage);
	struct message head = {
		.type = MESSAGE_ANSWER,
		.status = STATUS_CRITICAL,
		.kind = ANSWER_REPORT,
		.name = "load",
	};
	struct asker a;
	int worker;

	for (int i = 0; i < 2000; i++)
		report_line(r, STATUS_CRITICAL, "line %d of a long one", i);
	report_summary(r, " is high");
	stage_open(&s, 60);
	worker = stage_worker(&s);
	stage_ask(&s, &a, QUICK, NULL);
	head.number = stage_job(&s, worker);
	(void)answer_send(worker, &head, r, r->used);
	stage_settle(&s);
	tap_ok(a.told == 1 && a.kind == ANSWER_REPORT &&
	    a.status == STATUS_CRITICAL, "a report in pieces");
	tap_int((long long)a.size, r->used, "all of it");
	tap_str(a.text, "load is high", "with the name of its check");
	close(worker);
	stage_close(&s);
}

/* The oldest first, to whoever is idle. */
static void
test_order(void)
{
	static const char *const args[] = { "1", "2", "3", "4" };
	struct asker a[COUNT(args)];
	int first, second;
	uint32_t job;

	stage_open(&s, 60);
	for (size_t i = 0; i < COUNT(args); i++)
		stage_ask(&s, &a[i], SLOW, args[i]);
	first = stage_worker(&s);
	second = stage_worker(&s);
	(void)stage_job(&s, second);
	tap_str(s.packet.payload, "2", "the second job for the second worker");
	job = stage_job(&s, first);
	tap_str(s.packet.payload, "1", "the first for the first");
	tap_int(stage_job(&s, first), 0, "and one at a time");
	stage_answer(&s, first, job, "done");
	tap_ok(a[0].told == 1 && a[1].told == 0, "its asker is told");
	(void)stage_job(&s, first);
	tap_str(s.packet.payload, "3", "the third for who was done first");
	tap_int((long long)s.jobs.queued, 1, "one is left");
	close(first);
	close(second);
	stage_close(&s);
}

static void
test_single_flight(void)
{
	struct asker a[5];
	uint32_t job;
	int first, second;

	stage_open(&s, 60);
	first = stage_worker(&s);
	stage_ask(&s, &a[0], SLOW, "x");
	stage_ask(&s, &a[1], SLOW, "x");
	second = stage_worker(&s);
	job = stage_job(&s, first);
	tap_ok(job != 0 && stage_job(&s, second) == 0,
	    "asked twice, run once");
	stage_ask(&s, &a[2], SLOW, "y");
	tap_ok(stage_job(&s, second) != 0, "not with other arguments");
	stage_ask(&s, &a[3], SLOW_TOO, "x");
	stage_ask(&s, &a[4], SLOW_TOO, "x");
	tap_int((long long)s.jobs.queued, 1, "what is queued is joined too");
	stage_answer(&s, first, job, "same");
	tap_ok(a[0].told == 1 && a[1].told == 1, "all who asked are told");
	tap_str(a[0].text, "same", "the first");
	tap_str(a[1].text, "same", "and the second");
	tap_ok(a[2].told == 0 && a[3].told == 0, "but nobody else");
	job = stage_job(&s, first);
	stage_answer(&s, first, job, "both");
	tap_ok(a[3].told == 1 && a[4].told == 1, "and so are those");
	stage_ask(&s, &a[0], SLOW, "x");
	tap_ok(stage_job(&s, first) != 0, "what has ended runs again");
	close(first);
	close(second);
	stage_close(&s);
}

static void
test_no_argument(void)
{
	struct query two = { .argc = 2, .argv = { "a", "b" } };
	struct query one = { .argc = 1, .argv = { "a\nb" } };
	struct asker a = { .waiter.done = stage_told }, b = a, c = a;

	stage_open(&s, 60);
	jobs_ask(&s.jobs, SLOW, &two, &a.waiter);
	jobs_ask(&s.jobs, SLOW, &one, &b.waiter);
	two.argc = 1;
	jobs_ask(&s.jobs, SLOW, &two, &c.waiter);
	tap_int((long long)s.jobs.queued, 3,
	    "arguments of the same bytes are others");
	stage_close(&s);
	tap_int(a.told + b.told + c.told, 0,
	    "nobody is told when all is closed");
	tap_ok(a.waiter.job == NULL, "and nobody waits");
}

static void
test_forget(void)
{
	struct asker a, b, c;
	uint32_t job;
	int worker;

	stage_open(&s, 60);
	worker = stage_worker(&s);
	stage_ask(&s, &a, SLOW, NULL);
	stage_ask(&s, &b, SLOW, NULL);
	job = stage_job(&s, worker);
	jobs_forget(&a.waiter);
	jobs_forget(&a.waiter);
	stage_answer(&s, worker, job, "late");
	tap_ok(a.told == 0 && b.told == 1, "who forgot is not told");
	stage_ask(&s, &a, SLOW, NULL);
	job = stage_job(&s, worker);
	jobs_forget(&a.waiter);
	stage_answer(&s, worker, job, "to nobody");
	tap_int(a.told, 0, "even if it was the only one");
	tap_int((long long)s.jobs.idle, 1, "the worker is idle again");
	stage_ask(&s, &a, SLOW, NULL);
	stage_ask(&s, &b, SLOW, "1");
	stage_ask(&s, &c, SLOW, "2");
	jobs_forget(&b.waiter);
	tap_int((long long)s.jobs.queued, 1,
	    "what nobody waits for any more is not queued");
	stage_answer(&s, worker, stage_job(&s, worker), "first");
	(void)stage_job(&s, worker);
	tap_str(s.packet.payload, "2", "and never run");
	close(worker);
	stage_close(&s);
}

int
main(void)
{
	test_text();
	test_report();
	test_order();
	test_single_flight();
	test_no_argument();
	test_forget();
	return tap_done();
}
