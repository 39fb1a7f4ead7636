/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/listener.h"
#include "tests/tap.h"

static const char *const both[] = { "127.0.0.1", "::1" };

static uint16_t
port_of(const struct listener *l)
{
	return (uint16_t)atoi(strrchr(l->text, ':') + 1);
}

static int
open_on(struct listeners *out, const char *address, uint16_t port,
    const struct listeners *old, struct error *err)
{
	err->text[0] = '\0';
	return listeners_open(out, &address, 1, port, 5, old, err);
}

/* A client of loopback: whether l takes it. */
static bool
takes_client(const struct listener *l)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port_of(l)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(port_of(l)),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	bool six = l->text[0] == '[';
	int client = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
	struct pollfd ready = { .fd = l->fd, .events = POLLIN };
	int taken = -1;

	if (connect(client, six ? (struct sockaddr *)&in6 :
	    (struct sockaddr *)&in, six ? sizeof in6 : sizeof in) == 0 &&
	    poll(&ready, 1, 5000) == 1)
		taken = accept(l->fd, NULL, NULL);
	close(client);
	if (taken >= 0)
		close(taken);
	return taken >= 0;
}

static int
option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof value;

	(void)getsockopt(fd, level, name, &value, &len);
	return value;
}

static void
test_open(void)
{
	struct error err = { .text = "" };
	struct listeners l;
	char want[80];

	tap_int(listeners_open(&l, both, 2, 0, 5, NULL, &err), 0, err.text);
	tap_int((long long)l.count, 2, "two of them");
	for (size_t i = 0; i < l.count; i++) {
		int fd = l.all[i].fd;

		tap_ok(takes_client(&l.all[i]), l.all[i].text);
		tap_ok((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0, "non-blocking");
		tap_ok((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0,
		    "closed on exec");
		tap_ok(option(fd, SOL_SOCKET, SO_REUSEADDR) > 0,
		    "at once after a restart");
	}
	tap_ok(option(l.all[1].fd, IPPROTO_IPV6, IPV6_V6ONLY) > 0,
	    "IPv6 for IPv6 only");
	(void)snprintf(want, sizeof want, "127.0.0.1:%u",
	    port_of(&l.all[0]));
	tap_str(l.all[0].text, want, "text of IPv4");
	(void)snprintf(want, sizeof want, "[::1]:%u", port_of(&l.all[1]));
	tap_str(l.all[1].text, want, "text of IPv6");
	tap_ok(port_of(&l.all[0]) != 0, "with the port that it became");
	errno = 0;
	tap_ok(accept(l.all[0].fd, NULL, NULL) < 0 && errno == EAGAIN,
	    "no client, no waiting");

	int fds[] = { l.all[0].fd, l.all[1].fd };

	listeners_close(&l, NULL);
	tap_ok(fcntl(fds[0], F_GETFD) < 0 && fcntl(fds[1], F_GETFD) < 0 &&
	    l.count == 0, "all closed");
}

/* Both families on one port, which IPV6_V6ONLY is for. */
static void
test_everywhere(void)
{
	struct listeners all, one;
	struct error err = { .text = "" };
	uint16_t port;

	if (open_on(&one, "127.0.0.1", 0, NULL, &err) < 0) {
		tap_str(err.text, "", "a port");
		return;
	}
	port = port_of(&one.all[0]);
	listeners_close(&one, NULL);
	tap_int(listeners_open(&all, NULL, 0, port, 5, NULL, &err), 0,
	    "no address");
	tap_str(err.text, "", "no error");
	tap_int((long long)all.count, 2, "is two of them");
	tap_has(all.all[0].text, "0.0.0.0:", "all of IPv4");
	tap_has(all.all[1].text, "[::]:", "all of IPv6");
	tap_ok(takes_client(&all.all[0]), "a client by IPv4");
	tap_ok(takes_client(&all.all[1]), "a client by IPv6");
	listeners_close(&all, NULL);
}

/* Once old is closed but for what new keeps, its clients are still there. */
static void
test_reload(void)
{
	static const char *const again[] = { "::1", "127.0.0.1" };
	struct listeners old, same, fewer, last;
	struct error err = { .text = "" };
	int four, six;

	(void)listeners_open(&old, both, 2, 0, 5, NULL, &err);
	four = old.all[0].fd;
	six = old.all[1].fd;
	tap_int(listeners_open(&same, again, 2, 0, 5, &old, &err), 0,
	    "the same in another order");
	tap_ok(same.all[0].fd == six && same.all[1].fd == four,
	    "has the very descriptors");
	listeners_close(&old, &same);
	tap_ok(fcntl(four, F_GETFD) >= 0 && fcntl(six, F_GETFD) >= 0,
	    "none of which is closed");
	tap_int(open_on(&fewer, "127.0.0.1", port_of(&same.all[1]), &same,
	    &err), 0, "one of them, by its port");
	tap_int(fewer.all[0].fd, four, "is shared");
	listeners_close(&same, &fewer);
	tap_ok(fcntl(four, F_GETFD) >= 0 && fcntl(six, F_GETFD) < 0,
	    "and the other one closed");
	tap_ok(takes_client(&fewer.all[0]), "which misses no client");

	tap_int(open_on(&last, "127.0.0.2", port_of(&fewer.all[0]), &fewer,
	    &err), 0, "another address on that port");
	tap_ok(last.all[0].fd != four, "is another one");
	listeners_close(&last, &fewer);
	tap_ok(fcntl(four, F_GETFD) >= 0, "closed alone");
	listeners_close(&fewer, NULL);
}

/* What connect() says at once; the socket is *out. */
static int
begin_connect(const struct listener *l, int *out)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port_of(l)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	*out = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	return connect(*out, (struct sockaddr *)&in, sizeof in) == 0 ? 0 :
	    errno;
}

/* Whoever came before is there, whoever comes after does not get in. */
static void
test_leave(void)
{
	struct listeners old, kept;
	struct error err = { .text = "" };
	int early, late, end, elsewhere, soon, why;
	struct listener left;
	char byte = 0;

	(void)listeners_open(&old, both, 2, 0, 5, NULL, &err);
	(void)open_on(&kept, "::1", port_of(&old.all[1]), &old, &err);
	left = old.all[0];
	elsewhere = dup(left.fd); /* as another process has it */
	soon = begin_connect(&left, &early);

	tap_int(listeners_leave(&old, &kept), 2, "the second one is kept");
	tap_int((long long)old.count, 1, "and no other");
	tap_int(old.all[0].fd, kept.all[0].fd, "which it is");
	tap_ok(fcntl(left.fd, F_GETFD) < 0, "the first one is closed here");
	tap_ok(takes_client(&kept.all[0]), "what is kept takes clients");

	why = begin_connect(&left, &late);
	end = accept(elsewhere, NULL, NULL);
	tap_ok((soon == 0 || soon == EINPROGRESS) && end >= 0,
	    "who came before is there");
	(void)!write(early, "x", 1);
	tap_ok(read(end, &byte, 1) == 1 && byte == 'x', "and is heard");
	if (why == 0)
		tap_skip("this kernel filters no listening socket");
	else
		tap_ok(why == EINPROGRESS && accept(elsewhere, NULL, NULL) < 0,
		    "who comes after is not");
	close(end);
	close(early);
	close(late);
	close(elsewhere);
	listeners_close(&old, NULL);
}

/* The lowest descriptor that is free: the same again if none was left open. */
static int
next_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void
test_failures(void)
{
	static const char *const bad[] = { "127.1", "localhost", "",
		"1.2.3.4.5", "::1::", "[::1]", "127.0.0.1:5666", "*", "::g" };
	const char *many[LISTENERS_MAX + 1];
	struct listeners had, busy, l = { .count = 77 };
	struct error err = { .text = "" };
	char want[160];
	int next;

	for (size_t i = 0; i < COUNT(bad); i++) {
		tap_int(open_on(&l, bad[i], 0, NULL, &err), -1, bad[i]);
		(void)snprintf(want, sizeof want,
		    "'%s': not an address to listen on", bad[i]);
		tap_str(err.text, want, "why");
	}
	(void)open_on(&had, "127.0.0.1", 0, NULL, &err);
	next = next_fd();
	tap_int(open_on(&l, "127.0.0.1", port_of(&had.all[0]), NULL, &err), -1,
	    "a port in use");
	(void)snprintf(want, sizeof want, "%s: Address already in use",
	    had.all[0].text);
	tap_str(err.text, want, "named with its address");

	const char *mixed[] = { "127.0.0.1", "127.0.0.2", "127.0.0.3" };

	(void)open_on(&busy, "127.0.0.3", port_of(&had.all[0]), NULL, &err);
	next = next_fd();
	tap_int(listeners_open(&l, mixed, 3, port_of(&had.all[0]), 5, &had,
	    &err), -1, "one of several in use");
	(void)snprintf(want, sizeof want, "127.0.0.3:%u: Address already in "
	    "use", port_of(&had.all[0]));
	tap_str(err.text, want, "why");
	tap_int(next_fd(), next, "nothing left open");
	tap_ok(takes_client(&had.all[0]), "but what was");
	tap_int((long long)l.count, 77, "nothing given out");
	listeners_close(&busy, NULL);
	listeners_close(&had, NULL);

	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = "127.0.0.1";
	tap_int(listeners_open(&l, many, COUNT(many), 0, 5, NULL, &err), -1,
	    "too many");
	tap_str(err.text, "more than 16 addresses to listen on", "why");
	tap_int(listeners_open(&l, many, COUNT(many) - 1, 0, 5, NULL, &err),
	    0, "the same one again and again");
	tap_int((long long)l.count, 1, "is one");
	listeners_close(&l, NULL);
}

/* --- an address that comes later ------------------------------------------- */

static bool
turn_on_loopback(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	bool on = ioctl(fd, SIOCSIFFLAGS, &request) == 0;

	close(fd);
	return on;
}

/* Gives loopback this address, too. */
static bool
give_address(struct sockaddr_in address)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq request = { .ifr_name = "lo:1" };
	bool given;

	address.sin_port = 0;
	memcpy(&request.ifr_addr, &address, sizeof address);
	given = ioctl(fd, SIOCSIFADDR, &request) == 0;
	close(fd);
	return given;
}

/* In a network of its own: which step failed, 0 if none. */
static int
wait_for_address(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct pollfd ready = { .events = POLLIN };
	struct listeners l;
	struct error err;
	int client;

	/* Where there is no address at all, any can be had. */
	if (unshare(CLONE_NEWNET) < 0 || !turn_on_loopback())
		return 77;
	if (open_on(&l, "192.0.2.1", 0, NULL, &err) < 0 || !l.all[0].absent)
		return 1;
	(void)inet_pton(AF_INET, "192.0.2.1", &in.sin_addr);
	in.sin_port = htons(port_of(&l.all[0]));
	client = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(client, (struct sockaddr *)&in, sizeof in) == 0)
		return 2;
	close(client);
	if (!give_address(in))
		return 3;
	client = socket(AF_INET, SOCK_STREAM, 0);
	ready.fd = l.all[0].fd;
	if (connect(client, (struct sockaddr *)&in, sizeof in) < 0 ||
	    poll(&ready, 1, 5000) != 1)
		return 4;
	return 0;
}

static void
test_absent(void)
{
	struct listeners l;
	struct error err;
	int status = 0;
	pid_t pid;

	tap_int(open_on(&l, "2001:db8::1", 0, NULL, &err), 0,
	    "an IPv6 address that is not here");
	tap_ok(l.all[0].absent, "is known to be absent");
	listeners_close(&l, NULL);
	(void)open_on(&l, "127.0.0.1", 0, NULL, &err);
	tap_ok(!l.all[0].absent, "one that is here is not");
	listeners_close(&l, NULL);

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(wait_for_address());
	(void)waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		tap_skip("no network of our own to be had");
	else
		tap_int(status, 0, "once it comes, clients do");
}

/* --- kernels with less ------------------------------------------------------ */

/* From here on, the kernel knows neither family, or not this one. */
static bool
lose_family(unsigned family)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, family, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = COUNT(code), .filter = code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int
open_without(unsigned family, unsigned other)
{
	struct error err = { .text = "" };
	struct listeners l;

	if (!lose_family(family) || (other != 0 && !lose_family(other)))
		return 77;
	if (listeners_open(&l, NULL, 0, 0, 5, NULL, &err) < 0)
		return strcmp(err.text, "[::]:0: Address family not supported "
		    "by protocol") == 0 ? 10 : 11;
	return l.count == 1 && takes_client(&l.all[0]) &&
	    (l.all[0].text[0] == '[') == (family == AF_INET) ? 0 : 1;
}

static int
open_named_without(unsigned family, unsigned other)
{
	struct error err = { .text = "" };
	struct listeners l;

	(void)other;
	if (!lose_family(family))
		return 77;
	return listeners_open(&l, both, 2, 0, 5, NULL, &err) < 0 ? 10 : 0;
}

static void
test_kernel(void)
{
	static const struct {
		int (*run)(unsigned, unsigned);
		unsigned family, other;
		int want;
		const char *what;
	} kernels[] = {
		{ open_without, AF_INET6, 0, 0, "a kernel without IPv6" },
		{ open_without, AF_INET, 0, 0, "a kernel without IPv4" },
		{ open_without, AF_INET6, AF_INET, 10, "one without both" },
		{ open_named_without, AF_INET6, 0, 10,
		    "::1 by name on a kernel without IPv6" },
	};

	for (size_t i = 0; i < COUNT(kernels); i++) {
		int status = 0;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0)
			_exit(kernels[i].run(kernels[i].family,
			    kernels[i].other));
		(void)waitpid(pid, &status, 0);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			tap_skip("no seccomp, to hide a protocol with");
		else
			tap_int(WIFEXITED(status) ? WEXITSTATUS(status) : -1,
			    kernels[i].want, kernels[i].what);
	}
}

int
main(void)
{
	struct error err;
	struct listeners l;

	if (open_on(&l, "::1", 0, NULL, &err) < 0) {
		printf("1..0 # SKIP no IPv6 here: %s\n", err.text);
		return 0;
	}
	listeners_close(&l, NULL);
	test_open();
	test_everywhere();
	test_reload();
	test_leave();
	test_failures();
	test_absent();
	test_kernel();
	return tap_done();
}
