/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "common/hash.h"
#include "common/output.h"
#include "common/probe.h"
#include "common/statedir.h"

/*
 * Children take objects from a shared table, each the next that nobody has
 * begun, so that one child is enough as long as nothing is stuck. When none
 * of them gets on for a while another joins, and the stuck one keeps its
 * chance until the deadline.
 */
enum {
	CHILDREN_MAX = 32,
	IDLE_MS = 100,
	NOBODY_EVER = -1, /* as the pid of an item that is not to be begun */
};

/* Kept back from the run's deadline, for the answer. */
#define ANSWER_SECONDS 0.3

struct crew {
	struct probe *probe;
	const struct run *run;
	int pipe[2]; /* a byte from each child that found no more to do */
	pid_t children[CHILDREN_MAX];
	size_t count;
};

/* A line of the memory of children left behind: "pid start since hash". */
struct left {
	int pid;
	unsigned long long start; /* of the process, clock ticks since boot */
	double since;
	uint64_t object;
};

static char *
result_at(const struct probe *p, size_t i)
{
	return p->results + i * p->result_size;
}

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

/* --- what earlier runs left behind --- */

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
recall(struct probe *p, int dir)
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

/* Runs of other objects keep the same memory, perhaps at this moment. */
static int
remember(const struct probe *p, int dir, double now, struct error *err)
{
	const struct timespec moment = { .tv_nsec = 5000000 };
	int rc;

	for (int i = 0; i < 20 && flock(dir, LOCK_EX | LOCK_NB) < 0; i++)
		(void)nanosleep(&moment, NULL);
	rc = rewrite(p, dir, now, err);
	(void)flock(dir, LOCK_UN);
	return rc;
}

/* --- the children --- */

/* Leaves the child nothing but the pipe's writing end. */
static void
drop_descriptors(int keep)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd <= 2; fd++)
		(void)dup2(null, fd);
	(void)dup2(keep, 3);
	(void)close_range(4, ~0U, 0);
}

static _Noreturn void
work(const struct crew *crew)
{
	struct probe *p = crew->probe;

	drop_descriptors(crew->pipe[1]);
	(void)setsid(); /* no signal meant for our caller's group */
	(void)!chdir("/"); /* nothing is busy because of us */
	(void)prctl(PR_SET_NAME, "beffroi-probe");

	for (size_t i = 0; i < p->count; i++) {
		struct probe_item *item = &p->items[i];
		int nobody = 0;

		if (!atomic_compare_exchange_strong(&item->pid, &nobody,
		    getpid()))
			continue;
		p->look(p->arg, i, result_at(p, i));
		atomic_store(&item->state, PROBE_DONE);
	}
	(void)output_write(3, "", 1);
	_exit(0);
}

static int
add_child(struct crew *crew, struct error *err)
{
	pid_t pid = fork();

	if (pid == 0)
		work(crew);
	if (pid < 0)
		return error_set(err, "fork: %s", strerror(errno));
	crew->children[crew->count++] = pid;
	return 0;
}

static size_t
count_state(const struct probe *p, enum probe_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < p->count; i++)
		n += probe_get_state(p, i) == state;
	return n;
}

/* What has not begun by now never will, even if a stuck child gets free. */
static void
close_table(struct probe *p)
{
	for (size_t i = 0; i < p->count; i++) {
		int nobody = 0;

		(void)atomic_compare_exchange_strong(&p->items[i].pid,
		    &nobody, NOBODY_EVER);
	}
}

/* Until all is looked at (true) or time is up (false). */
static bool
await(struct crew *crew, double deadline)
{
	struct pollfd pfd = { .fd = crew->pipe[0], .events = POLLIN };
	const struct probe *p = crew->probe;
	size_t done = 0;
	struct error err;

	for (;;) {
		double left = deadline - deadline_now();
		int ms = left < 0 ? 0 : left < 0.1 ? (int)(left * 1e3) + 1 :
		    IDLE_MS;

		char bytes[CHILDREN_MAX];
		bool news = poll(&pfd, 1, ms) > 0 &&
		    read(pfd.fd, bytes, sizeof bytes) > 0;
		size_t now_done = count_state(p, PROBE_DONE);

		left = deadline - deadline_now();
		if (now_done + count_state(p, PROBE_LEFT) == p->count)
			return true;
		if (left <= 0)
			return false;
		if (!news && now_done == done && crew->count < CHILDREN_MAX &&
		    count_state(p, PROBE_WAITING) > 0)
			(void)add_child(crew, &err);
		done = now_done;
	}
}

/* If all is done every child is about to end; else the stuck ones stay. */
static void
reap(const struct crew *crew, bool all_done)
{
	for (size_t i = 0; i < crew->count; i++)
		(void)waitpid(crew->children[i], NULL,
		    all_done ? 0 : WNOHANG);
}

/* Without a memory there must be nothing that needs remembering. */
static void
kill_stuck(const struct probe *p)
{
	for (size_t i = 0; i < p->count; i++) {
		if (probe_get_state(p, i) == PROBE_BEGUN)
			(void)kill(atomic_load(&p->items[i].pid), SIGKILL);
	}
}

static int
allocate(struct probe *p, struct error *err)
{
	size_t items = (p->count * sizeof(struct probe_item) + 15) / 16 * 16;

	p->mapped_size = items + p->count * p->result_size + 1;
	p->mapped = mmap(NULL, p->mapped_size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p->mapped == MAP_FAILED) {
		p->mapped = NULL;
		return error_set(err, "out of memory");
	}
	p->items = p->mapped; /* all zero: waiting, in nobody's hands */
	p->results = (char *)p->mapped + items;
	return 0;
}

static int
look_at_all(struct crew *crew, struct error *err)
{
	const struct run *run = crew->run;
	double left = run_left(run) - ANSWER_SECONDS;
	double patience = crew->probe->patience;
	bool all_done;
	int rc;

	if (pipe2(crew->pipe, O_CLOEXEC) < 0)
		return error_set(err, "pipe: %s", strerror(errno));
	rc = add_child(crew, err);
	if (rc == 0) {
		all_done = await(crew,
		    deadline_now() + (left < patience ? left : patience));
		close_table(crew->probe);
		reap(crew, all_done);
	}
	close(crew->pipe[0]);
	close(crew->pipe[1]);
	return rc;
}

int
probe_run(struct probe *p, const struct run *run, struct error *err)
{
	struct crew crew = { .probe = p, .run = run };
	struct error why;
	int dir, rc = 0;

	if (allocate(p, err) < 0)
		return -1;
	dir = statedir_open(run, &why);
	if (dir >= 0)
		recall(p, dir);
	if (count_state(p, PROBE_WAITING) > 0)
		rc = look_at_all(&crew, err);

	if (count_state(p, PROBE_BEGUN) > 0 &&
	    (dir < 0 || remember(p, dir, run->now, &why) != 0))
		kill_stuck(p);
	if (dir >= 0)
		close(dir);
	return rc;
}

enum probe_state
probe_get_state(const struct probe *p, size_t i)
{
	enum probe_state state = atomic_load(&p->items[i].state);

	if (state == PROBE_WAITING && atomic_load(&p->items[i].pid) > 0)
		return PROBE_BEGUN;
	return state;
}

const void *
probe_get_result(const struct probe *p, size_t i)
{
	return result_at(p, i);
}

void
probe_free(struct probe *p)
{
	if (p->mapped != NULL)
		munmap(p->mapped, p->mapped_size);
	p->mapped = NULL;
}
