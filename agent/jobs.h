/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jobs - commands that clients asked for, and the workers that run them
 *
 * The gatekeeper's half of the work: a queue, and for each worker the one job
 * that it has. The same command with the same arguments, asked again while it
 * is in flight, runs once for all who ask; where command_ttl says so, its
 * answer serves for a while. Every job ends by its deadline, whatever its
 * worker does; what hangs in the kernel is not run again before that is over.
 */
#ifndef AGENT_JOBS_H
#define AGENT_JOBS_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/jobs_cache.h"
#include "agent/log.h"
#include "agent/message.h"
#include "agent/query.h"
#include "agent/settings.h"
#include "common/status.h"

enum {
	JOBS_WORKERS_MAX = 64,
	JOBS_IDLE = 2,         /* workers that are kept ready */
	JOBS_IDLE_MAX = 8,     /* one more is let go */
	JOBS_STUCK_MAX = 16,   /* that do not end, and are replaced */
	JOBS_SLOTS = JOBS_WORKERS_MAX + JOBS_STUCK_MAX,
	JOBS_QUEUED_MAX = 512, /* beyond that the next is told so at once */
};

#define JOBS_QUEUE_SECONDS 5.0  /* longer no job waits for a worker */
#define JOBS_HURRY_SECONDS 0.02 /* if none is begun for that long: one more */
#define JOBS_LOST_SECONDS 3.0   /* later no worker comes that was wanted */
#define JOBS_END_SECONDS 1.0   /* who takes longer to be killed is stuck */
#define JOBS_RETRY_SECONDS 1.0  /* none could be had: sooner none is wanted */

struct job;
struct worker_slot;

/* What a job came to; the bytes are the job's, for the time of the call. */
struct job_answer {
	enum status status;
	enum answer_kind kind;
	const char *name; /* of the check, for ANSWER_REPORT */
	const char *bytes;
	size_t size;
	double queued, ran; /* s */
	bool cached;        /* of an earlier job, */
	double age;         /* so many seconds ago */
};

/* Whoever waits for a job; at most for one. */
struct job_waiter {
	struct job *job; /* NULL: waits for none */
	struct job_waiter *next;
	void (*done)(struct job_waiter *self, const struct job_answer *answer);
};

struct jobs {
	struct event_base *base;
	const struct settings *settings;
	struct log *log;
	int control; /* to the supervisor */
	uint32_t last_number;
	size_t workers, idle, wanted, queued;
	size_t stuck;                   /* given up, and still there */
	double lost_at, retry_at;       /* see JOBS_LOST_SECONDS, ..RETRY.. */
	bool refused;                   /* none could be had, nor since then */
	double moved_at;                /* when a job was begun last */
	struct worker_slot *slots;      /* JOBS_SLOTS */
	struct job *first, *last;       /* queued, oldest first */
	struct jobs_cache cache;
	struct event hurry;             /* to look whether they wait long */
	struct event remind;            /* the supervisor of the stuck ones */
	size_t untold;                  /* of so many it has not heard: */
	uint32_t untold_of[JOBS_SLOTS];
};

/* False if memory ran out. */
bool jobs_open(struct jobs *j, struct event_base *base,
    const struct settings *settings, struct log *log, int control);
void jobs_close(struct jobs *j);

/* A worker that was wanted: our end of its connection; -1: none can be had. */
void jobs_add_worker(struct jobs *j, uint32_t number, int pid, int fd);

/*
 * Asks for a command. The waiter hears of its end, maybe before this returns;
 * it must not go away before, unless by jobs_forget().
 */
void jobs_ask(struct jobs *j, int command, const struct query *q,
    struct job_waiter *waiter);

/* The waiter no longer cares; what is queued for nobody else is not run. */
void jobs_forget(struct job_waiter *waiter);

#endif
