/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * message - what the processes of the agent say to each other
 *
 * Over SOCK_SEQPACKET pairs, one struct and its payload to a packet: boundaries
 * are kept, and the death of the other side is an end of file. Both sides are
 * the same program, so there is no byte order to settle; yet each checks what
 * it takes, since the other may have fallen into foreign hands.
 */
#ifndef AGENT_MESSAGE_H
#define AGENT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/acl.h"
#include "common/status.h"

enum {
	MESSAGE_FRAGMENT = 32 * 1024, /* bytes of an answer in one packet */
	MESSAGE_PAYLOAD_MAX = 65536 + 16,
	MESSAGE_NAME_SIZE = 32,
};

enum message_type {
	/* gatekeeper to worker; the payload: arguments, each terminated */
	MESSAGE_JOB = 1,

	/* worker to gatekeeper; the payload: a piece of text or report */
	MESSAGE_SO_FAR, /* the answer if nothing more comes by its deadline */
	MESSAGE_ANSWER, /* with its last piece the worker is idle again */

	/* gatekeeper to supervisor */
	MESSAGE_READY,        /* all is open, and the sandbox shut */
	MESSAGE_WANT_WORKERS, /* number of them */
	MESSAGE_WORKER_STUCK, /* number: which; to be killed */
	MESSAGE_ALIVE,        /* number: of the probe that went well */

	/* supervisor to gatekeeper */
	MESSAGE_WORKER,  /* number: which; a descriptor comes with it */
	MESSAGE_ACL_NAME, /* number: of the name; the payload: its acl_name */
	MESSAGE_PROBE,   /* number: of the probe; run _NRPE_CHECK for us */
	MESSAGE_DRAIN,   /* accept no more, finish, end; number: the bits of
			    those listeners where another one accepts */
};

enum answer_kind {
	ANSWER_TEXT,   /* to be passed on as it is */
	ANSWER_REPORT, /* to be rendered */
};

struct message {
	uint32_t type;
	uint32_t number; /* of the job, of the worker, or as said above */

	/*
	 * MESSAGE_WORKER: its process; MESSAGE_ANSWER: one of the program that
	 * nothing ends, for which this worker waits from now on, or 0
	 */
	int32_t pid;

	/* MESSAGE_JOB */
	int32_t command; /* its number in the settings, or DISPATCH_PING */
	uint32_t argc;

	/* MESSAGE_JOB, MESSAGE_SO_FAR: on the clock of deadline_now() */
	double deadline;

	/* MESSAGE_SO_FAR, MESSAGE_ANSWER */
	uint32_t status;        /* enum status */
	uint32_t kind;          /* enum answer_kind */
	uint32_t total, offset; /* of the whole, and of this piece in it */
	uint32_t last;          /* MESSAGE_ANSWER: this worker takes no more */
	uint32_t own;           /* ..., and these are no words of the command */
	char name[MESSAGE_NAME_SIZE]; /* of the check, for ANSWER_REPORT */
};

/* A message as it was taken. */
struct packet {
	struct message head;
	int fd; /* that came with it, the taker's; -1: none */
	size_t size;
	char payload[MESSAGE_PAYLOAD_MAX + 1]; /* a zero byte follows */
};

/*
 * Sends one, with size bytes of payload and, unless it is -1, a descriptor.
 * False and errno if that failed; on a blocking socket it waits for room.
 */
bool message_send(int socket, const struct message *head, const void *payload,
    size_t size, int fd);

/*
 * Takes one. 1; 0 at the end: the other side is gone; -1 and errno otherwise,
 * EAGAIN if there is none now, EPROTO if it is no message.
 */
int message_take(int socket, struct packet *out);

/* Both ends of a connection, close-on-exec. False and errno. */
bool message_pair(int sockets[2]);

#endif
