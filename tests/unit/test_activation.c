/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/activation.h"
#include "tests/tap.h"

static const struct {
	const char *fds, *pid;
	int count; /* -1: refused */
	const char *what;
} counts[] = {
	{ NULL, NULL, 0, "nothing" },
	{ "1", NULL, 0, "of nobody" },
	{ NULL, "77", 0, "no number" },
	{ "1", "77", 1, "one" },
	{ "16", "77", 16, "the most" },
	{ "17", "77", -1, "one more" },
	{ "0", "77", 0, "zero" },
	{ "1", "78", 0, "another's" },
	{ "x", "78", 0, "another's nonsense" },
	{ "1", "077", 1, "zeros in front" },
	{ "1", "77x", 0, "no process number" },
	{ "", "77", -1, "an empty one" },
	{ "x", "77", -1, "a word" },
	{ "-1", "77", -1, "less than nothing" },
	{ "4294967297", "77", -1, "more than fits" },
	{ "1 ", "77", -1, "a blank" },
};

static const struct {
	const char *names;
	size_t i;
	const char *want;
} names[] = {
	{ NULL, 0, "" },
	{ NULL, 3, "" },
	{ "", 0, "" },
	{ "", 1, "" },
	{ "a", 0, "a" },
	{ "a", 1, "" },
	{ "a:b", 0, "a" },
	{ "a:b", 1, "b" },
	{ "a:b", 2, "" },
	{ "::c", 1, "" },
	{ "::c", 2, "c" },
	{ "much-too-long-a-name:b", 0, "much-to" },
	{ "much-too-long-a-name:b", 1, "b" },
};

static void
test_parsing(void)
{
	struct error err;
	char name[8];

	for (size_t i = 0; i < COUNT(counts); i++) {
		err.text[0] = '\0';
		tap_int(activation_count(counts[i].fds, counts[i].pid, 77,
		    &err), counts[i].count, counts[i].what);
		tap_int(strncmp(err.text, "LISTEN_FDS: ", 12) == 0,
		    counts[i].count < 0, "says why, or nothing");
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		activation_name(names[i].names, names[i].i, name, sizeof name);
		tap_str(name, names[i].want, "a name");
	}
}

/* --- descriptors, of a process whose own they are -------------------------- */

enum kind { LISTENING4, LISTENING6, CONNECTION, UNBOUND, DATAGRAM, LOCAL,
	DEVICE, CLOSED };

static int
make(enum kind kind)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len = sizeof in;
	int fd, other;

	switch (kind) {
	case LISTENING4:
		fd = socket(AF_INET, SOCK_STREAM, 0);
		(void)bind(fd, (struct sockaddr *)&in, sizeof in);
		(void)listen(fd, 5);
		return fd;
	case LISTENING6:
		fd = socket(AF_INET6, SOCK_STREAM, 0);
		(void)bind(fd, (struct sockaddr *)&in6, sizeof in6);
		(void)listen(fd, 5);
		return fd;
	case CONNECTION:
		other = make(LISTENING4);
		(void)getsockname(other, (struct sockaddr *)&in, &len);
		fd = socket(AF_INET, SOCK_STREAM, 0);
		(void)connect(fd, (struct sockaddr *)&in, len);
		return fd;
	case UNBOUND:
		return socket(AF_INET, SOCK_STREAM, 0);
	case DATAGRAM:
		return socket(AF_INET, SOCK_DGRAM, 0);
	case LOCAL:
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		(void)bind(fd, (struct sockaddr *)&un, sizeof un.sun_family);
		(void)listen(fd, 5);
		return fd;
	case DEVICE:
		return open("/dev/null", O_RDWR);
	case CLOSED:
		break;
	}
	return -1;
}

/* Makes fds 3 and on what kinds say; says what becomes of them in a file. */
static void
take(FILE *out, const enum kind *kinds, int count)
{
	struct listeners l = { .count = 77 };
	int made[2], low = fcntl(fileno(out), F_DUPFD, 100);
	struct error err = { .text = "" };
	char text[32];

	for (int i = 0; i < count; i++) {
		int fd = make(kinds[i]);

		made[i] = fd < 0 ? -1 : fcntl(fd, F_DUPFD, 50);
	}
	for (int fd = 3; fd < 50; fd++)
		close(fd);
	for (int i = 0; i < count; i++) {
		if (made[i] >= 0)
			(void)dup2(made[i], 3 + i);
	}
	(void)snprintf(text, sizeof text, "%d", count);
	(void)setenv("LISTEN_FDS", text, 1);
	(void)snprintf(text, sizeof text, "%ld", (long)getpid());
	(void)setenv("LISTEN_PID", text, 1);
	(void)setenv("LISTEN_FDNAMES", "first:second", 1);

	if (activation_take(&l, &err) < 0) {
		dprintf(low, "%s", err.text);
		_exit(l.count != 77);
	}
	for (size_t i = 0; i < l.count; i++)
		dprintf(low, "%d %.*s%s%s ", l.all[i].fd,
		    (int)strcspn(l.all[i].text, "123456789"), l.all[i].text,
		    (fcntl(l.all[i].fd, F_GETFL) & O_NONBLOCK) != 0 ?
		    " non-blocking" : "",
		    (fcntl(l.all[i].fd, F_GETFD) & FD_CLOEXEC) != 0 ?
		    " cloexec" : "");
	_exit(getenv("LISTEN_FDS") != NULL || getenv("LISTEN_PID") != NULL ||
	    getenv("LISTEN_FDNAMES") != NULL);
}

static const struct {
	enum kind kinds[2];
	int count;
	const char *says;
} handed[] = {
	{ { LISTENING4 }, 0, "" },
	{ { LISTENING4 }, 1, "3  non-blocking cloexec " },
	{ { LISTENING4, LISTENING6 }, 2, "3  non-blocking cloexec "
	    "4 [:: non-blocking cloexec " },
	{ { LISTENING4, CLOSED }, 2, "descriptor 4 (second) that was handed "
	    "over is not open" },
	{ { DEVICE }, 1, "descriptor 3 (first) that was handed over is not a "
	    "socket" },
	{ { DATAGRAM }, 1, "descriptor 3 (first) that was handed over is not "
	    "a TCP socket" },
	{ { LOCAL }, 1, "descriptor 3 (first) that was handed over is not a "
	    "TCP socket" },
	{ { LISTENING4, CONNECTION }, 2, "descriptor 4 (second) that was "
	    "handed over does not listen; for single connections (Accept=yes) "
	    "there is -i" },
	{ { UNBOUND }, 1, "descriptor 3 (first) that was handed over does not "
	    "listen; for single connections (Accept=yes) there is -i" },
};

static void
test_descriptors(void)
{
	for (size_t i = 0; i < COUNT(handed); i++) {
		FILE *out = tmpfile();
		char text[512] = "";
		int status = -1;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0)
			take(out, handed[i].kinds, handed[i].count);
		(void)waitpid(pid, &status, 0);
		rewind(out);
		(void)!fread(text, 1, sizeof text - 1, out);
		fclose(out);
		tap_str(text, handed[i].says, "what was handed over");
		tap_int(status, 0, "and the environment is clean");
	}
}

int
main(void)
{
	test_parsing();
	test_descriptors();
	return tap_done();
}
