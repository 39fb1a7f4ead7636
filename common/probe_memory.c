/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "common/hash.h"
#include "common/probe_memory.h"
#include "common/statedir.h"

/* A line of the memory of children left behind: "pid start since hash". */
struct left {
	int pid;
	unsigned long long start; /* of the process, clock ticks since boot */
	double since;
	uint64_t object;
};

/*
 * When process pid of this machine started; 0 if there is none, or only its
 * remains, which wait for nothing.
 */
static unsigned long long
start_of(int pid)
{
	struct run_path path = run_path("/proc", "%d/stat", pid);
	char text[1024];
	unsigned long long start;
	struct error err;
	char state;

	if (file_read(path.s, text, sizeof text, &err) < 0)
		return 0;

	const char *rest = strrchr(text, ')'); /* the name may hold any */

	if (rest == NULL || sscanf(rest,
	    ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
	    "%*d %*d %*d %*d %llu", &state, &start) != 2)
		return 0;
	return state == 'Z' || state == 'X' ? 0 : start;
}

static struct run_path
memory_name(const struct probe *p)
{
	struct run_path name;

	(void)snprintf(name.s, sizeof name.s, "%.32s.stuck", p->name);
	return name;
}

static uint64_t
object_hash(const struct probe *p, size_t i)
{
	return hash_text(HASH_START, p->object(p->arg, i));
}

static void
mark_left(struct probe *p, const struct left *left)
{
	for (size_t i = 0; i < p->count; i++) {
		if (object_hash(p, i) != left->object)
			continue;
		atomic_store(&p->items[i].state, PROBE_LEFT);
		atomic_store(&p->items[i].pid, left->pid);
		p->items[i].since = left->since;
	}
}

/* The next in *text that still lives; false at the end. */
static bool
next_left(char **text, struct left *left)
{
	char *line;

	while ((line = strsep(text, "\n")) != NULL) {
		if (sscanf(line, "%d %llu %lf %" SCNx64, &left->pid,
		    &left->start, &left->since, &left->object) == 4 &&
		    left->start != 0 && start_of(left->pid) == left->start)
			return true;
	}
	return false;
}

static void
put_left(struct buf *b, const struct left *left)
{
	buf_fmt(b, "%d %llu %.0f %" PRIx64 "\n", left->pid, left->start,
	    left->since, left->object);
}

static void
recall_file(struct probe *p, int dir)
{
	struct error err;
	struct left left;
	char *text, *rest;

	if (statedir_read(dir, memory_name(p).s, &text, &err) <= 0)
		return;
	rest = text;
	while (next_left(&rest, &left))
		mark_left(p, &left);
	free(text);
}

/* --- without a file: by the name that each child gives itself --- */

/* The kernel keeps 15 bytes of it. */
struct child_name {
	char s[16];
};

static struct child_name
child_name(const struct probe *p, size_t i)
{
	struct child_name name;

	(void)snprintf(name.s, sizeof name.s, "bf-%012" PRIx64,
	    object_hash(p, i) & 0xffffffffffff);
	return name;
}

void
probe_memory_mark(const struct probe *p, size_t i)
{
	(void)prctl(PR_SET_NAME, child_name(p, i).s);
}

/* Since when it has lived, on the wall clock that says now. */
static double
birth_of(int pid, double now)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return now - ((double)ts.tv_sec -
	    (double)start_of(pid) / (double)sysconf(_SC_CLK_TCK));
}

static void
mark_process(struct probe *p, int pid, const char *name, double now)
{
	for (size_t i = 0; i < p->count; i++) {
		if (strcmp(child_name(p, i).s, name) != 0)
			continue;
		atomic_store(&p->items[i].state, PROBE_LEFT);
		atomic_store(&p->items[i].pid, pid);
		p->items[i].since = birth_of(pid, now);
	}
}

static void
recall_processes(struct probe *p, double now)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		int pid = atoi(entry->d_name);
		char name[32];
		struct error err;
		struct stat st;

		if (pid <= 0 ||
		    fstatat(dirfd(dir), entry->d_name, &st, 0) < 0 ||
		    st.st_uid != geteuid() ||
		    file_read(run_path("/proc", "%d/comm", pid).s, name,
		    sizeof name, &err) < 0 || strncmp(name, "bf-", 3) != 0)
			continue;
		name[strcspn(name, "\n")] = '\0';
		if (start_of(pid) != 0)
			mark_process(p, pid, name, now);
	}
	if (dir != NULL)
		closedir(dir);
}

/* --- both --- */

void
probe_memory_recall(struct probe *p, const struct run *run)
{
	struct error why;
	int dir = statedir_open(run, &why);

	if (dir < 0) {
		recall_processes(p, run->now);
		return;
	}
	recall_file(p, dir);
	close(dir);
}

/* Writes a new memory: the living of the old one, and what is stuck now. */
static int
rewrite(const struct probe *p, int dir, double now, struct error *err)
{
	char *old = NULL, *rest, *text;
	long old_size = statedir_read(dir, memory_name(p).s, &old, err);
	size_t size = 64 + p->count * 80 +
	    (old_size > 0 ? 2 * (size_t)old_size : 0);
	struct left left;
	struct buf b;
	int rc;

	text = malloc(size);
	if (text == NULL) {
		free(old);
		return error_set(err, "out of memory");
	}
	b = buf_on(text, size);
	rest = old;
	while (old_size > 0 && next_left(&rest, &left))
		put_left(&b, &left);
	for (size_t i = 0; i < p->count; i++) {
		if (probe_get_state(p, i) != PROBE_BEGUN)
			continue;
		left.pid = atomic_load(&p->items[i].pid);
		left.start = start_of(left.pid);
		left.since = now;
		left.object = object_hash(p, i);
		if (left.start != 0)
			put_left(&b, &left);
	}
	rc = statedir_write(dir, memory_name(p).s, b.data, b.len, err);
	free(text);
	free(old);
	return rc;
}

bool
probe_memory_keep(const struct probe *p, const struct run *run)
{
	const struct timespec moment = { .tv_nsec = 5000000 };
	struct error why;
	int dir = statedir_open(run, &why), rc;

	if (dir < 0)
		return false;
	/* Runs of other objects keep the same file, perhaps at this moment. */
	for (int i = 0; i < 20 && flock(dir, LOCK_EX | LOCK_NB) < 0; i++)
		(void)nanosleep(&moment, NULL);
	rc = rewrite(p, dir, run->now, &why);
	(void)flock(dir, LOCK_UN);
	close(dir);
	return rc == 0;
}
