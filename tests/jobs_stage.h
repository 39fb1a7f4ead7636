/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jobs_stage - jobs on an event loop, with the test as supervisor, as workers
 * and as those who ask
 */
#ifndef TESTS_JOBS_STAGE_H
#define TESTS_JOBS_STAGE_H

#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/answer.h"
#include "agent/jobs.h"
#include "agent/timer.h"
#include "tests/tap.h"

/* The commands: two programs, and two that are checks in process. */
enum {
	SLOW,
	SLOW_TOO,
	QUICK,
	QUICK_TOO,
};

struct stage {
	struct event_base *base;
	struct settings *settings;
	struct log log;
	struct jobs jobs;
	int supervisor;       /* its end */
	uint32_t last_worker; /* the number of the latest */
	size_t killed;        /* workers that were to be, */
	uint32_t stuck;       /* and the number of the latest */
	struct packet packet; /* the latest that was taken */
};

/* Someone who asks; the waiter comes first. */
struct asker {
	struct job_waiter waiter;
	unsigned told;
	enum status status;
	enum answer_kind kind;
	char text[128]; /* of a report: the check's name, then its summary */
	size_t size;
	double queued, ran, when;
	bool cached;
};

static inline void
stage_fail(const char *why)
{
	printf("Bail out! %s\n", why);
	exit(1);
}

static inline void
stage_ignore(void *arg, enum settings_severity severity, const char *file,
    int line, const char *text)
{
	(void)arg;
	(void)severity;
	(void)file;
	(void)line;
	printf("# %s\n", text);
}

/* With more lines of configuration, "" or each with its newline. */
static inline void
stage_open_with(struct stage *s, int command_timeout, const char *more)
{
	char text[512];
	int ends[2], n = snprintf(text, sizeof text, "command_timeout=%d\n"
	    "command[slow]=/bin/a\ncommand[slow_too]=/bin/b\n"
	    "command[quick]=/bin/c\ncommand[quick_too]=/bin/d\n%s",
	    command_timeout, more);

	*s = (struct stage){ .log = { .fd = -1, .silent = true } };
	s->settings = settings_parse("test", text, (size_t)n, stage_ignore,
	    NULL);
	s->base = event_base_new();
	if (s->settings == NULL || s->base == NULL || !message_pair(ends))
		stage_fail("no stage");
	for (size_t i = 0; i < s->settings->command_count; i++)
		s->settings->commands[i].resident = i < QUICK ? -1 : 0;
	s->supervisor = ends[1];
	(void)evutil_make_socket_nonblocking(ends[0]);
	(void)evutil_make_socket_nonblocking(ends[1]);
	if (!jobs_open(&s->jobs, s->base, s->settings, &s->log, ends[0]))
		stage_fail("no jobs");
}

static inline void
stage_open(struct stage *s, int command_timeout)
{
	stage_open_with(s, command_timeout, "");
}

static inline void
stage_close(struct stage *s)
{
	jobs_close(&s->jobs);
	close(s->jobs.control);
	close(s->supervisor);
	event_base_free(s->base);
	settings_free(s->settings);
}

/* How many workers were wanted since this was asked last. */
static inline unsigned
stage_wanted(struct stage *s)
{
	unsigned n = 0;

	while (message_take(s->supervisor, &s->packet) > 0) {
		const struct message *head = &s->packet.head;

		if (head->type == MESSAGE_WANT_WORKERS) {
			n += head->number;
		} else if (head->type == MESSAGE_WORKER_STUCK) {
			s->stuck = head->number;
			s->killed++;
		} else {
			stage_fail("no message for a supervisor");
		}
	}
	return n;
}

/* A worker that was wanted, process 1001 and so on; its own end. */
static inline int
stage_worker(struct stage *s)
{
	int ends[2];

	if (!message_pair(ends))
		stage_fail("no socket pair");
	(void)evutil_make_socket_nonblocking(ends[1]);
	s->last_worker++;
	jobs_add_worker(&s->jobs, s->last_worker, 1000 + (int)s->last_worker,
	    ends[0]);
	return ends[1];
}

/* All that can happen now. */
static inline void
stage_settle(struct stage *s)
{
	for (int i = 0; i < 8; i++)
		(void)event_base_loop(s->base, EVLOOP_NONBLOCK);
}

/* Plays on until somebody has been told, or for so many seconds. */
static inline bool
stage_wait(struct stage *s, const struct asker *a, double seconds)
{
	double until = deadline_now() + seconds;
	struct timeval often = { .tv_usec = 2000 };

	while (a->told == 0 && deadline_now() < until) {
		(void)event_base_loopexit(s->base, &often);
		(void)event_base_dispatch(s->base);
	}
	return a->told > 0;
}

static inline void
stage_told(struct job_waiter *waiter, const struct job_answer *answer)
{
	struct asker *a = (struct asker *)(void *)waiter;
	const char *text = answer->bytes;
	int len = (int)answer->size;

	if (answer->kind == ANSWER_REPORT) {
		text = report_get_summary((const void *)answer->bytes);
		len = (int)strlen(text);
	}
	a->told++;
	a->when = deadline_now();
	a->status = answer->status;
	a->kind = answer->kind;
	a->size = answer->size;
	a->queued = answer->queued;
	a->ran = answer->ran;
	a->cached = answer->cached;
	(void)snprintf(a->text, sizeof a->text, "%s%.*s",
	    answer->kind == ANSWER_REPORT ? answer->name : "", len, text);
}

/* Asks for a command with one argument, or none. */
static inline void
stage_ask(struct stage *s, struct asker *a, int command, const char *arg)
{
	struct query q = { .name = "", .argc = arg != NULL, .argv = { arg } };

	*a = (struct asker){ .waiter.done = stage_told };
	jobs_ask(&s->jobs, command, &q, &a->waiter);
}

/* The job that a worker has got: its number, or 0 if it has none. */
static inline uint32_t
stage_job(struct stage *s, int worker)
{
	if (message_take(worker, &s->packet) <= 0)
		return 0;
	if (s->packet.head.type != MESSAGE_JOB)
		stage_fail("no message for a worker");
	return s->packet.head.number;
}

static inline void
stage_send(int worker, const struct message *head, const char *text)
{
	if (!answer_send(worker, head, text, strlen(text)))
		stage_fail("nobody hears a worker");
}

/* A worker's answer: a warning with this text. */
static inline void
stage_answer(struct stage *s, int worker, uint32_t job, const char *text)
{
	struct message head = {
		.type = MESSAGE_ANSWER,
		.number = job,
		.status = STATUS_WARNING,
	};

	stage_send(worker, &head, text);
	stage_settle(s);
}

/* Whether the other side has let this worker go. */
static inline bool
stage_is_gone(struct stage *s, int worker)
{
	return message_take(worker, &s->packet) == 0;
}

#endif
