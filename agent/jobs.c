/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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
	free(job->key.args);
	free(job);
}

void
job_tell(struct job *job, const struct job_answer *answer)
{
	while (job->waiters != NULL) {
		struct job_waiter *w = job->waiters;

		job->waiters = w->next;
		w->job = NULL;
		w->done(w, answer);
	}
}

void
job_say(struct job *job, const struct answer *answer)
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

	job_tell(job, &said);
}

void
job_end(struct job *job, const struct answer *answer)
{
	job_say(job, answer);
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

void
job_unqueue(struct job *job)
{
	struct jobs *j = job->jobs;
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

/* With the queue, or with the worker. */
void
job_on_time(evutil_socket_t fd, short what, void *arg)
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
	(void)snprintf(text, sizeof text, "NRPE: agent busy: %zu check%s "
	    "waiting, this one for %.0f s", j->queued,
	    j->queued == 1 ? "" : "s", deadline_now() - job->asked);
	job_unqueue(job);
	job_end_text(job, text);
}

/* --- the queue --- */

size_t
jobs_workers_max(const struct jobs *j)
{
	return j->stuck <= JOBS_STUCK_MAX ? JOBS_WORKERS_MAX :
	    JOBS_SLOTS - j->stuck;
}

/* The supervisor waits for nobody: what it cannot send at once gets lost. */
static void
want_workers(struct jobs *j, size_t need)
{
	struct message m = { .type = MESSAGE_WANT_WORKERS };
	double now = deadline_now();
	size_t have = j->workers, ready = j->idle, most = jobs_workers_max(j);

	if (now >= j->lost_at)
		j->wanted = 0;
	have += j->wanted;
	ready += j->wanted;
	if (ready >= need || have >= most || now < j->retry_at)
		return;
	m.number = (uint32_t)(need - ready < most - have ?
	    need - ready : most - have);
	if (!message_send(j->control, &m, NULL, 0, -1))
		return;
	j->wanted += m.number;
	j->lost_at = now + JOBS_LOST_SECONDS;
}

/* Workers that have a check in process, or else a program. */
static size_t
count_busy(const struct jobs *j, bool quick)
{
	size_t n = 0;

	for (size_t i = 0; i < JOBS_SLOTS; i++) {
		const struct job *job = j->slots[i].job;

		n += job != NULL && quick ==
		    dispatch_is_quick(j->settings, job->key.command);
	}
	return n;
}

/* How many more programs may be begun, as far as max_commands says. */
static size_t
count_free(const struct jobs *j)
{
	size_t most = (size_t)j->settings->max_commands, n;

	if (most == 0)
		return JOBS_WORKERS_MAX;
	n = count_busy(j, false);
	return n < most ? most - n : 0;
}

/* Workers kept ready that no check in process holds up. */
static size_t
count_ready(const struct jobs *j)
{
	size_t n = count_busy(j, true);

	return n < JOBS_IDLE ? JOBS_IDLE - n : 0;
}

/*
 * Each program needs a worker of its own. Checks in process share the idle
 * ones, of which more would only take turns, unless all of those are held up.
 */
static void
grow(evutil_socket_t fd, short what, void *arg)
{
	struct jobs *j = arg;
	size_t need = count_ready(j), programs = 0, most = count_free(j);

	(void)fd;
	(void)what;
	for (struct job *job = j->first; job != NULL; job = job->next)
		programs += !dispatch_is_quick(j->settings, job->key.command);
	need += programs < most ? programs : most;
	if (j->first != NULL) {
		double since = j->first->asked > j->moved_at ?
		    j->first->asked : j->moved_at;

		need += since + JOBS_HURRY_SECONDS <= deadline_now();
		timer_set(&j->hurry, deadline_now() + JOBS_HURRY_SECONDS);
	}
	want_workers(j, need);
}

/*
 * The last worker of all there may be, or can be had, is for those that are
 * quick.
 */
static bool
may_begin_program(const struct jobs *j)
{
	bool all = j->workers >= jobs_workers_max(j) ||
	    (j->workers > 1 && j->refused);

	return (j->idle > 1 || !all) && count_free(j) > 0;
}

static struct job *
find_job(struct jobs *j)
{
	struct job *job = j->first;

	if (job == NULL || may_begin_program(j))
		return job;
	while (job != NULL && !dispatch_is_quick(j->settings,
	    job->key.command))
		job = job->next;
	return job;
}

void
jobs_dispatch(struct jobs *j)
{
	struct worker_slot *slot;
	struct job *job;

	while ((job = find_job(j)) != NULL &&
	    (slot = slot_find_idle(j)) != NULL) {
		job_unqueue(job);
		slot_start(slot, job);
	}
	if (j->idle > JOBS_IDLE_MAX)
		slot_close(slot_find_idle(j));
	grow(-1, 0, j);
}

void
job_enqueue(struct job *job, bool first)
{
	struct jobs *j = job->jobs;
	struct job **at = first || j->last == NULL ? &j->first : &j->last->next;
	double latest = job->asked + JOBS_QUEUE_SECONDS;

	job->next = *at;
	*at = job;
	if (job->next == NULL)
		j->last = job;
	job->queued = true;
	j->queued++;
	/* Nor past its deadline: whichever worker took it would be blamed. */
	timer_set(&job->timer, job->deadline < latest ? job->deadline : latest);
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
		.slots = calloc(JOBS_SLOTS, sizeof *j->slots),
	};
	if (j->slots == NULL)
		return false;
	tzset(); /* as long as files can be read */
	for (size_t i = 0; i < JOBS_SLOTS; i++)
		j->slots[i].fd = -1;
	(void)event_assign(&j->hurry, base, -1, 0, grow, j);
	jobs_stuck_open(j);
	want_workers(j, JOBS_IDLE);
	return true;
}

void
jobs_close(struct jobs *j)
{
	while (j->first != NULL) {
		struct job *job = j->first;

		j->first = job->next;
		job_free(job);
	}
	for (size_t i = 0; i < JOBS_SLOTS; i++) {
		struct worker_slot *slot = &j->slots[i];
		struct job *job = slot->job != NULL ? slot->job : slot->hung;

		if (slot->fd < 0)
			continue;
		slot_close(slot);
		job_free(job);
	}
	(void)event_del(&j->hurry);
	(void)event_del(&j->remind);
	jobs_cache_clear(&j->cache);
	free(j->slots);
}
