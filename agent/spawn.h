/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spawn - another program, run by argv, within a deadline and a size
 *
 * Never a shell. The caller must be a child subreaper (PR_SET_CHILD_SUBREAPER)
 * with no other children, descriptors 0 to 2 open and SIGCHLD not ignored
 * (where Linux is older than 5.3, no thread may take it). At the deadline every
 * descendant is killed until none is left. After a normal exit those
 * that were left live on; they are none of the next program, whose deadline
 * does not strike them.
 */
#ifndef AGENT_SPAWN_H
#define AGENT_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "agent/grant.h"
#include "common/error.h"

enum {
	SPAWN_STDERR_MAX = 512, /* bytes of it that are kept: the first ones */
};

struct spawn {
	char *const *argv;        /* argv[0]: a path, or found in its PATH */
	char *const *environment;
	double deadline;          /* on the clock of deadline_now() */
	const struct grant *grant; /* the rights it gets; NULL: ours */
	int client;               /* whose end is as good as the deadline; -1 */
	char *output;             /* the caller's, for stdout */
	size_t output_size;       /* what is more is read and thrown away */
};

struct spawn_result {
	size_t output_len;
	bool cut;        /* there was more output */
	bool timed_out;  /* perhaps before it was even started */
	int code;        /* of a normal exit, else -1 */
	int signal;      /* that ended it, else 0 */
	unsigned left;   /* descendants that live on, */
	pid_t survivor;  /* one of those that were to be killed, or 0 */
	char stderr_text[SPAWN_STDERR_MAX]; /* a string */
};

/*
 * Runs it to its end or to the deadline, which may be exceeded by a second if
 * something cannot be killed. Its own exit counts, whoever else may hold the
 * pipe. stdin is /dev/null, the directory /, signals are as at a login, the
 * session is its own; nothing else is inherited. -1 and err if it could not be
 * started.
 */
int spawn_run(const struct spawn *s, struct spawn_result *out,
    struct error *err);

/* Reaps children that have ended; whether any is left. */
bool spawn_left_any(void);

/* Waits until none is left, or there is nobody at the other end of client. */
void spawn_await_left(int client);

#endif
