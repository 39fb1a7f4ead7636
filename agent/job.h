/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * job - one job and one worker, for the files that make up jobs.h
 *
 * jobs_ask.c has those who ask, jobs.c the queue and the end of each job,
 * jobs_workers.c what workers say.
 */
#ifndef AGENT_JOB_H
#define AGENT_JOB_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/answer.h"
#include "agent/jobs.h"
#include "agent/jobs_cache.h"

/* For the worker to end it by itself, and say what it has. */
#define JOB_GRACE_SECONDS 1.5

struct job {
	struct jobs *jobs;
	uint32_t number;
	struct job_key key; /* its arguments are the job's own */

	double asked, started;
	double deadline, latest; /* by itself; however its check moves it */
	struct event timer; /* out of patience: with the queue, or the worker */
	struct job_waiter *waiters;
	struct worker_slot *worker; /* once it is not queued any more */
	bool queued;
	struct job *next;           /* in the queue */

	struct answer so_far; /* if time is up; whole, or empty */
};

struct worker_slot {
	struct jobs *jobs;
	uint32_t number;
	int fd;           /* -1: no worker here */
	int pid;
	struct job *job;  /* NULL: idle, or hung */
	struct job *hung; /* it was given up over this, and is still there */
	int hung_pid;     /* who does not end: the worker, or its program */
	double hung_at;   /* since when that is certain */
	bool hung_said;
	struct event readable;
	struct answer answer; /* what has arrived of it */
};

/* jobs.c: ends it for all who wait; it must be in no queue and no slot. */
void job_end(struct job *job, const struct answer *answer);
void job_end_text(struct job *job, const char *text);
void job_free(struct job *job);

/* Tells all who wait, who then wait no longer; the job is still there. */
void job_tell(struct job *job, const struct job_answer *answer);
void job_say(struct job *job, const struct answer *answer);

/* Into the queue, as its first or its last; out of it. */
void job_enqueue(struct job *job, bool first);
void job_unqueue(struct job *job);

/* For the timer of a job, which is out of patience. */
void job_on_time(evutil_socket_t fd, short what, void *job);

/* How many workers there may be beside those that are stuck. */
size_t jobs_workers_max(const struct jobs *j);

/* Gives idle workers what is queued, and asks for more of them. */
void jobs_dispatch(struct jobs *j);

/* jobs_workers.c: an idle worker, or NULL. */
struct worker_slot *slot_find_idle(struct jobs *j);

/* One that hangs in the same, or in the same command if there are too many. */
struct worker_slot *slot_find_hung(struct jobs *j, const struct job_key *key);

/* Lets a worker go; its job is the caller's. */
void slot_close(struct worker_slot *slot);

/*
 * Gives an idle worker a job that is in no queue. If the worker turns out to be
 * gone, so is its slot, and the job is the first in the queue again.
 */
void slot_start(struct worker_slot *slot, struct job *job);

/* Its job takes too long: the worker is given up, and whoever waits is told. */
void slot_give_up(struct worker_slot *slot);

/*
 * jobs_stuck.c: has the supervisor kill a worker, as soon as it has room for
 * the message.
 */
void jobs_stuck_open(struct jobs *j);
void jobs_say_stuck(struct jobs *j, uint32_t number);

#endif
