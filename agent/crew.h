/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crew - the supervisor's record of the workers and runners it started */
#ifndef AGENT_CREW_H
#define AGENT_CREW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/identity.h"
#include "agent/worker.h"
#include "common/error.h"

enum {
	CREW_MAX = 512, /* of both generations, and those about to end */
	CREW_SHARE = CREW_MAX / 4, /* workers of one generation */
	CREW_BURST = 2 * CREW_SHARE, /* that one generation starts at once, */
	CREW_RATE = 50,              /* and a second from then on */
	CREW_LEFT_SOME = 3, /* exit code: in order, and programs live on */
};

struct crew_member {
	pid_t pid;           /* 0: nobody */
	uint32_t number;
	unsigned generation;
	bool runner;         /* the one beside the worker of that number */
	bool killed;         /* by us */
};

struct crew {
	uint32_t last_number;
	struct crew_member all[CREW_MAX];
};

/*
 * How many may still be started; zero at first. A gatekeeper in foreign hands
 * could ask for ever, and let go of each.
 */
struct crew_tokens {
	double left, at;
};

/* What a worker of some generation is to be. */
struct crew_plan {
	unsigned generation;
	struct crew_tokens *tokens; /* of that generation */
	const struct identity *identity;
	struct worker worker;  /* but for its sockets */
	int log_socket;
	bool runner;           /* there is to be one beside it */
	uint64_t capabilities; /* that runner's, to be passed on */
};

/*
 * Starts one, and the runner beside it. The gatekeeper's end of its connection
 * is the caller's to close, or -1 and err.
 */
int crew_start(struct crew *crew, const struct crew_plan *plan,
    uint32_t *number, struct error *err);

/* The worker of that number, or 0. */
pid_t crew_pid(const struct crew *crew, uint32_t number);

/* Kills the one of that number and generation, if there is one. */
void crew_kill(struct crew *crew, unsigned generation, uint32_t number);

/* A child has ended: its record, until the next call; NULL if it was none. */
const struct crew_member *crew_ended(struct crew *crew, pid_t pid);

/* Kills those that are left. */
void crew_kill_all(struct crew *crew);

/* How many there are. */
unsigned crew_count(const struct crew *crew);

#endif
