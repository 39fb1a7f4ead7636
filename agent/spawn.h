/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spawn - another program, run by argv, within a deadline and a size
 *
 * Never a shell. The caller must be a child subreaper (PR_SET_CHILD_SUBREAPER)
 * with no other children: at the deadline every descendant is killed until none
 * is left. After a normal exit those that were left live on.
 */
#ifndef AGENT_SPAWN_H
#define AGENT_SPAWN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

enum {
	SPAWN_STDERR_MAX = 512, /* bytes of it that are kept: the first ones */
};

struct spawn {
	char *const *argv;        /* argv[0] is a path, or found in PATH of env */
	char *const *environment;
	double deadline;          /* on the clock of deadline_now() */
	char *output;             /* the caller's, for stdout */
	size_t output_size;       /* what is more is read and thrown away */
};

struct spawn_result {
	size_t output_len;
	bool cut;        /* there was more output */
	bool timed_out;
	int code;        /* of a normal exit, else -1 */
	int signal;      /* that ended it, else 0 */
	unsigned left;   /* descendants that live on */
	char stderr_text[SPAWN_STDERR_MAX]; /* a string */
};

/*
 * Runs it to its end, to the end of its output or to the deadline: its exit
 * counts, whoever else may hold the pipe. stdin is /dev/null, the directory /,
 * signals are as at a login; nothing else is inherited. -1 and err if it could
 * not be started.
 */
int spawn_run(const struct spawn *s, struct spawn_result *out,
    struct error *err);

/* Reaps what earlier programs left behind and has ended since. */
void spawn_reap(void);

#endif
