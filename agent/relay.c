/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "agent/relay.h"
#include "common/run.h"

/*
 * For the runner to end what runs too long, which may take it a second, and to
 * say so; less than the gatekeeper waits for us, or our word never comes.
 */
#define GRACE_SECONDS 1.4

/* 1 if the runner has something to say; 0 in vain; -1 if the client is gone. */
static int
wait_for_runner(int runner, int client, double deadline)
{
	struct pollfd fds[2] = {
		{ .fd = runner, .events = POLLIN },
		{ .fd = client }, /* POLLHUP is always */
	};
	double left;

	while ((left = deadline - deadline_now()) > 0) {
		if (left > 3600)
			left = 3600;
		if (poll(fds, 2, (int)(left * 1e3) + 1) <= 0)
			continue;
		return fds[1].revents != 0 ? -1 : 1;
	}
	return 0;
}

/* One more piece of its answer to the job of that number. */
static enum answer_progress
take(int runner, uint32_t number, struct packet *p, struct answer *answer)
{
	if (message_take(runner, p) <= 0)
		return ANSWER_BAD;
	if (p->fd >= 0)
		close(p->fd);
	if (p->head.type != MESSAGE_ANSWER || p->head.number != number ||
	    p->head.kind != ANSWER_TEXT)
		return ANSWER_BAD;
	return answer_add(answer, p);
}

enum relay_end
relay_job(int runner, int client, struct packet *p, struct answer *answer)
{
	double deadline = p->head.deadline + GRACE_SECONDS;
	uint32_t number = p->head.number;
	enum answer_progress progress;
	int ready;

	if (!message_send(runner, &p->head, p->payload, p->size, -1))
		return RELAY_NO_RUNNER;
	do {
		ready = wait_for_runner(runner, client, deadline);
		if (ready <= 0)
			return ready < 0 ? RELAY_NO_CLIENT : RELAY_NO_RUNNER;
		progress = take(runner, number, p, answer);
	} while (progress == ANSWER_PARTIAL);
	if (progress != ANSWER_WHOLE)
		return RELAY_NO_RUNNER;
	return p->head.last != 0 ? RELAY_LAST : RELAY_DONE;
}

bool
relay_wait(int runner, int client)
{
	struct pollfd fds[2] = {
		{ .fd = client, .events = POLLIN },
		{ .fd = runner }, /* POLLHUP is always */
	};

	/* For a job that may never come: no time is too long. */
	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		continue;
	return fds[0].revents != 0 || fds[1].revents == 0;
}
