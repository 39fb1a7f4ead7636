/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agent/message.h"

/* Aligned for the header that the macros find in it. */
union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* Of what is there the last bytes are padding, where a second one would fit. */
#define ONE_DESCRIPTOR CMSG_LEN(sizeof(int))

static void
attach(struct msghdr *msg, union control *control, int fd)
{
	struct cmsghdr *c;

	*control = (union control){ 0 };
	msg->msg_control = control->bytes;
	msg->msg_controllen = ONE_DESCRIPTOR;
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
}

bool
message_send(int socket, const struct message *head, const void *payload,
    size_t size, int fd)
{
	struct message copy = *head;
	struct iovec parts[2] = {
		{ .iov_base = &copy, .iov_len = sizeof copy },
		{ .iov_base = (void *)(uintptr_t)payload, .iov_len = size },
	};
	struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 2 };
	union control control;
	ssize_t n;

	if (fd >= 0)
		attach(&msg, &control, fd);
	do
		n = sendmsg(socket, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n >= 0;
}

/* The descriptor that came along; -1. More than one there is no room for. */
static int
detach(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fd;

	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof fd))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

int
message_take(int socket, struct packet *out)
{
	struct iovec parts[2] = {
		{ .iov_base = &out->head, .iov_len = sizeof out->head },
		{ .iov_base = out->payload, .iov_len = MESSAGE_PAYLOAD_MAX },
	};
	union control control;
	struct msghdr msg = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = control.bytes,
		.msg_controllen = ONE_DESCRIPTOR,
	};
	ssize_t n;

	do
		n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -1;
	out->fd = detach(&msg);
	if ((size_t)n < sizeof out->head || (msg.msg_flags & MSG_TRUNC) != 0) {
		if (out->fd >= 0)
			close(out->fd);
		errno = EPROTO;
		return n == 0 ? 0 : -1;
	}
	out->size = (size_t)n - sizeof out->head;
	out->payload[out->size] = '\0';
	out->head.name[MESSAGE_NAME_SIZE - 1] = '\0';
	return 1;
}

bool
message_pair(int sockets[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    sockets) == 0;
}
