/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/descendants.h"
#include "common/file.h"
#include "common/run.h"

enum {
	PASSES_MAX = 8, /* of /proc, after which it is left at what was found */
};

struct process {
	pid_t pid, parent, session;
	char state; /* 'Z': it has ended, its parent has not looked yet */
};

/* What is searched for: descendants of ours, and what befalls them at once. */
struct search {
	const struct pids *old; /* sessions that are none of our business */
	int signal;             /* 0: none, and only the living are found */
	struct pids *found;
};

static bool
has(const struct pids *pids, pid_t pid)
{
	for (size_t i = 0; i < pids->count; i++) {
		if (pids->pid[i] == pid)
			return true;
	}
	return false;
}

static void
add(struct pids *pids, pid_t pid)
{
	if (pids->count < DESCENDANTS_MAX)
		pids->pid[pids->count++] = pid;
}

/* False if there is none by that name in /proc, or no more. */
static bool
read_process(struct process *p, const char *name)
{
	char text[1024];
	const char *end;
	struct error err;

	if (*name < '0' || *name > '9' ||
	    file_read(run_path("/proc", "%s/stat", name).s, text, sizeof text,
	    &err) < 0)
		return false;
	/* "7 (a b) c) S 1 ...": the program chose what is in parentheses. */
	end = strrchr(text, ')');
	return end != NULL && sscanf(text, "%d", &p->pid) == 1 &&
	    sscanf(end, ") %c %d %*d %d", &p->state, &p->parent,
	    &p->session) == 3;
}

static bool
is_wanted(const struct search *s, const struct process *p)
{
	if (p->parent != getpid() && !has(s->found, p->parent))
		return false;
	return !has(s->found, p->pid) && !has(s->old, p->session) &&
	    (s->signal != 0 || p->state != 'Z');
}

static void
take(const struct search *s, pid_t pid)
{
	if (s->signal != 0)
		(void)kill(pid, s->signal);
	add(s->found, pid);
}

static bool
has_ended(pid_t child)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)child, &info,
	    WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != 0;
}

/*
 * Our children, by a list that is ours alone: those of other users may not be
 * seen in /proc (hidepid). Theirs become ours once they are killed.
 */
static void
find_children(const struct search *s)
{
	char path[64], text[16384], *at = text, *end;
	struct error err;
	long pid;

	(void)snprintf(path, sizeof path, "/proc/self/task/%d/children",
	    (int)getpid());
	if (file_read(path, text, sizeof text, &err) < 0)
		return;
	for (; (pid = strtol(at, &end, 10)) > 0; at = end) {
		if (!has(s->found, (pid_t)pid) &&
		    !has(s->old, getsid((pid_t)pid)) &&
		    (s->signal != 0 || !has_ended((pid_t)pid)))
			take(s, (pid_t)pid);
	}
}

/*
 * Until a whole pass finds no more: a child may come before its parent in
 * /proc, and a parent that got no signal yet goes on making children. Those
 * that are made faster than they are found would make that an endless search.
 */
static void
find(const struct search *s)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	struct process p;
	size_t before = 1;

	s->found->count = 0;
	if (proc == NULL)
		return;
	for (int i = 0; i < PASSES_MAX && s->found->count != before; i++) {
		before = s->found->count;
		find_children(s);
		rewinddir(proc);
		while ((entry = readdir(proc)) != NULL) {
			if (read_process(&p, entry->d_name) &&
			    is_wanted(s, &p))
				take(s, p.pid);
		}
	}
	closedir(proc);
}

bool
descendants_reap(pid_t pid, int *status)
{
	int ended_status;
	pid_t ended;

	while ((ended = waitpid(-1, &ended_status, WNOHANG)) > 0) {
		if (ended == pid)
			*status = ended_status;
	}
	return ended == 0;
}

static void
add_sessions(struct pids *out, const struct pids *of)
{
	for (size_t i = 0; i < of->count; i++) {
		pid_t session = getsid(of->pid[i]);

		if (session > 0 && !has(out, session))
			add(out, session);
	}
}

void
descendants_sessions(struct pids *out)
{
	static const struct pids nobody;
	struct pids found;
	struct search all = { .old = &nobody, .found = &found };

	out->count = 0;
	if (!descendants_reap(0, NULL))
		return;
	find(&all);
	add_sessions(out, &found);
}

static void
find_living(const struct pids *old, struct pids *found)
{
	struct search living = { .old = old, .found = found };

	found->count = 0;
	if (descendants_reap(0, NULL))
		find(&living);
}

unsigned
descendants_count(const struct pids *old)
{
	struct pids found;

	find_living(old, &found);
	return (unsigned)found.count;
}

pid_t
descendants_any(const struct pids *old)
{
	struct pids found;

	find_living(old, &found);
	return found.count > 0 ? found.pid[0] : 0;
}

/*
 * A group is killed in one stroke, which no fork is fast enough for. Who left
 * it is stopped before anybody is killed: a process stopped makes no children,
 * and keeps those it has, where they can be found.
 */
unsigned
descendants_kill(pid_t pid, int *status, const struct pids *old,
    double deadline)
{
	static const struct timespec moment = { .tv_nsec = 1000000 };
	struct pids found;
	struct search all = { .old = old, .signal = SIGSTOP, .found = &found };
	int empty = 0; /* passes; one may have missed who was just born */

	(void)kill(-pid, SIGKILL);
	while (descendants_reap(pid, status) && deadline_now() < deadline) {
		find(&all);
		for (size_t i = 0; i < found.count; i++)
			(void)kill(found.pid[i], SIGKILL);
		empty = found.count == 0 ? empty + 1 : 0;
		if (empty == 2)
			return 0;
		(void)nanosleep(&moment, NULL);
	}
	return descendants_count(old);
}

void
descendants_orphans(struct pids *out)
{
	struct pids own = { .count = 1, .pid = { getsid(0) } }, found;
	struct search all = { .old = &own, .found = &found };

	out->count = 0;
	find(&all);
	add_sessions(out, &found);
}

unsigned
descendants_strike(const struct pids *old)
{
	/* Ours first: there may be no room behind the others. */
	struct pids spared = { .count = 1, .pid = { getsid(0) } }, found;
	struct search all = { .old = &spared, .signal = SIGSTOP,
	    .found = &found };

	for (size_t i = 0; i < old->count; i++)
		add(&spared, old->pid[i]);
	find(&all);
	for (size_t i = 0; i < found.count; i++)
		(void)kill(found.pid[i], SIGKILL);
	return (unsigned)found.count;
}
