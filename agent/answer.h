/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * answer - what a worker has to say, in pieces over a socket
 *
 * Either text, as a program printed it, or a report that the gatekeeper
 * renders.
 */
#ifndef AGENT_ANSWER_H
#define AGENT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/message.h"
#include "common/report.h"

/* All zero: nothing has arrived yet. */
struct answer {
	enum status status;
	enum answer_kind kind;
	char name[MESSAGE_NAME_SIZE];
	char *bytes; /* allocated; of a report, aligned for one */
	size_t size, have;
};

enum answer_progress {
	ANSWER_PARTIAL,
	ANSWER_WHOLE, /* sound to the last byte, if it is a report */
	ANSWER_BAD,
};

/* Adds a piece; the first one of another answer starts it anew. */
enum answer_progress answer_add(struct answer *a, const struct packet *piece);

void answer_free(struct answer *a);

/*
 * Sends an answer of that many bytes in as many pieces as it takes; head says
 * what it is. False and errno if the other side is gone.
 */
bool answer_send(int socket, const struct message *head, const void *bytes,
    size_t size);

#endif
