/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/dispatch.h"
#include "agent/job.h"
#include "common/run.h"

static const char no_room[] = "NRPE: agent busy: no room for one more";

static bool
copy_arguments(struct job_key *key, const struct query *q)
{
	size_t at = 0;

	key->argc = (uint32_t)q->argc;
	for (size_t i = 0; i < q->argc; i++)
		key->size += strlen(q->argv[i]) + 1;
	key->args = malloc(key->size + 1);
	if (key->args == NULL)
		return false;
	for (size_t i = 0; i < q->argc; i++) {
		size_t size = strlen(q->argv[i]) + 1;

		memcpy(key->args + at, q->argv[i], size);
		at += size;
	}
	return true;
}

static struct job *
job_new(struct jobs *j, int command, const struct query *q)
{
	struct job *job = calloc(1, sizeof *job);

	if (job == NULL)
		return NULL;
	if (!copy_arguments(&job->key, q)) {
		free(job);
		return NULL;
	}
	job->jobs = j;
	job->number = ++j->last_number;
	job->key.command = command;
	job->asked = deadline_now();
	job->deadline = job->asked + dispatch_patience(j->settings, command);
	job->latest = job->asked + (double)j->settings->command_timeout;
	(void)event_assign(&job->timer, j->base, -1, 0, job_on_time, job);
	return job;
}

static void
wait_for(struct job *job, struct job_waiter *waiter)
{
	waiter->job = job;
	waiter->next = job->waiters;
	job->waiters = waiter;
}

/* One that is in flight and asks the same. */
static struct job *
find_twin(const struct jobs *j, const struct job *job)
{
	for (struct job *other = j->first; other != NULL; other = other->next) {
		if (job_key_equal(&other->key, &job->key))
			return other;
	}
	for (size_t i = 0; i < JOBS_SLOTS; i++) {
		struct job *other = j->slots[i].job;

		if (other != NULL && job_key_equal(&other->key, &job->key))
			return other;
	}
	return NULL;
}

/* An earlier answer, where command_ttl lets it serve. */
static bool
end_cached(struct job *job)
{
	struct jobs *j = job->jobs;
	double ttl = dispatch_ttl(j->settings, job->key.command);
	struct job_answer said = { .cached = true };
	const struct answer *a;

	if (ttl <= 0)
		return false;
	a = jobs_cache_find(&j->cache, &job->key, ttl, job->asked, &said.age);
	if (a == NULL)
		return false;
	said.status = a->status;
	said.kind = a->kind;
	said.name = a->name;
	said.bytes = a->bytes;
	said.size = a->size;
	job_tell(job, &said);
	job_free(job);
	return true;
}

/* Another run would hang as well, and cost another worker each time. */
static bool
end_stuck(struct job *job)
{
	struct jobs *j = job->jobs;
	struct worker_slot *slot = slot_find_hung(j, &job->key);
	char text[512], since[16];
	time_t began;
	struct tm tm;

	/* Whatever held up the last ping, it was not the ping. */
	if (slot == NULL || job->key.command == DISPATCH_PING)
		return false;
	began = time(NULL) - (time_t)(deadline_now() - slot->hung->started);
	if (localtime_r(&began, &tm) == NULL ||
	    strftime(since, sizeof since, "%H:%M:%S", &tm) == 0)
		(void)strcpy(since, "?");
	(void)snprintf(text, sizeof text, "UNKNOWN - stuck since %s (process "
	    "%d does not end): %.200s; look at /proc/%d/stack", since,
	    slot->hung_pid, dispatch_name(j->settings, job->key.command),
	    slot->hung_pid);
	if (!slot->hung_said)
		log_write(j->log, LOG_ERR, "worker %u: %s", slot->number,
		    text + strlen("UNKNOWN - "));
	slot->hung_said = true;
	job_end_text(job, text);
	return true;
}

static void
end_busy(struct job *job)
{
	char text[64];

	(void)snprintf(text, sizeof text, "NRPE: agent busy: %zu checks "
	    "waiting", job->jobs->queued);
	job_end_text(job, text);
}

void
jobs_ask(struct jobs *j, int command, const struct query *q,
    struct job_waiter *waiter)
{
	static const struct job_answer no_memory = {
		.status = STATUS_UNKNOWN,
		.kind = ANSWER_TEXT,
		.bytes = no_room,
		.size = sizeof no_room - 1,
	};
	static const struct query bare;
	bool is_ping = command == DISPATCH_PING;
	struct job *job, *twin;

	/* One for all, and past the others: an agent that is busy lives. */
	job = job_new(j, command, is_ping ? &bare : q);
	waiter->job = NULL;
	if (job == NULL) {
		waiter->done(waiter, &no_memory);
		return;
	}
	twin = find_twin(j, job);
	wait_for(twin != NULL ? twin : job, waiter);
	if (twin != NULL) {
		job_free(job);
	} else if (end_cached(job) || end_stuck(job)) {
		return;
	} else if (j->queued >= JOBS_QUEUED_MAX && !is_ping) {
		end_busy(job);
	} else {
		job_enqueue(job, is_ping);
		jobs_dispatch(j);
	}
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
		job_unqueue(job);
		job_free(job);
	}
}
