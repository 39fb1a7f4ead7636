/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/output.h"
#include "common/probe.h"
#include "common/probe_memory.h"

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

static char *
result_at(const struct probe *p, size_t i)
{
	return p->results + i * p->result_size;
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

	for (size_t i = 0; i < p->count; i++) {
		struct probe_item *item = &p->items[i];
		int nobody = 0;

		if (!atomic_compare_exchange_strong(&item->pid, &nobody,
		    getpid()))
			continue;
		probe_memory_mark(p, i);
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
	int rc = 0;

	if (allocate(p, err) < 0)
		return -1;
	probe_memory_recall(p, run);
	if (count_state(p, PROBE_WAITING) > 0)
		rc = look_at_all(&crew, err);
	if (count_state(p, PROBE_BEGUN) > 0 && !probe_memory_keep(p, run))
		kill_stuck(p);
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
