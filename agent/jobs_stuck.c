/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "agent/job.h"
#include "agent/timer.h"

/* Before what the supervisor had no room for is sent once more. */
#define REMIND_SECONDS 0.1

static void
send_stuck(evutil_socket_t fd, short what, void *arg)
{
	struct jobs *j = arg;

	(void)fd;
	(void)what;
	while (j->untold > 0) {
		struct message m = {
			.type = MESSAGE_WORKER_STUCK,
			.number = j->untold_of[0],
		};

		if (!message_send(j->control, &m, NULL, 0, -1) &&
		    errno == EAGAIN) {
			timer_set(&j->remind, deadline_now() + REMIND_SECONDS);
			return;
		}
		/* Said, or there is nobody left to be told. */
		j->untold--;
		memmove(j->untold_of, j->untold_of + 1,
		    j->untold * sizeof j->untold_of[0]);
	}
}

void
jobs_stuck_open(struct jobs *j)
{
	(void)event_assign(&j->remind, j->base, -1, 0, send_stuck, j);
}

void
jobs_say_stuck(struct jobs *j, uint32_t number)
{
	/* There are no more: who cannot be told sends no new ones either. */
	if (j->untold < JOBS_SLOTS)
		j->untold_of[j->untold++] = number;
	send_stuck(-1, 0, j);
}
