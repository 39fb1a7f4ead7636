/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/dispatch.h"
#include "agent/job.h"
#include "agent/timer.h"
#include "common/run.h"

struct worker_slot *
slot_find_idle(struct jobs *j)
{
	struct worker_slot *slot = j->slots;

	while (slot < j->slots + JOBS_SLOTS &&
	    (slot->fd < 0 || slot->job != NULL || slot->hung != NULL))
		slot++;
	return slot < j->slots + JOBS_SLOTS ? slot : NULL;
}

void
slot_close(struct worker_slot *slot)
{
	struct jobs *j = slot->jobs;

	if (slot->hung != NULL) {
		j->stuck--;
	} else {
		j->idle -= slot->job == NULL;
		j->workers--;
	}
	slot->job = slot->hung = NULL;
	(void)event_del(&slot->readable);
	close(slot->fd);
	slot->fd = -1;
	answer_free(&slot->answer);
}

/* The worker is gone, or says what no worker would. */
static void
slot_lost(struct worker_slot *slot, const char *why)
{
	struct jobs *j = slot->jobs;
	struct job *job = slot->job;

	/* An idle one was killed or crashed, or its runner is gone. */
	if (why != NULL)
		log_write(j->log, LOG_ERR, "worker %u: %s", slot->number, why);
	slot_close(slot);
	if (job != NULL)
		job_end_text(job, "NRPE: the process that ran this command "
		    "ended before it was done; the log may say why");
	jobs_dispatch(j);
}

/*
 * The worker has gone since it was idle, and another may have the job; what is
 * wrong otherwise may be wrong with that.
 */
static void
not_taken(struct worker_slot *slot, struct job *job, int why)
{
	bool gone = why == EPIPE || why == ECONNRESET;

	if (!gone)
		log_write(slot->jobs->log, LOG_ERR, "worker %u: %s",
		    slot->number, strerror(why));
	slot_close(slot);
	if (gone)
		job_enqueue(job, true);
	else
		job_end_text(job, "NRPE: no process could be given this "
		    "command; the log says why");
}

void
slot_start(struct worker_slot *slot, struct job *job)
{
	struct jobs *j = slot->jobs;
	struct message m = {
		.type = MESSAGE_JOB,
		.number = job->number,
		.command = job->key.command,
		.argc = job->key.argc,
		.deadline = job->deadline,
	};

	if (!message_send(slot->fd, &m, job->key.args, job->key.size, -1)) {
		not_taken(slot, job, errno);
		return;
	}
	job->worker = slot;
	job->started = j->moved_at = deadline_now();
	slot->job = job;
	j->idle--;
	timer_set(&job->timer, job->deadline + JOB_GRACE_SECONDS);
}

/* --- those that are given up --- */

/*
 * It counts as no worker any more, but its connection is kept: the end of that
 * is the end of the process, whatever the kernel does with it till then.
 */
static void
hang(struct worker_slot *slot, int pid, double when)
{
	struct jobs *j = slot->jobs;

	slot->hung = slot->job;
	slot->job = NULL;
	slot->hung_pid = pid;
	slot->hung_at = when;
	slot->hung_said = false;
	j->workers--;
	j->stuck++;
	(void)event_del(&slot->hung->timer);
	answer_free(&slot->answer);
}

static void
hung_has_ended(struct worker_slot *slot)
{
	struct jobs *j = slot->jobs;
	struct job *job = slot->hung;

	if (slot->hung_said)
		log_write(j->log, LOG_NOTICE, "worker %u: process %d, which "
		    "was stuck, has ended", slot->number, slot->hung_pid);
	slot_close(slot);
	job_free(job);
	jobs_dispatch(j);
}

struct worker_slot *
slot_find_hung(struct jobs *j, const struct job_key *key)
{
	double now = deadline_now();

	for (size_t i = 0; i < JOBS_SLOTS; i++) {
		struct worker_slot *slot = &j->slots[i];

		if (slot->fd < 0 || slot->hung == NULL || now < slot->hung_at)
			continue;
		if (job_key_equal(&slot->hung->key, key) ||
		    (j->stuck >= JOBS_STUCK_MAX &&
		    slot->hung->key.command == key->command))
			return slot;
	}
	return NULL;
}

void
slot_give_up(struct worker_slot *slot)
{
	static const char text[] = "NRPE: Command timed out: the check did not "
	    "return in time";
	const struct answer late = {
		.status = STATUS_UNKNOWN,
		.kind = ANSWER_TEXT,
		.bytes = (char *)(uintptr_t)text,
		.size = sizeof text - 1,
	};
	struct jobs *j = slot->jobs;
	struct job *job = slot->job;

	jobs_say_stuck(j, slot->number);
	log_write(j->log, LOG_ERR, "worker %u: did not return in time from "
	    "command %s", slot->number, dispatch_name(j->settings,
	    job->key.command));
	hang(slot, slot->pid, deadline_now() + JOBS_END_SECONDS);
	job_say(job, job->so_far.bytes != NULL ? &job->so_far : &late);
	answer_free(&job->so_far);
	jobs_dispatch(j);
}

/* --- what workers say --- */

/* The check may have another deadline than the command; never a later one. */
static void
take_so_far(struct worker_slot *slot, double deadline)
{
	struct job *job = slot->job;

	answer_free(&job->so_far);
	job->so_far = slot->answer;
	slot->answer = (struct answer){ 0 };
	if (deadline > 0)
		job->deadline = deadline < job->latest ? deadline : job->latest;
	timer_set(&job->timer, job->deadline + JOB_GRACE_SECONDS);
}

/* What we say ourselves, of a timeout perhaps, is not said again later. */
static void
keep(struct jobs *j, const struct job *job, const struct answer *answer,
    const struct message *head)
{
	if (head->own == 0 &&
	    dispatch_ttl(j->settings, job->key.command) > 0)
		jobs_cache_put(&j->cache, &job->key, answer, deadline_now());
}

/* The answer is whole; the worker is idle, or goes. */
static void
finish(struct worker_slot *slot, const struct message *head)
{
	struct jobs *j = slot->jobs;
	struct job *job = slot->job;
	struct answer answer = slot->answer;

	slot->answer = (struct answer){ 0 };
	if (head->pid != 0) {
		hang(slot, head->pid, deadline_now());
	} else {
		slot->job = NULL;
		j->idle++;
		if (head->last != 0)
			slot_close(slot);
	}
	keep(j, job, &answer, head);
	job_say(job, &answer);
	if (head->pid == 0)
		job_free(job);
	answer_free(&answer);
	jobs_dispatch(j);
}

static void
take(struct worker_slot *slot, const struct packet *p)
{
	struct job *job = slot->job;
	bool so_far = p->head.type == MESSAGE_SO_FAR;
	enum answer_progress progress;

	if (job == NULL || p->head.number != job->number ||
	    (!so_far && p->head.type != MESSAGE_ANSWER)) {
		slot_lost(slot, "sent what nobody asked for");
		return;
	}
	progress = answer_add(&slot->answer, p);
	if (progress == ANSWER_BAD) {
		slot_lost(slot, "sent no sound answer");
	} else if (progress == ANSWER_WHOLE && so_far) {
		take_so_far(slot, p->head.deadline);
	} else if (progress == ANSWER_WHOLE) {
		finish(slot, &p->head);
	}
}

static void
on_worker(evutil_socket_t fd, short what, void *arg)
{
	static struct packet packet; /* large, and of one thread alone */
	struct worker_slot *slot = arg;
	int rc = message_take(fd, &packet);

	(void)what;
	if (rc < 0 && errno == EAGAIN)
		return;
	if (rc <= 0 && slot->hung != NULL) {
		hung_has_ended(slot);
		return;
	}
	if (rc <= 0) {
		slot_lost(slot, rc < 0 ? strerror(errno) :
		    slot->job != NULL ? "died" : NULL);
		return;
	}
	if (packet.fd >= 0)
		close(packet.fd);
	if (slot->hung == NULL)
		take(slot, &packet);
}

void
jobs_add_worker(struct jobs *j, uint32_t number, int pid, int fd)
{
	struct worker_slot *slot = j->slots;

	if (j->wanted > 0)
		j->wanted--;
	j->refused = fd < 0;
	if (fd < 0) {
		j->retry_at = deadline_now() + JOBS_RETRY_SECONDS;
		return;
	}
	if (j->workers >= jobs_workers_max(j)) {
		close(fd);
		return;
	}
	while (slot->fd >= 0)
		slot++;
	*slot = (struct worker_slot){
		.jobs = j,
		.number = number,
		.pid = pid,
		.fd = fd,
	};
	(void)evutil_make_socket_nonblocking(fd);
	(void)event_assign(&slot->readable, j->base, fd, EV_READ | EV_PERSIST,
	    on_worker, slot);
	(void)event_add(&slot->readable, NULL);
	j->workers++;
	j->idle++;
	jobs_dispatch(j);
}

