/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an event loop does goes on in the sandbox. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

#include "tests/confined.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#ifdef HAVE_SANDBOX
static const bool built = true;
#else
static const bool built = false;
#endif

/* What is open when a child enters. */
struct world {
	int epoll;
	int pair[2];
	int listener, client; /* connected, not yet accepted */
	int log;              /* a file */
};

static bool
has_text(int fd, const char *want)
{
	char text[16] = "";

	return read(fd, text, sizeof text - 1) == (ssize_t)strlen(want) &&
	    strcmp(text, want) == 0;
}

static bool
waits_by_epoll(const struct world *w)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = 42 };

	if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->pair[0], &event) < 0 ||
	    epoll_wait(w->epoll, &event, 1, 1) != 0 ||
	    write(w->pair[1], "ping", 4) != 4)
		return false;
	event.data.fd = 0;
	if (epoll_wait(w->epoll, &event, 1, 5000) != 1 ||
	    event.data.fd != 42 || !has_text(w->pair[0], "ping"))
		return false;
	event.events = EPOLLIN | EPOLLOUT;
	return epoll_ctl(w->epoll, EPOLL_CTL_MOD, w->pair[0], &event) == 0 &&
	    epoll_ctl(w->epoll, EPOLL_CTL_DEL, w->pair[0], NULL) == 0;
}

static bool
waits_by_poll(const struct world *w)
{
	struct pollfd p = { .fd = w->pair[0], .events = POLLIN };

	return poll(&p, 1, 1) == 0 && write(w->pair[1], "x", 1) == 1 &&
	    poll(&p, 1, 5000) == 1 && shutdown(w->pair[1], SHUT_RDWR) == 0;
}

static bool
sets_options(int fd)
{
	const struct linger linger = { .l_onoff = 1 };
	socklen_t size = sizeof(int);
	int on = 1;

	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
	    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) ==
	    0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &on, &size) == 0;
}

static bool
serves_a_client(const struct world *w)
{
	struct iovec iov[2] = { { (void *)"ans", 3 }, { (void *)"wer", 3 } };
	struct sockaddr_storage peer;
	socklen_t size = sizeof peer;
	char text[8];
	int fd = accept4(w->listener, (struct sockaddr *)&peer, &size,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0 || peer.ss_family != AF_INET || !sets_options(fd) ||
	    recv(fd, text, sizeof text, 0) != -1 || errno != EAGAIN ||
	    writev(fd, iov, 2) != 6 || !has_text(w->client, "answer") ||
	    send(w->client, "hello", 5, MSG_NOSIGNAL) != 5 ||
	    recv(fd, text, sizeof text, 0) != 5)
		return false;
	size = sizeof peer;
	return getpeername(fd, (struct sockaddr *)&peer, &size) == 0 &&
	    getsockname(fd, (struct sockaddr *)&peer, &size) == 0 &&
	    shutdown(fd, SHUT_WR) == 0 && has_text(w->client, "") &&
	    close(fd) == 0;
}

/* One end of a pipe with text in it comes over a socket. */
static bool
receives_a_descriptor(const struct world *w)
{
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	union {
		struct cmsghdr header; /* for its alignment */
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes,
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int fd = w->listener;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	if (sendmsg(w->pair[0], &m, MSG_NOSIGNAL) != 1)
		return false;
	memset(control.bytes, 0, sizeof control.bytes);
	if (recvmsg(w->pair[1], &m, MSG_CMSG_CLOEXEC) != 1)
		return false;
	c = CMSG_FIRSTHDR(&m);
	if (c == NULL || c->cmsg_type != SCM_RIGHTS)
		return false;
	memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd != w->listener && fcntl(fd, F_GETFD) == FD_CLOEXEC &&
	    accept(fd, NULL, NULL) >= 0;
}

static bool
changes_flags(const struct world *w)
{
	int flags = fcntl(w->pair[0], F_GETFL);

	return flags >= 0 &&
	    fcntl(w->pair[0], F_SETFL, flags | O_NONBLOCK) == 0 &&
	    fcntl(w->pair[0], F_SETFD, FD_CLOEXEC) == 0 &&
	    fcntl(w->pair[0], F_GETFD) == FD_CLOEXEC;
}

static bool
has_large_memory(const struct world *w)
{
	const size_t size = (size_t)10 << 20;
	char *large = malloc(size), *larger = NULL;
	bool ok = false;

	(void)w;
	if (large != NULL) {
		memset(large, 1, size);
		larger = realloc(large, 2 * size); /* mremap */
	}
	if (larger != NULL) {
		ok = larger[0] == 1 && larger[size - 1] == 1;
		large = larger;
	}
	free(large);
	return ok;
}

static bool
has_small_memory(const struct world *w)
{
	char *small[200];
	bool ok = true;

	(void)w;
	for (size_t i = 0; i < COUNT(small); i++) {
		small[i] = malloc(5000); /* brk */
		ok = ok && small[i] != NULL;
		if (small[i] != NULL)
			memset(small[i], 2, 5000);
	}
	for (size_t i = 0; i < COUNT(small); i++)
		free(small[i]);
	return ok;
}

static bool
has_clock_and_chance(const struct world *w)
{
	struct timespec now, nap = { .tv_nsec = 1000 };
	char bytes[32];

	(void)w;
	return getrandom(bytes, sizeof bytes, 0) == sizeof bytes &&
	    clock_gettime(CLOCK_MONOTONIC, &now) == 0 && time(NULL) > 0 &&
	    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0 &&
	    nanosleep(&nap, NULL) == 0;
}

static bool
writes_its_log(const struct world *w)
{
	return write(w->log, "a line\n", 7) == 7;
}

static volatile sig_atomic_t caught;

static void
catch(int number)
{
	caught = number;
}

static bool
handles_signals(const struct world *w)
{
	struct sigaction action = { .sa_handler = catch };

	(void)w;
	return sigaction(SIGTERM, &action, NULL) == 0 &&
	    raise(SIGTERM) == 0 && caught == SIGTERM;
}

static bool
exits(const struct world *w)
{
	(void)w;
	exit(0);
}

static bool
aborts(const struct world *w)
{
	(void)w;
	abort();
}

static const struct {
	const char *name;
	bool (*works)(const struct world *w);
	int code;
} things[] = {
	{ "epoll with a socketpair", waits_by_epoll, 0 },
	{ "poll", waits_by_poll, 0 },
	{ "a client, accepted and served", serves_a_client, 0 },
	{ "a descriptor by SCM_RIGHTS", receives_a_descriptor, 0 },
	{ "O_NONBLOCK and FD_CLOEXEC", changes_flags, 0 },
	{ "10 MiB, then 20", has_large_memory, 0 },
	{ "many small pieces", has_small_memory, 0 },
	{ "clock, sleep and random bytes", has_clock_and_chance, 0 },
	{ "a line to a log file", writes_its_log, 0 },
	{ "a signal and its handler", handles_signals, 0 },
	{ "exit()", exits, 0 },
	{ "abort() is still one", aborts, -SIGABRT },
};

static bool
make_world(struct world *w)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr *a = (struct sockaddr *)&address;
	socklen_t size = sizeof address;

	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->listener = socket(AF_INET, SOCK_STREAM, 0);
	w->client = socket(AF_INET, SOCK_STREAM, 0);
	w->log = open(scratch_path("log").s, O_WRONLY | O_CREAT | O_APPEND,
	    0600);
	return socketpair(AF_UNIX, SOCK_STREAM, 0, w->pair) == 0 &&
	    bind(w->listener, a, size) == 0 && listen(w->listener, 5) == 0 &&
	    getsockname(w->listener, a, &size) == 0 &&
	    connect(w->client, a, size) == 0 && w->epoll >= 0 && w->log >= 0;
}

static void
test_works(void)
{
	for (size_t i = 0; i < COUNT(things); i++) {
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			struct world w;

			if (!make_world(&w))
				_exit(2);
			(void)confined_enter();
			_exit(things[i].works(&w) ? 0 : 1);
		}
		tap_int(confined_reap(pid), things[i].code, things[i].name);
	}
}

int
main(void)
{
	scratch_make();
	if (!confined_can(built))
		return tap_done();
	test_works();
	return tap_done();
}
