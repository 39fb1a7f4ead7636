/* SPDX-License-Identifier: GPL-3.0-or-later */
/* relay - a worker's job that the runner beside it is to do */
#ifndef AGENT_RELAY_H
#define AGENT_RELAY_H

#include <stdbool.h>

#include "agent/answer.h"
#include "agent/message.h"

enum relay_end {
	RELAY_DONE,      /* the answer is whole, and text */
	RELAY_LAST,      /* so it is, and the runner will do no more */
	RELAY_NO_RUNNER, /* it is gone, or says what no runner would */
	RELAY_NO_CLIENT, /* nobody is left to hear of it */
};

/*
 * Gives the runner the job in p, which is then used for what it says, and takes
 * its answer, which must be all zero. It is to come by the job's deadline, or
 * little later.
 */
enum relay_end relay_job(int runner, int client, struct packet *p,
    struct answer *answer);

/* Waits for something from the client; false if the runner is gone first. */
bool relay_wait(int runner, int client);

#endif
