/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * descendants - the programs that were started here, and all that came of them
 *
 * For a child subreaper (PR_SET_CHILD_SUBREAPER): who loses its parent becomes
 * our child, so that nobody gets away by setsid() and fork(). Each program was
 * given a session of its own, by which its descendants are told from those of
 * earlier ones.
 */
#ifndef AGENT_DESCENDANTS_H
#define AGENT_DESCENDANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	DESCENDANTS_MAX = 4096, /* that are looked at in one go */
};

struct pids {
	size_t count;
	pid_t pid[DESCENDANTS_MAX];
};

/*
 * Reaps all children that have ended. If pid is among them, *status becomes
 * what waitpid() said. False if there is no child left: then there is no
 * descendant either.
 */
bool descendants_reap(pid_t pid, int *status);

/* The sessions of all that live now. */
void descendants_sessions(struct pids *out);

/* Those that live, in other sessions than the old ones. */
unsigned descendants_count(const struct pids *old);

/*
 * For a process whose children are of its own session, but for those that it
 * inherited: the sessions of these, and of all that came of them. Nothing is
 * reaped.
 */
void descendants_orphans(struct pids *out);

/* Kills all of those in no old session, once; how many there were. */
unsigned descendants_strike(const struct pids *old);

/* One of those that descendants_count() counts, or 0. */
pid_t descendants_any(const struct pids *old);

/*
 * Kills the program pid and whatever else is in no old session until nothing
 * is left of them or the deadline, on the clock of deadline_now(), has passed.
 * Returns how many live on: in the kernel's hands, or another user's.
 */
unsigned descendants_kill(pid_t pid, int *status, const struct pids *old,
    double deadline);

#endif
