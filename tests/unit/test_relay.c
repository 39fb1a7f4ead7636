/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test is the runner, and the client: both say it all beforehand. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/relay.h"
#include "common/run.h"
#include "tests/tap.h"

enum {
	NUMBER = 7,
};

static struct packet packet;
static struct answer answer;
static int runner[2], client[2]; /* the worker's ends, and the others' */

static void
open_both(void)
{
	if (!message_pair(runner) || !message_pair(client)) {
		printf("Bail out! no socket pair\n");
		exit(1);
	}
}

static void
close_both(void)
{
	for (int i = 0; i < 2; i++) {
		close(runner[i]);
		close(client[i]);
		runner[i] = client[i] = -1;
	}
	answer_free(&answer);
}

/* Passes on a job of so many seconds. */
static enum relay_end
pass(double seconds)
{
	packet = (struct packet){
		.head = {
			.type = MESSAGE_JOB,
			.number = NUMBER,
			.command = 3,
			.argc = 2,
			.deadline = deadline_now() + seconds,
		},
		.fd = -1,
		.size = 4,
		.payload = "a\0b",
	};
	return relay_job(runner[0], client[0], &packet, &answer);
}

static void
test_answer(void)
{
	static char text[2 * MESSAGE_FRAGMENT + 5];
	struct message head = {
		.type = MESSAGE_ANSWER,
		.number = NUMBER,
		.status = STATUS_CRITICAL,
		.kind = ANSWER_TEXT,
	};

	memset(text, 'x', sizeof text);
	open_both();
	(void)answer_send(runner[1], &head, "words", 5);
	tap_int(pass(60), RELAY_DONE, "an answer");
	tap_ok(answer.size == 5 && memcmp(answer.bytes, "words", 5) == 0,
	    "its words");
	tap_int(answer.status, STATUS_CRITICAL, "its status");
	tap_int(message_take(runner[1], &packet), 1, "the job arrived");
	tap_ok(packet.head.type == MESSAGE_JOB && packet.head.command == 3 &&
	    packet.head.argc == 2 && packet.size == 4 &&
	    memcmp(packet.payload, "a\0b", 4) == 0, "as it was");
	answer_free(&answer);

	head.last = 1;
	(void)answer_send(runner[1], &head, text, sizeof text);
	tap_int(pass(60), RELAY_LAST, "a long one, and the last");
	tap_ok(answer.size == sizeof text &&
	    memcmp(answer.bytes, text, sizeof text) == 0, "is whole");
	close_both();
}

/* What no runner would say, in one packet. */
static const struct {
	const char *what;
	struct message head;
} wrong[] = {
	{ "to another job", { .type = MESSAGE_ANSWER, .number = 8,
	    .total = 1 } },
	{ "of another type", { .type = MESSAGE_SO_FAR, .number = NUMBER,
	    .total = 1 } },
	{ "a job of its own", { .type = MESSAGE_JOB, .number = NUMBER,
	    .total = 1 } },
	{ "a report", { .type = MESSAGE_ANSWER, .number = NUMBER,
	    .kind = ANSWER_REPORT, .total = 1 } },
	{ "of no status", { .type = MESSAGE_ANSWER, .number = NUMBER,
	    .status = 77, .total = 1 } },
	{ "of no size", { .type = MESSAGE_ANSWER, .number = NUMBER,
	    .total = 1000, .offset = 1000 } },
	{ "too large", { .type = MESSAGE_ANSWER, .number = NUMBER,
	    .total = UINT32_MAX } },
};

static void
test_wrong(void)
{
	for (size_t i = 0; i < COUNT(wrong); i++) {
		open_both();
		(void)message_send(runner[1], &wrong[i].head, "x", 1, -1);
		tap_int(pass(60), RELAY_NO_RUNNER, wrong[i].what);
		close_both();
	}
}

static void
test_gone(void)
{
	struct message head = {
		.type = MESSAGE_ANSWER,
		.number = NUMBER,
		.total = 2,
	};
	double start;

	open_both();
	close(runner[1]);
	tap_int(pass(60), RELAY_NO_RUNNER, "the runner is gone");
	close_both();

	open_both();
	(void)message_send(runner[1], &head, "x", 1, -1);
	(void)shutdown(runner[1], SHUT_WR);
	tap_int(pass(60), RELAY_NO_RUNNER, "it went in the middle");
	close_both();

	open_both();
	close(client[1]);
	tap_int(pass(60), RELAY_NO_CLIENT, "nobody is there to hear of it");
	close_both();

	open_both();
	start = deadline_now();
	tap_int(pass(-1.15), RELAY_NO_RUNNER, "it says nothing in time");
	tap_ok(deadline_now() - start >= 0.09, "which is a little later");
	tap_int(pass((double)NAN), RELAY_NO_RUNNER, "no time at all");
	close_both();
}

static void
test_wait(void)
{
	struct message head = { .type = MESSAGE_JOB };

	open_both();
	(void)message_send(client[1], &head, NULL, 0, -1);
	tap_ok(relay_wait(runner[0], client[0]), "a job");
	close(runner[1]);
	tap_ok(relay_wait(runner[0], client[0]), "it comes first");
	(void)message_take(client[0], &packet);
	tap_ok(!relay_wait(runner[0], client[0]), "then there is none more");
	close_both();

	open_both();
	close(client[1]);
	tap_ok(relay_wait(runner[0], client[0]), "the client's end");
	close_both();
}

int
main(void)
{
	test_answer();
	test_wrong();
	test_gone();
	test_wait();
	return tap_done();
}
