/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/answer.h"
#include "tests/tap.h"

static struct packet packet;
static _Alignas(max_align_t) char storage[REPORT_MAX];

/* Sends an answer and puts it together again; how that ended. */
static enum answer_progress
pass(struct answer *a, const struct message *head, const void *bytes,
    size_t size, int *pieces)
{
	enum answer_progress progress = ANSWER_PARTIAL;
	int ends[2];

	*pieces = 0;
	if (!message_pair(ends)) {
		printf("Bail out! no socket pair\n");
		exit(1);
	}
	if (fork() == 0)
		_exit(!answer_send(ends[1], head, bytes, size));
	close(ends[1]);
	while (progress == ANSWER_PARTIAL &&
	    message_take(ends[0], &packet) > 0) {
		progress = answer_add(a, &packet);
		(*pieces)++;
	}
	close(ends[0]);
	return progress;
}

static void
test_text(void)
{
	static char text[3 * MESSAGE_FRAGMENT + 5];
	struct message head = {
		.type = MESSAGE_ANSWER,
		.number = 7,
		.status = STATUS_CRITICAL,
	};
	struct answer a = { 0 };
	int pieces;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i * 31 % 127);
	tap_int(pass(&a, &head, text, 0, &pieces), ANSWER_WHOLE, "no text");
	tap_int((long long)a.size, 0, "has no bytes");
	tap_int(pass(&a, &head, "words", 5, &pieces), ANSWER_WHOLE, "a text");
	tap_int(a.status, STATUS_CRITICAL, "its status");
	tap_int(pieces, 1, "in one piece");
	tap_int(pass(&a, &head, text, sizeof text, &pieces), ANSWER_WHOLE,
	    "a long one");
	tap_int(pieces, 4, "in four");
	tap_ok(a.size == sizeof text && memcmp(a.bytes, text, a.size) == 0,
	    "is what was sent");
	answer_free(&a);
}

static void
test_report(void)
{
	struct report *r = report_init(storage, sizeof storage);
	struct message head = { .kind = ANSWER_REPORT, .name = "memory" };
	struct answer a = { 0 };
	int pieces;

	for (int i = 0; i < 2000; i++)
		report_line(r, STATUS_WARNING, "line %d of many", i);
	tap_int(pass(&a, &head, r, r->used, &pieces), ANSWER_WHOLE, "a report");
	tap_ok(pieces > 1, "in pieces");
	tap_str(a.name, "memory", "with the name of its check");
	r->used -= 8;
	tap_int(pass(&a, &head, r, r->used + 8, &pieces), ANSWER_BAD,
	    "one that is not sound");
	answer_free(&a);
}

/* One piece that is not as it should be, behind a good first one or alone. */
static const struct {
	const char *what;
	uint32_t status, kind, total, offset;
	size_t size;
	bool first;
} wrong[] = {
	{ "no status", 4, ANSWER_TEXT, 5, 0, 5, false },
	{ "no kind", 0, 2, 5, 0, 5, false },
	{ "too long", 0, ANSWER_TEXT, REPORT_MAX + 1, 0, 5, false },
	{ "more than it said", 0, ANSWER_TEXT, 4, 0, 5, false },
	{ "nothing of something", 0, ANSWER_TEXT, 4, 0, 0, false },
	{ "no beginning", 0, ANSWER_TEXT, 10, 5, 5, false },
	{ "another total", 0, ANSWER_TEXT, 11, 5, 5, true },
	{ "a gap", 0, ANSWER_TEXT, 10, 6, 4, true },
	{ "an overlap", 0, ANSWER_TEXT, 10, 4, 5, true },
	{ "beyond its end", 0, ANSWER_TEXT, 10, 5, 6, true },
};

static void
test_wrong(void)
{
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct answer a = { 0 };

		packet = (struct packet){ .head.total = 10, .size = 5 };
		if (wrong[i].first && answer_add(&a, &packet) != ANSWER_PARTIAL)
			tap_ok(false, "the first piece");
		packet.head.status = wrong[i].status;
		packet.head.kind = wrong[i].kind;
		packet.head.total = wrong[i].total;
		packet.head.offset = wrong[i].offset;
		packet.size = wrong[i].size;
		tap_int(answer_add(&a, &packet), ANSWER_BAD, wrong[i].what);
		answer_free(&a);
	}
}

static void
test_message(void)
{
	struct message head = { .type = MESSAGE_WORKER, .number = 3 };
	int ends[2], pipe_ends[2];
	char byte = 0;

	if (!message_pair(ends) || pipe(pipe_ends) < 0) {
		printf("Bail out! no socket pair\n");
		exit(1);
	}
	tap_ok(message_send(ends[0], &head, NULL, 0, pipe_ends[1]),
	    "a descriptor is sent");
	tap_int(message_take(ends[1], &packet), 1, "and taken");
	tap_int(packet.head.number, 3, "with its message");
	tap_ok(packet.fd >= 0 && write(packet.fd, "x", 1) == 1 &&
	    read(pipe_ends[0], &byte, 1) == 1 && byte == 'x', "it works");
	close(packet.fd);
	tap_ok(send(ends[0], "short", 5, 0) == 5, "something else is sent");
	tap_int(message_take(ends[1], &packet), -1, "and refused");
	tap_int(errno, EPROTO, "as no message");
	close(ends[0]);
	tap_int(message_take(ends[1], &packet), 0, "the end is the end");
	tap_ok(!message_send(ends[1], &head, NULL, 0, -1),
	    "nobody is there to send to");
}

/* The lowest that is free: it stays the same if nothing was kept. */
static int
free_descriptor(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* Sends n bytes and as many descriptors, like nothing of ours does. */
static bool
send_descriptors(int socket, const void *bytes, size_t n, size_t count)
{
	static const int fds[4] = { 0, 1, 2, 1 };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fds)] = { 0 };
	struct iovec part = { (void *)(uintptr_t)bytes, n };
	struct msghdr msg = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_SPACE(count * sizeof fds[0]),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(count * sizeof fds[0]);
	memcpy(CMSG_DATA(c), fds, count * sizeof fds[0]);
	return sendmsg(socket, &msg, 0) == (ssize_t)n;
}

/* Whoever is in foreign hands must not fill up the other with descriptors. */
static void
test_descriptors(void)
{
	struct message head = { .type = MESSAGE_READY };
	int ends[2], before;

	if (!message_pair(ends)) {
		printf("Bail out! no socket pair\n");
		exit(1);
	}
	before = free_descriptor();
	for (size_t n = 1; n <= 4; n++) {
		tap_ok(send_descriptors(ends[0], &head, sizeof head, n),
		    "descriptors are sent");
		tap_int(message_take(ends[1], &packet), 1, "their message");
		tap_ok(packet.fd >= 0, "has one of them");
		close(packet.fd);
		tap_int(free_descriptor(), before, "and no other is kept");
	}
	tap_ok(send_descriptors(ends[0], "short", 5, 1), "with no message");
	tap_int(message_take(ends[1], &packet), -1, "that is refused");
	tap_int(free_descriptor(), before, "and none is kept");
	tap_ok(send_descriptors(ends[0], "", 0, 1), "with nothing");
	tap_int(message_take(ends[1], &packet), 0, "that is taken for the end");
	tap_int(free_descriptor(), before, "and none is kept");
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	test_descriptors();
	test_text();
	test_report();
	test_wrong();
	test_message();
	return tap_done();
}
