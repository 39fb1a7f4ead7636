/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/notify.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#define PATH_AT offsetof(struct sockaddr_un, sun_path)

/* 107 bytes fit, with the terminator that paths have. */
#define TEN "/234567890"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
	const char *text;
	size_t len; /* of the name in the address; 0: refused */
	const char *what;
} addresses[] = {
	{ NULL, 0, "none" },
	{ "", 0, "nothing" },
	{ "/", 0, "no name" },
	{ "@", 0, "no abstract name" },
	{ "/run/systemd/notify", 20, "a path, with its terminator" },
	{ "@a", 2, "an abstract name, without" },
	{ "run/notify", 0, "a relative path" },
	{ "vsock:2:1234", 0, "something newer" },
	{ HUNDRED "1234567", 108, "the longest path" },
	{ HUNDRED "12345678", 0, "one byte more" },
	{ "@" HUNDRED "123456", 107, "the longest abstract name" },
};

static void
test_addresses(void)
{
	for (size_t i = 0; i < COUNT(addresses); i++) {
		struct notify n;
		bool good = notify_parse_address(addresses[i].text, &n);
		size_t len = n.len > 0 ? n.len - PATH_AT : 0;

		tap_int(good, addresses[i].len > 0, addresses[i].what);
		tap_int((long long)len, (long long)addresses[i].len,
		    "its length");
		if (good && addresses[i].text[0] == '@')
			tap_ok(n.address.sun_path[0] == '\0' &&
			    memcmp(n.address.sun_path + 1,
			    addresses[i].text + 1, len - 1) == 0,
			    "behind a zero byte");
		else if (good)
			tap_str(n.address.sun_path, addresses[i].text,
			    "as it is");
	}
}

static const struct {
	const char *usec, *pid;
	double seconds;
} watchdogs[] = {
	{ NULL, NULL, 0 },
	{ NULL, "77", 0 },
	{ "30000000", NULL, 30 },
	{ "30000000", "77", 30 },
	{ "30000000", "78", 0 },
	{ "30000000", "", 0 },
	{ "30000000", "77 ", 0 },
	{ "1", "77", 1e-6 },
	{ "0", "77", 0 },
	{ "", "77", 0 },
	{ "-1", "77", 0 },
	{ "30s", "77", 0 },
	{ "0x10", "77", 0 },
	{ "999999999999999999", "77", 999999999999.999999 },
	{ "9999999999999999999", "77", 0 },
};

static void
test_watchdogs(void)
{
	for (size_t i = 0; i < COUNT(watchdogs); i++) {
		char what[80];

		(void)snprintf(what, sizeof what, "WATCHDOG_USEC=%s of %s",
		    watchdogs[i].usec != NULL ? watchdogs[i].usec : "(none)",
		    watchdogs[i].pid != NULL ? watchdogs[i].pid : "(none)");
		tap_num(notify_parse_watchdog(watchdogs[i].usec,
		    watchdogs[i].pid, 77), watchdogs[i].seconds, what);
	}
}

static void
set_environment(const char *socket)
{
	char pid[32];

	(void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
	(void)setenv("NOTIFY_SOCKET", socket, 1);
	(void)setenv("WATCHDOG_USEC", "2000000", 1);
	(void)setenv("WATCHDOG_PID", pid, 1);
}

static bool
is_environment_clean(void)
{
	return getenv("NOTIFY_SOCKET") == NULL &&
	    getenv("WATCHDOG_USEC") == NULL && getenv("WATCHDOG_PID") == NULL;
}

/* What arrived; "" if nothing did. */
static const char *
taken(int fd)
{
	static char text[4096];
	ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* One that is listened to, at a path or an abstract name. */
static void
test_sending(const char *name)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char longest[3000];
	struct notify n, at;

	tap_ok(notify_parse_address(name, &at) && bind(fd,
	    (const struct sockaddr *)&at.address, at.len) == 0, name);
	set_environment(name);
	notify_open(&n);
	tap_ok(is_environment_clean(), "the environment is clean");
	tap_num(n.watchdog, 2, "a watchdog");
	notify_send(&n, "READY=1\nSTATUS=%d%%", 100);
	tap_str(taken(fd), "READY=1\nSTATUS=100%", "what was sent");
	tap_str(taken(fd), "", "once");
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	notify_send(&n, "%s", longest);
	tap_int((long long)strlen(taken(fd)), 2047, "cut to what fits");
	for (int i = 0; i < 10000; i++)
		notify_send(&n, "X=%d", i);
	tap_str(taken(fd), "X=0", "a full queue holds nobody up");
	close(fd);
	notify_send(&n, "READY=1");
	tap_ok(true, "nor does one that is gone");
}

static void
test_nobody(void)
{
	struct notify n;

	set_environment("nonsense");
	notify_open(&n);
	tap_ok(is_environment_clean(), "nonsense is gone, too");
	tap_ok(n.len == 0 && n.watchdog == 0,
	    "without a socket there is no watchdog");
	notify_send(&n, "READY=1");
	(void)setenv("WATCHDOG_USEC", "2000000", 1);
	notify_open(&n);
	tap_ok(n.len == 0 && n.watchdog == 0 && is_environment_clean(),
	    "nor without any");
}

int
main(void)
{
	char abstract[64];

	scratch_make();
	(void)snprintf(abstract, sizeof abstract, "@beffroi-test-%ld",
	    (long)getpid());
	test_addresses();
	test_watchdogs();
	test_sending(scratch_path("notify").s);
	test_sending(abstract);
	test_nobody();
	return tap_done();
}
