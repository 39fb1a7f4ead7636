/* SPDX-License-Identifier: GPL-3.0-or-later */
/* process - the agent's own processes, forked from the supervisor */
#ifndef AGENT_PROCESS_H
#define AGENT_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/error.h"

#define PROCESS_APART_SECONDS 20.0

enum {
	PROCESS_KEEP_MAX = 32,
};

struct process {
	const char *name;           /* in ps: at most 15 bytes */
	size_t count;
	int keep[PROCESS_KEEP_MAX]; /* descriptors that it gets, above 2 */
	bool standard;              /* stdin and stdout too, else /dev/null */
};

/*
 * Forks. In the child no signal is blocked, and those of a terminal or a
 * broken pipe are ignored; nothing else of the supervisor's is open. -1 and
 * errno if there can be none.
 */
pid_t process_fork(const struct process *p);

/* stderr is /dev/null from now on, for this process and those it forks. */
void process_quiet_stderr(void);

/*
 * Runs work in a child, so that nothing it reads stays in this process's
 * memory, and those forked from it. What work returned, with its err; -1 and
 * err, too, if it has not returned within PROCESS_APART_SECONDS.
 */
int process_apart(int (*work)(void *arg, struct error *err), void *arg,
    struct error *err);

/*
 * Goes to the background, and to a umask that is not the starter's; the parent
 * ends once told by process_started().
 */
struct process_parent {
	int fd; /* -1: there is none */
};
int process_daemonize(struct process_parent *parent);
void process_started(struct process_parent *parent);

#endif
