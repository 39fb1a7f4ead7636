/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/dispatch.h"
#include "agent/job.h"
#include "agent/timer.h"
#include "common/run.h"

/* --- a job's end --- */

static void
forget_all(struct job *job)
{
	while (job->waiters != NULL) {
		struct job_waiter *w = job->waiters;

		job->waiters = w->next;
		w->job = NULL;
	}
}

void
job_free(struct job *job)
{
	if (job == NULL)
		return;
	forget_all(job);
	(void)event_del(&job->timer);
	answer_free(&job->so_far);
	free(job->args);
	free(job);
}

/* Tells all who wait, and is gone; it must be in no queue and no slot. */
void
job_end(struct job *job, const struct answer *answer)
{
	double now = deadline_now();
	struct job_answer said = {
		.status = answer->status,
		.kind = answer->kind,
		.name = answer->name,
		.bytes = answer->bytes,
		.size = answer->size,
		.queued = (job->started > 0 ? job->started : now) - job->asked,
		.ran = job->started > 0 ? now - job->started : 0,
	};

	while (job->waiters != NULL) {
		struct job_waiter *w = job->waiters;

		job->waiters = w->next;
		w->job = NULL;
		w->done(w, &said);
	}
	job_free(job);
}

void
job_end_text(struct job *job, const char *text)
{
	struct answer answer = {
		.status = STATUS_UNKNOWN,
		.kind = ANSWER_TEXT,
		.bytes = (char *)(uintptr_t)text,
		.size = strlen(text),
	};

	job_end(job, &answer);
}

static void
unqueue(struct jobs *j, struct job *job)
{
	struct job **at = &j->first, *before = NULL;

	while (*at != job) {
		before = *at;
		at = &before->next;
	}
	*at = job->next;
	if (j->last == job)
		j->last = before;
	job->queued = false;
	j->queued--;
}

/* Out of patience: with the queue, or with the worker. */
static void
on_job_time(evutil_socket_t fd, short what, void *arg)
{
	struct job *job = arg;
	struct jobs *j = job->jobs;
	char text[128];

	(void)fd;
	(void)what;
	if (!job->queued) {
		slot_give_up(job->worker);
		return;
	}
	(void)snprintf(text, sizeof text, "NRPE: agent busy: no process was "
	    "free for %.0f s, %zu checks waiting", deadline_now() - job->asked,
	    j->queued);
	unqueue(j, job);
	job_end_text(job, text);
}

/* --- the queue --- */

/* The supervisor waits for nobody: what it cannot send at once gets lost. */
static void
want_workers(struct jobs *j, size_t need)
{
	struct message m = { .type = MESSAGE_WANT_WORKERS };
	double now = deadline_now();
	size_t have = j->workers, ready = j->idle;

	if (now >= j->lost_at)
		j->wanted = 0;
	have += j->wanted;
	ready += j->wanted;
	if (ready >= need || have >= JOBS_WORKERS_MAX || now < j->retry_at)
		return;
	m.number = (uint32_t)(need - ready < JOBS_WORKERS_MAX - have ?
	    need - ready : JOBS_WORKERS_MAX - have);
	if (!message_send(j->control, &m, NULL, 0, -1))
		return;
	j->wanted += m.number;
	j->lost_at = now + JOBS_LOST_SECONDS;
}

/*
 * Each program needs a worker of its own. Checks in process share the idle
 * ones, of which more would only take turns, unless they have to wait.
 */
static void
grow(evutil_socket_t fd, short what, void *arg)
{
	struct jobs *j = arg;
	size_t need = JOBS_IDLE;

	(void)fd;
	(void)what;
	for (struct job *job = j->first; job != NULL; job = job->next)
		need += !dispatch_is_quick(j->settings, job->command);
	if (j->first != NULL) {
		double due = j->first->asked + JOBS_HURRY_SECONDS;

		need += due <= deadline_now();
		timer_set(&j->hurry, deadline_now() + JOBS_HURRY_SECONDS);
	}
	want_workers(j, need);
}

/* The last worker of all there may be is for those that are quick. */
static struct job *
find_job(struct jobs *j)
{
	struct job *job = j->first;

	if (j->idle == 1 && j->workers == JOBS_WORKERS_MAX) {
		while (job != NULL &&
		    !dispatch_is_quick(j->settings, job->command))
			job = job->next;
	}
	return job;
}

void
jobs_dispatch(struct jobs *j)
{
	struct worker_slot *slot;
	struct job *job;

	while ((job = find_job(j)) != NULL &&
	    (slot = slot_find_idle(j)) != NULL) {
		unqueue(j, job);
		slot_start(slot, job);
	}
	if (j->idle > JOBS_IDLE_MAX)
		slot_close(slot_find_idle(j));
	grow(-1, 0, j);
}

static void
enqueue(struct jobs *j, struct job *job)
{
	double latest = job->asked + JOBS_QUEUE_SECONDS;

	job->next = NULL;
	if (j->last != NULL)
		j->last->next = job;
	else
		j->first = job;
	j->last = job;
	job->queued = true;
	j->queued++;
	/* Nor past its deadline: whichever worker took it would be blamed. */
	timer_set(&job->timer, job->deadline < latest ? job->deadline : latest);
}

/* --- asking --- */

static struct job *
job_new(struct jobs *j, int command, const struct query *q)
{
	struct job *job = calloc(1, sizeof *job);
	size_t at = 0;

	if (job == NULL)
		return NULL;
	for (size_t i = 0; i < q->argc; i++)
		job->args_size += strlen(q->argv[i]) + 1;
	job->args = malloc(job->args_size + 1);
	if (job->args == NULL) {
		free(job);
		return NULL;
	}
	for (size_t i = 0; i < q->argc; i++) {
		size_t size = strlen(q->argv[i]) + 1;

		memcpy(job->args + at, q->argv[i], size);
		at += size;
	}
	job->jobs = j;
	job->number = ++j->last_number;
	job->command = command;
	job->argc = (uint32_t)q->argc;
	job->asked = deadline_now();
	job->deadline = job->asked + dispatch_patience(j->settings, command);
	job->latest = job->asked + (double)j->settings->command_timeout;
	(void)event_assign(&job->timer, j->base, -1, 0, on_job_time, job);
	return job;
}

static bool
same(const struct job *a, const struct job *b)
{
	return a->command == b->command && a->argc == b->argc &&
	    a->args_size == b->args_size &&
	    memcmp(a->args, b->args, a->args_size) == 0;
}

/* One that is in flight and asks the same. */
static struct job *
find_twin(const struct jobs *j, const struct job *job)
{
	for (struct job *other = j->first; other != NULL; other = other->next) {
		if (same(other, job))
			return other;
	}
	for (size_t i = 0; i < JOBS_WORKERS_MAX; i++) {
		if (j->slots[i].job != NULL && same(j->slots[i].job, job))
			return j->slots[i].job;
	}
	return NULL;
}

static void
wait_for(struct job *job, struct job_waiter *waiter)
{
	waiter->job = job;
	waiter->next = job->waiters;
	job->waiters = waiter;
}

void
jobs_ask(struct jobs *j, int command, const struct query *q,
    struct job_waiter *waiter)
{
	static const char no_room[] = "NRPE: agent busy: no room for one more";
	const struct job_answer refusal = {
		.status = STATUS_UNKNOWN,
		.kind = ANSWER_TEXT,
		.bytes = no_room,
		.size = sizeof no_room - 1,
	};
	struct job *job = j->queued < JOBS_QUEUED_MAX ?
	    job_new(j, command, q) : NULL, *twin;

	waiter->job = NULL;
	if (job == NULL) {
		waiter->done(waiter, &refusal);
		return;
	}
	twin = find_twin(j, job);
	if (twin != NULL) {
		job_free(job);
		wait_for(twin, waiter);
		return;
	}
	wait_for(job, waiter);
	enqueue(j, job);
	jobs_dispatch(j);
}

void
jobs_forget(struct job_waiter *waiter)
{
	struct job *job = waiter->job;
	struct job_waiter **at;

	if (job == NULL)
		return;
	at = &job->waiters;
	while (*at != waiter)
		at = &(*at)->next;
	*at = waiter->next;
	waiter->job = NULL;
	if (job->waiters == NULL && job->queued) {
		unqueue(job->jobs, job);
		job_free(job);
	}
}

/* --- the whole --- */

bool
jobs_open(struct jobs *j, struct event_base *base,
    const struct settings *settings, struct log *log, int control)
{
	*j = (struct jobs){
		.base = base,
		.settings = settings,
		.log = log,
		.control = control,
		.slots = calloc(JOBS_WORKERS_MAX, sizeof *j->slots),
	};
	if (j->slots == NULL)
		return false;
	for (size_t i = 0; i < JOBS_WORKERS_MAX; i++)
		j->slots[i].fd = -1;
	(void)event_assign(&j->hurry, base, -1, 0, grow, j);
	want_workers(j, JOBS_IDLE);
	return true;
}

void
jobs_close(struct jobs *j)
{
	while (j->first != NULL) {
		struct job *job = j->first;

		unqueue(j, job);
		job_free(job);
	}
	for (size_t i = 0; i < JOBS_WORKERS_MAX; i++) {
		struct job *job = j->slots[i].job;

		if (j->slots[i].fd < 0)
			continue;
		slot_close(&j->slots[i]);
		job_free(job);
	}
	(void)event_del(&j->hurry);
	free(j->slots);
}
