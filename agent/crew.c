/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/crew.h"
#include "agent/message.h"
#include "agent/process.h"

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
		n += crew->all[i].pid > 0 &&
		    crew->all[i].generation == generation;
	return n;
}

static _Noreturn void
work(const struct crew_plan *plan, int socket)
{
	struct worker w = plan->worker;
	struct log log = log_relay(plan->log_socket, w.settings->debug);
	struct error err;

	w.socket = socket;
	w.log = &log;
	if (identity_assume(plan->identity, true, &err) < 0 ||
	    worker_main(&w, &err) < 0) {
		log_write(&log, LOG_ERR, "worker: %s", err.text);
		_exit(1);
	}
	_exit(0);
}

int
crew_start(struct crew *crew, const struct crew_plan *plan, uint32_t *number,
    struct error *err)
{
	struct crew_member *member = find(crew, 0);
	struct process process = { .name = "beffroid-work", .count = 2 };
	int ends[2];
	pid_t pid;

	if (member == NULL || count_of(crew, plan->generation) >= CREW_SHARE)
		return error_set(err, "too many workers");
	if (!message_pair(ends))
		return error_set(err, "socketpair: %s", strerror(errno));
	process.keep[0] = ends[1];
	process.keep[1] = plan->log_socket;
	pid = process_fork(&process);
	if (pid == 0)
		work(plan, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return error_set(err, "fork: %s", strerror(errno));
	}
	*number = ++crew->last_number;
	*member = (struct crew_member){
		.pid = pid,
		.number = *number,
		.generation = plan->generation,
	};
	return ends[0];
}

void
crew_kill(struct crew *crew, unsigned generation, uint32_t number)
{
	for (size_t i = 0; i < CREW_MAX; i++) {
		struct crew_member *m = &crew->all[i];

		if (m->pid <= 0 || m->number != number ||
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
