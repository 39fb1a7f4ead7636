/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent/crew.h"
#include "agent/message.h"
#include "agent/process.h"
#include "agent/runner.h"
#include "agent/spawn.h"
#include "common/file.h"
#include "common/run.h"

static struct crew_member *
find(struct crew *crew, pid_t pid)
{
	for (size_t i = 0; i < CREW_MAX; i++) {
		if (crew->all[i].pid == pid)
			return &crew->all[i];
	}
	return NULL;
}

static unsigned
count_of(const struct crew *crew, unsigned generation)
{
	unsigned n = 0;

	for (size_t i = 0; i < CREW_MAX; i++)
		n += crew->all[i].pid > 0 && !crew->all[i].runner &&
		    crew->all[i].generation == generation;
	return n;
}

static bool
take_token(struct crew_tokens *t)
{
	double now = deadline_now();

	t->left += (now - t->at) * CREW_RATE;
	if (t->at == 0 || t->left > CREW_BURST)
		t->left = CREW_BURST;
	t->at = now;
	if (t->left < 1)
		return false;
	t->left--;
	return true;
}

/* What a new process begins with. */
struct start {
	const struct crew_plan *plan;
	int socket; /* to whom it works for */
	int runner; /* to the one beside it, or -1 */
};

/*
 * The unit may spare the agent when memory runs out; not what it runs, which
 * inherits that from here. Where there was no such thing to begin with: less
 * than one has is only root's to take.
 */
static void
be_like_others(void)
{
	static const char path[] = "/proc/self/oom_score_adj";
	char text[16];
	struct error err;
	int fd;

	if (file_read(path, text, sizeof text, &err) < 0 || text[0] != '-')
		return;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!write(fd, "0", 1);
	close(fd);
}

/* Or a program of the same user could look inside; setuid() undoes it. */
static int
hide(struct error *err)
{
	return prctl(PR_SET_DUMPABLE, 0) == 0 ? 0 :
	    error_set(err, "prctl: %s", strerror(errno));
}

static int
how_it_ended(void)
{
	return spawn_left_any() ? CREW_LEFT_SOME : 0;
}

static _Noreturn void
run(const struct start *start)
{
	const struct crew_plan *plan = start->plan;
	struct log log = log_relay(plan->log_socket,
	    plan->worker.settings->debug);
	struct runner r = {
		.worker = plan->worker,
		.identity = plan->identity,
		.capabilities = plan->capabilities,
	};
	struct error err;

	r.worker.socket = start->socket;
	r.worker.log = &log;
	be_like_others();
	if (runner_main(&r, &err) < 0) {
		log_write(&log, LOG_ERR, "runner: %s", err.text);
		_exit(1);
	}
	_exit(how_it_ended());
}

static _Noreturn void
work(const struct start *start)
{
	const struct crew_plan *plan = start->plan;
	struct worker w = plan->worker;
	struct log log = log_relay(plan->log_socket, w.settings->debug);
	struct error err;

	w.socket = start->socket;
	w.runner = start->runner;
	w.log = &log;
	be_like_others();
	if (identity_assume(plan->identity, true, &err) < 0 ||
	    hide(&err) < 0 || worker_main(&w, &err) < 0) {
		log_write(&log, LOG_ERR, "worker: %s", err.text);
		_exit(1);
	}
	_exit(how_it_ended());
}

/*
 * Forks one of either kind, for which there must be room; the other end of its
 * connection is the caller's to close, or -1 and err.
 */
static int
add(struct crew *crew, const struct start *plan, bool runner,
    struct error *err)
{
	struct process process = {
		.name = runner ? "beffroid-run" : "beffroid-work",
		.count = 2,
	};
	struct start start = *plan;
	int ends[2];
	pid_t pid;

	if (!message_pair(ends))
		return error_set(err, "socketpair: %s", strerror(errno));
	start.socket = ends[1];
	process.keep[0] = ends[1];
	process.keep[1] = plan->plan->log_socket;
	if (plan->runner >= 0)
		process.keep[process.count++] = plan->runner;
	pid = process_fork(&process);
	if (pid == 0 && runner)
		run(&start);
	if (pid == 0)
		work(&start);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return error_set(err, "fork: %s", strerror(errno));
	}
	*find(crew, 0) = (struct crew_member){
		.pid = pid,
		.number = crew->last_number,
		.generation = plan->plan->generation,
		.runner = runner,
	};
	return ends[0];
}

/* A runner whose worker does not come ends by itself, as one that is left. */
int
crew_start(struct crew *crew, const struct crew_plan *plan, uint32_t *number,
    struct error *err)
{
	struct start start = { .plan = plan, .runner = -1 };
	int fd;

	if (crew_count(crew) + 2 > CREW_MAX ||
	    count_of(crew, plan->generation) >= CREW_SHARE)
		return error_set(err, "too many workers");
	if (!take_token(plan->tokens))
		return error_set(err, "too many in a short time");
	*number = ++crew->last_number;
	if (plan->runner) {
		start.runner = add(crew, &start, true, err);
		if (start.runner < 0)
			return -1;
	}
	fd = add(crew, &start, false, err);
	if (start.runner >= 0)
		close(start.runner);
	return fd;
}

pid_t
crew_pid(const struct crew *crew, uint32_t number)
{
	for (size_t i = 0; i < CREW_MAX; i++) {
		const struct crew_member *m = &crew->all[i];

		if (m->pid > 0 && !m->runner && m->number == number)
			return m->pid;
	}
	return 0;
}

void
crew_kill(struct crew *crew, unsigned generation, uint32_t number)
{
	for (size_t i = 0; i < CREW_MAX; i++) {
		struct crew_member *m = &crew->all[i];

		if (m->pid <= 0 || m->runner || m->number != number ||
		    m->generation != generation)
			continue;
		m->killed = true;
		(void)kill(m->pid, SIGKILL);
	}
}

const struct crew_member *
crew_ended(struct crew *crew, pid_t pid)
{
	struct crew_member *m = find(crew, pid);

	if (m != NULL)
		m->pid = 0;
	return m;
}

void
crew_kill_all(struct crew *crew)
{
	for (size_t i = 0; i < CREW_MAX; i++) {
		if (crew->all[i].pid > 0)
			(void)kill(crew->all[i].pid, SIGKILL);
	}
}

unsigned
crew_count(const struct crew *crew)
{
	unsigned n = 0;

	for (size_t i = 0; i < CREW_MAX; i++)
		n += crew->all[i].pid > 0;
	return n;
}
