/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * procs - which processes are big or busy, named when something alarms
 *
 * Read from /proc/PID/stat by itself: a program chooses its name, so blanks,
 * parentheses and newlines in it must neither hide it nor shift its fields.
 */
#ifndef PLUGINS_HOST_PROCS_H
#define PLUGINS_HOST_PROCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/run.h"

struct proc {
	int pid;
	char name[68];    /* as the kernel has it, raw */
	uint64_t start;   /* clock ticks since boot: pids are used again */
	uint64_t ticks;   /* of processor time used so far, user and system */
	double rss;       /* bytes resident, shared pages included */
	double percent;   /* of one processor, filled by procs_read_busy() */
};

struct procs {
	struct proc *all; /* to be freed by procs_free() */
	size_t count;     /* that could be read */
	size_t listed;    /* that there were */
	bool others_hidden; /* hidepid: only our own are listed */
};

/* Reads one line of /proc/PID/stat; false if it is none. */
bool procs_parse(const char *stat, struct proc *out);

/* All processes, biggest first. */
int procs_read_big(const struct run *run, struct procs *out,
    struct error *err);

/* All processes, busiest over the next half second first. */
int procs_read_busy(const struct run *run, struct procs *out,
    struct error *err);

/* One note each for the first n, under a heading that says what was seen. */
void procs_note_big(const struct procs *p, size_t n, struct report *r);
void procs_note_busy(const struct procs *p, size_t n, struct report *r);

/* "mariadbd (pid 812)" */
struct proc_text {
	char s[96];
};
struct proc_text proc_text(const struct proc *proc);

void procs_free(struct procs *p);

#endif
