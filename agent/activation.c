/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/activation.h"

enum {
	FIRST = 3, /* SD_LISTEN_FDS_START */
};

/* The whole text is a decimal number of a few digits; -1 if not. */
static long
parse_number(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n < 10 && strspn(text, "0123456789") == n ?
	    strtol(text, NULL, 10) : -1;
}

int
activation_count(const char *fds, const char *pid, pid_t self,
    struct error *err)
{
	long count;

	/* Without LISTEN_PID, or with another, they are somebody else's. */
	if (fds == NULL || pid == NULL || parse_number(pid) != self)
		return 0;
	count = parse_number(fds);
	if (count < 0)
		return error_set(err, "LISTEN_FDS: '%.32s' is no number", fds);
	if (count > LISTENERS_MAX)
		return error_set(err, "LISTEN_FDS: more than %d sockets",
		    LISTENERS_MAX);
	return (int)count;
}

void
activation_name(const char *names, size_t i, char *name, size_t size)
{
	const char *at = names != NULL ? names : "";
	size_t n;

	for (; i > 0; i--) {
		at += strcspn(at, ":");
		at += *at == ':';
	}
	n = strcspn(at, ":");
	(void)snprintf(name, size, "%.*s", (int)(n < size ? n : size - 1), at);
}

static int
option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof value;

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) < 0 ? -1 : value;
}

/* What is wrong with it; NULL if nothing is. */
static const char *
why_not(int fd, const struct sockaddr *address, socklen_t *len)
{
	if (fcntl(fd, F_GETFD) < 0)
		return "is not open";
	if (option(fd, SO_TYPE) < 0)
		return "is not a socket";
	if (getsockname(fd, (struct sockaddr *)(uintptr_t)address, len) < 0 ||
	    (address->sa_family != AF_INET && address->sa_family != AF_INET6) ||
	    option(fd, SO_TYPE) != SOCK_STREAM)
		return "is not a TCP socket";
	if (option(fd, SO_ACCEPTCONN) != 1)
		return "does not listen; for single connections (Accept=yes) "
		    "there is -i";
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		return strerror(errno);
	return NULL;
}

static int
take_one(struct listener *out, int fd, const char *name, struct error *err)
{
	struct sockaddr_storage storage;
	struct sockaddr *address = (struct sockaddr *)&storage;
	socklen_t len = sizeof storage;
	const char *why = why_not(fd, address, &len);
	char host[64], port[8];

	if (why != NULL)
		return error_set(err, "descriptor %d%s%s%s that was handed "
		    "over %s", fd, *name != '\0' ? " (" : "", name,
		    *name != '\0' ? ")" : "", why);
	if (getnameinfo(address, len, host, sizeof host, port, sizeof port,
	    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return error_set(err, "descriptor %d: no address", fd);
	*out = (struct listener){ .fd = fd };
	(void)snprintf(out->text, sizeof out->text,
	    address->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	return 0;
}

const char *
activation_means(const struct settings *s)
{
	return s->address_count > 0 ? "the sockets were handed over, so "
	    "server_address and server_port are not used" :
	    "the sockets were handed over, so server_port is not used";
}

void
activation_ignore(void)
{
	static const char *const names[] = { "LISTEN_FDS", "LISTEN_PID",
		"LISTEN_FDNAMES", "LISTEN_PIDFDID" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		(void)unsetenv(names[i]);
}

int
activation_take(struct listeners *out, struct error *err)
{
	const char *names = getenv("LISTEN_FDNAMES");
	struct listeners l = { .count = 0 };
	int rc, count = activation_count(getenv("LISTEN_FDS"),
	    getenv("LISTEN_PID"), getpid(), err);

	rc = count < 0 ? -1 : 0;
	for (int i = 0; rc == 0 && i < count; i++) {
		char name[64];

		activation_name(names, (size_t)i, name, sizeof name);
		rc = take_one(&l.all[l.count++], FIRST + i, name, err);
	}
	activation_ignore();
	if (rc == 0)
		*out = l;
	return rc;
}
