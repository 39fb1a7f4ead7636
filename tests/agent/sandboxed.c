/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandboxed - sends back what it reads, from within the sandbox
 *
 * usage: sandboxed [open]
 *
 * Prints "sandbox", or "no sandbox" if asked for "open" or built without, and
 * waits for stdin by epoll, to its end.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "agent/sandbox.h"

static bool
say(const char *text, size_t n)
{
	return write(STDOUT_FILENO, text, n) == (ssize_t)n;
}

static int
echo(int epoll)
{
	struct epoll_event event;
	char text[256];

	for (;;) {
		int count = epoll_wait(epoll, &event, 1, -1);
		ssize_t n;

		if (count < 0 && errno == EINTR)
			continue;
		n = count < 0 ? -1 : read(STDIN_FILENO, text, sizeof text);
		if (n <= 0)
			return n < 0;
		if (!say(text, (size_t)n))
			return 1;
	}
}

int
main(int argc, char *argv[])
{
	struct epoll_event event = { .events = EPOLLIN };
	struct sandbox_state state = { .seccomp = false };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct error err;

	if (epoll < 0 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) < 0)
		return 2;
	if ((argc < 2 || strcmp(argv[1], "open") != 0) &&
	    sandbox_enter(&state, &err) < 0) {
		fprintf(stderr, "sandboxed: %s\n", err.text);
		return 2;
	}
	if (!(state.seccomp ? say("sandbox\n", 8) : say("no sandbox\n", 11)))
		return 2;
	return echo(epoll);
}
