/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rehearsal - a reload, tried by a process that may hang
 *
 * The files of a configuration may lie on a server that is down, its users be
 * known to another one. The supervisor, which has no deadline there, goes where
 * a child came through just now, and has served the old configuration
 * meanwhile.
 */
#ifndef AGENT_REHEARSAL_H
#define AGENT_REHEARSAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "agent/registry.h"
#include "common/error.h"

#define REHEARSAL_SECONDS 20.0

struct rehearsal {
	int fd;          /* to poll; -1: none is under way */
	double deadline; /* on the clock of deadline_now() */
	pid_t pid;       /* until it was reaped; or 0 */
	pid_t number;    /* the same, and once it was reaped, too: for words */
	int stage;       /* what it was last about to look at */
};

enum rehearsal_state {
	REHEARSAL_RUNS,
	REHEARSAL_DONE,   /* whatever it found, it came through */
	REHEARSAL_FAILED, /* and err */
};

void rehearsal_init(struct rehearsal *r);

/*
 * Starts one of the configuration at path. -1 and err if there can be none; as
 * long as the last one hangs, for one.
 */
int rehearsal_start(struct rehearsal *r, const char *path,
    const struct registry *registry, struct error *err);

/* Looks whether it is over, without waiting. */
enum rehearsal_state rehearsal_take(struct rehearsal *r, struct error *err);

/* Whether it came through, but has yet to be reaped: none is started before. */
bool rehearsal_lingers(const struct rehearsal *r);

/* Whether it is our child that the caller has reaped. */
bool rehearsal_ended(struct rehearsal *r, pid_t pid);

/* Kills it; it is yet to be reaped. */
void rehearsal_stop(struct rehearsal *r);

#endif
