/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/notify.h"
#include "common/buf.h"

bool
notify_parse_address(const char *text, struct notify *out)
{
	size_t n = text != NULL ? strlen(text) : 0;

	*out = (struct notify){ .address.sun_family = AF_UNIX };
	if (n < 2 || n >= sizeof out->address.sun_path ||
	    (text[0] != '/' && text[0] != '@'))
		return false;
	memcpy(out->address.sun_path, text, n);
	/* Abstract names begin with a zero byte, and end where they end. */
	if (text[0] == '@')
		out->address.sun_path[0] = '\0';
	out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n +
	    (text[0] == '/'));
	return true;
}

/* The whole text is a number that fits; 0 is none. */
static int64_t
parse_number(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= 18 && strspn(text, "0123456789") == n ?
	    strtoll(text, NULL, 10) : 0;
}

double
notify_parse_watchdog(const char *usec, const char *pid, pid_t self)
{
	if (usec == NULL || (pid != NULL && parse_number(pid) != self))
		return 0;
	return (double)parse_number(usec) / 1e6;
}

void
notify_open(struct notify *out)
{
	static const char *const names[] = { "NOTIFY_SOCKET", "WATCHDOG_USEC",
		"WATCHDOG_PID" };

	if (notify_parse_address(getenv(names[0]), out))
		out->watchdog = notify_parse_watchdog(getenv(names[1]),
		    getenv(names[2]), getpid());
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		(void)unsetenv(names[i]);
}

void
notify_send(const struct notify *n, const char *fmt, ...)
{
	char text[2048];
	struct buf b = buf_on(text, sizeof text);
	va_list ap;
	int fd;

	if (n->len == 0)
		return;
	va_start(ap, fmt);
	buf_vfmt(&b, fmt, ap);
	va_end(ap);
	/* A socket for each: none is there to be inherited. */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, text, b.len, MSG_NOSIGNAL,
	    (const struct sockaddr *)&n->address, n->len);
	close(fd);
}

long long
notify_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}
