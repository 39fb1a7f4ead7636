/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/activation.h"
#include "agent/inspection.h"
#include "agent/places.h"
#include "common/run.h"

enum {
	NAME_PATIENCE = 5, /* s */
};

/* What listens, by the kind of clients that can reach it. */
struct reach {
	bool ipv4, ipv6;       /* at all */
	bool far_ipv4, far_ipv6; /* and not on loopback alone */
};

/* --- where to listen --- */

/* A socket is bound to an address, and gone again; 0, or errno. */
static int
try_bind(const char *host, const char *port)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	struct addrinfo *a;
	int fd, why = 0;

	if (getaddrinfo(host, port, &hints, &a) != 0)
		return EINVAL;
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, a->ai_addr, a->ai_addrlen) < 0)
		why = errno;
	if (fd >= 0)
		close(fd);
	freeaddrinfo(a);
	return why;
}

/*
 * Of any port, since the right one is taken by the agent that runs, or is free
 * until it starts in this very moment.
 */
static void
try_place(struct inspection *i, const char *number)
{
	int why = try_bind(number, "0");
	struct error err;

	if (why == 0)
		return;
	if (why == EADDRNOTAVAIL) {
		inspection_warn(i, "server_address", "server_address: %s: no "
		    "address of this host, and is listened on once it is",
		    number);
		return;
	}
	(void)error_set(&err, "server_address: %s: %s", number,
	    why == EINVAL ? "not an address" : strerror(why));
	(void)error_about(&err, "server_address");
	inspection_fail(i, &err);
}

/* Whether we may have it, at a place where nobody else is. */
static void
try_port(struct inspection *i)
{
	char port[8];
	struct error err;

	(void)snprintf(port, sizeof port, "%u",
	    (unsigned)(uint16_t)i->settings->port);
	if (try_bind("127.255.255.254", port) != EACCES)
		return;
	(void)error_set(&err, "server_port: only root may listen on port %s",
	    port);
	(void)error_about(&err, "server_port");
	inspection_fail(i, &err);
}

static bool
is_loopback_text(const char *number)
{
	return strncmp(number, "127.", 4) == 0 || strcmp(number, "::1") == 0;
}

static struct reach
find_reach(const struct places *p)
{
	struct reach r = { .ipv4 = p->count == 0 };

	r.ipv6 = r.far_ipv4 = r.far_ipv6 = r.ipv4;
	for (size_t i = 0; i < p->count; i++) {
		bool far = !is_loopback_text(p->all[i]);

		if (strchr(p->all[i], ':') != NULL) {
			r.ipv6 = true;
			r.far_ipv6 = r.far_ipv6 || far;
		} else {
			r.ipv4 = true;
			r.far_ipv4 = r.far_ipv4 || far;
		}
	}
	return r;
}

/* --- who may ask --- */

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool
is_ipv4(const struct acl_network *n)
{
	return n->bits >= 96 && memcmp(n->address, mapped, 12) == 0;
}

static bool
is_loopback(const struct acl_network *n)
{
	static const uint8_t ipv6[16] = { [15] = 1 };

	return is_ipv4(n) ? n->bits >= 96 + 8 && n->address[12] == 127 :
	    n->bits == 128 && memcmp(n->address, ipv6, 16) == 0;
}

/* NULL if such a client can come here. */
static const char *
why_out_of_reach(const struct acl_network *n, const struct reach *r)
{
	bool ipv4 = is_ipv4(n);

	/* This host itself is in most lists in both of its forms. */
	if (is_loopback(n))
		return NULL;
	if (ipv4 ? !r->ipv4 : !r->ipv6)
		return ipv4 ? "nothing listens on IPv4" :
		    "nothing listens on IPv6";
	return (ipv4 ? r->far_ipv4 : r->far_ipv6) ? NULL :
	    "nothing listens but on this host's loopback";
}

struct network_text {
	char s[INET6_ADDRSTRLEN + 8];
};

static struct network_text
write_network(const struct acl_network *n)
{
	bool ipv4 = is_ipv4(n);
	unsigned bits = ipv4 ? n->bits - 96 : n->bits;
	char host[INET6_ADDRSTRLEN] = "";
	struct network_text text;

	(void)inet_ntop(ipv4 ? AF_INET : AF_INET6,
	    n->address + (ipv4 ? 12 : 0), host, sizeof host);
	if (bits == (ipv4 ? 32 : 128))
		(void)snprintf(text.s, sizeof text.s, "%s", host);
	else
		(void)snprintf(text.s, sizeof text.s, "%s/%u", host, bits);
	return text;
}

static void
check_networks(struct inspection *i, const struct reach *r)
{
	const struct settings *s = i->settings;
	/* Who needs a certificate for it is not just anyone. */
	bool anyone = s->arguments &&
	    !(s->tls && s->tls_client_certs == CLIENT_CERTS_REQUIRE);

	for (size_t n = 0; n < s->acl.network_count; n++) {
		const struct acl_network *net = &s->acl.networks[n];
		const char *why = why_out_of_reach(net, r);

		if (why != NULL)
			inspection_warn(i, "allowed_hosts", "allowed_hosts: "
			    "%s can never connect: %s",
			    write_network(net).s, why);
		if (anyone && net->bits == (is_ipv4(net) ? 96 : 0))
			inspection_warn(i, "allowed_hosts", "allowed_hosts: "
			    "%s is everyone, and dont_blame_nrpe lets them "
			    "give arguments", write_network(net).s);
	}
}

/* The names' addresses are in the list afterwards, as far as they have some. */
static void
resolve(struct inspection *i)
{
	struct acl *acl = &i->settings->acl;
	struct log silent = { .fd = -1, .silent = true };
	struct resolver r;
	struct error err;

	resolver_init(&r, generation_become_keeper, &i->who);
	r.patience = NAME_PATIENCE;
	if (resolver_start(&r, acl, &err) < 0)
		return;
	while (r.fd >= 0) {
		struct pollfd ready = { .fd = r.fd, .events = POLLIN };

		(void)poll(&ready, 1,
		    (int)((r.deadline - deadline_now()) * 1e3) + 1);
		resolver_take(&r, acl, &silent);
	}
	resolver_stop(&r);
	if (r.pid > 0)
		(void)waitpid(r.pid, NULL, 0);
}

static void
check_names(struct inspection *i, const struct reach *r)
{
	struct acl *acl = &i->settings->acl;

	if (acl->name_count == 0 || !i->known)
		return;
	resolve(i);
	for (size_t n = 0; n < acl->name_count; n++) {
		const struct acl_name *name = &acl->names[n];
		const char *why = NULL;

		if (name->count == 0)
			inspection_warn(i, "allowed_hosts", "allowed_hosts: "
			    "%s has no address now, and may ask once it has",
			    name->name);
		for (size_t a = 0; a < name->count; a++) {
			why = why_out_of_reach(&name->addresses[a], r);
			if (why == NULL)
				break;
		}
		if (why != NULL)
			inspection_warn(i, "allowed_hosts", "allowed_hosts: "
			    "%s can never connect: %s", name->name, why);
	}
}

/* As systemd-socket-activate would start it: no address is opened then. */
static bool
are_given(struct inspection *i)
{
	struct listeners given;
	struct error err;

	if (activation_take(&given, &err) < 0) {
		inspection_complain(i, SETTINGS_ERROR, "LISTEN_FDS", 0,
		    err.text);
		return true;
	}
	if (given.count > 0)
		printf("# %s\n", activation_means(i->settings));
	return given.count > 0;
}

void
check_network(struct inspection *i)
{
	struct places places;
	struct reach reach;
	struct error err;

	if (are_given(i))
		return;
	if (places_find(&places, i->settings, i->known ? &i->who.gatekeeper :
	    NULL, &err) < 0) {
		inspection_fail(i, &err);
		return;
	}
	for (size_t n = 0; n < places.count; n++)
		try_place(i, places.all[n]);
	try_port(i);
	reach = find_reach(&places);
	check_networks(i, &reach);
	check_names(i, &reach);
}
