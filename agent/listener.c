/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/listener.h"

/* Where to listen. */
struct place {
	struct sockaddr_storage address;
	socklen_t len;
	char host[INET6_ADDRSTRLEN + 16]; /* zone included */
	bool optional; /* the kernel may lack its protocol */
};

static uint16_t
port_of(const struct sockaddr_storage *address)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (address->ss_family == AF_INET6) {
		memcpy(&in6, address, sizeof in6);
		return ntohs(in6.sin6_port);
	}
	memcpy(&in, address, sizeof in);
	return ntohs(in.sin_port);
}

static void
name_place(struct listener *l, const struct place *place, uint16_t port)
{
	(void)snprintf(l->text, sizeof l->text,
	    place->address.ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u",
	    place->host, port);
}

/*
 * Numbers only: a name would have to be asked for. getaddrinfo() for IPv6
 * alone, since it knows zones, and takes "127.1" for IPv4.
 */
static int
parse_place(struct place *out, const char *text, uint16_t port,
    struct error *err)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	struct addrinfo *found, hints = { .ai_family = AF_INET6,
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST |
		AI_NUMERICSERV };
	char service[8];

	*out = (struct place){ .len = sizeof in };
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
		memcpy(&out->address, &in, sizeof in);
		(void)snprintf(out->host, sizeof out->host, "%s", text);
		return 0;
	}
	(void)snprintf(service, sizeof service, "%u", port);
	if (strchr(text, ':') == NULL ||
	    getaddrinfo(text, service, &hints, &found) != 0)
		return error_set(err, "'%s': not an address to listen on",
		    text);
	memcpy(&out->address, found->ai_addr, found->ai_addrlen);
	out->len = found->ai_addrlen;
	freeaddrinfo(found);
	(void)getnameinfo((const struct sockaddr *)&out->address, out->len,
	    out->host, sizeof out->host, NULL, 0, NI_NUMERICHOST);
	return 0;
}

/* One of l at this place; where any port will do, one of any port. */
static const struct listener *
find(const struct listeners *l, const struct place *place, uint16_t port)
{
	struct listener wanted;
	size_t n = sizeof wanted.text;

	name_place(&wanted, place, port);
	if (port == 0)
		n = (size_t)(strrchr(wanted.text, ':') - wanted.text) + 1;
	for (size_t i = 0; l != NULL && i < l->count; i++) {
		if (strncmp(l->all[i].text, wanted.text, n) == 0)
			return &l->all[i];
	}
	return NULL;
}

static int
set_options(int fd, int family)
{
	static const int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
		return -1;
	return family != AF_INET6 ? 0 :
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
}

/* Also where this host does not have it: absent says so. */
static int
bind_to(int fd, const struct place *place, bool *absent)
{
	const struct sockaddr *address =
	    (const struct sockaddr *)&place->address;
	static const int on = 1;
	bool six = place->address.ss_family == AF_INET6;

	*absent = false;
	if (bind(fd, address, place->len) == 0)
		return 0;
	if (errno != EADDRNOTAVAIL || place->optional)
		return -1;
	*absent = true;
	if (setsockopt(fd, six ? IPPROTO_IPV6 : IPPROTO_IP,
	    six ? IPV6_FREEBIND : IP_FREEBIND, &on, sizeof on) < 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	return bind(fd, address, place->len);
}

/* -1 and errno. */
static int
listen_at(const struct place *place, int backlog, bool *absent)
{
	int family = place->address.ss_family, why;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (set_options(fd, family) == 0 &&
	    bind_to(fd, place, absent) == 0 && listen(fd, backlog) == 0)
		return fd;
	why = errno;
	close(fd);
	errno = why;
	return -1;
}

/* 0, too, if it is optional and the kernel has no such thing. */
static int
add(struct listeners *l, const struct place *place, int backlog,
    struct error *err)
{
	struct listener *new = &l->all[l->count];
	struct sockaddr_storage bound;
	socklen_t len = sizeof bound;
	int why;

	new->fd = listen_at(place, backlog, &new->absent);
	if (new->fd < 0) {
		why = errno;
		name_place(new, place, port_of(&place->address));
		(void)error_set(err, "%s: %s", new->text, strerror(why));
		(void)error_about(err, why == EADDRNOTAVAIL ?
		    "server_address" : "server_port");
		return place->optional && (why == EAFNOSUPPORT ||
		    why == EADDRNOTAVAIL) ? 0 : -1;
	}
	bound = place->address;
	(void)getsockname(new->fd, (struct sockaddr *)&bound, &len);
	name_place(new, place, port_of(&bound));
	l->count++;
	return 0;
}

int
listeners_open(struct listeners *out, const char *const addresses[],
    size_t count, uint16_t port, int backlog, const struct listeners *old,
    struct error *err)
{
	static const char *const everywhere[] = { "0.0.0.0", "::" };
	struct listeners l = { .count = 0 };
	bool all = count == 0;

	if (all) {
		addresses = everywhere;
		count = 2;
	}
	if (count > LISTENERS_MAX)
		return error_set(err, "more than %d addresses to listen on",
		    LISTENERS_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct listener *had;
		struct place place;

		if (parse_place(&place, addresses[i], port, err) < 0)
			goto failed;
		place.optional = all;
		if (find(&l, &place, port) != NULL)
			continue; /* named twice */
		had = find(old, &place, port);
		if (had != NULL) {
			(void)listen(had->fd, backlog); /* it may differ */
			l.all[l.count++] = *had;
		} else if (add(&l, &place, backlog, err) < 0)
			goto failed;
	}
	if (l.count == 0)
		return -1; /* err says what the last one lacked */
	*out = l;
	return 0;
failed:
	listeners_close(&l, old);
	return -1;
}

_Static_assert(LISTENERS_MAX <= 32, "listeners_leave() has 32 bits");

static bool
has(const struct listeners *l, int fd)
{
	for (size_t i = 0; l != NULL && i < l->count; i++) {
		if (l->all[i].fd == fd)
			return true;
	}
	return false;
}

/*
 * No SYN gets in, so that there are no new connections, while those that are
 * half made are completed. Who comes too late repeats it, to hear in a second
 * that nobody listens. Where a kernel cannot, some may be reset.
 */
static void
turn_away(int listener)
{
	enum { FLAGS = 13, SYN = 0x02 }; /* in the header of TCP */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, SYN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	const struct sock_fprog filter = {
		.len = sizeof code / sizeof code[0],
		.filter = code,
	};

	(void)setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
	    sizeof filter);
}

uint32_t
listeners_leave(struct listeners *l, const struct listeners *keep)
{
	uint32_t kept = 0;
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++) {
		if (has(keep, l->all[i].fd)) {
			kept |= UINT32_C(1) << i;
			l->all[n++] = l->all[i];
			continue;
		}
		turn_away(l->all[i].fd);
		close(l->all[i].fd);
	}
	l->count = n;
	return kept;
}

void
listeners_close(struct listeners *l, const struct listeners *keep)
{
	for (size_t i = 0; i < l->count; i++) {
		if (!has(keep, l->all[i].fd))
			close(l->all[i].fd);
	}
	l->count = 0;
}
