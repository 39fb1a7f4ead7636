/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * acl - who may ask: the addresses and networks of allowed_hosts
 *
 * A pure list: names in it are resolved by someone else (resolver.h), who puts
 * their addresses here. IPv4 peers on an IPv6 socket (::ffff:a.b.c.d) count as
 * what they are.
 */
#ifndef AGENT_ACL_H
#define AGENT_ACL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

enum {
	ACL_NAMES_MAX = 256,     /* in one list */
	ACL_NETWORKS_MAX = 4096, /* in one list */
	ACL_NAME_SIZE = 256,
	ACL_ADDRESSES_MAX = 16,  /* of one name */
};

struct acl_network {
	uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
	unsigned bits;       /* that must match, of 128; IPv4: 96 and more */
};

/* A host name and the addresses it had when it was last resolved. */
struct acl_name {
	char name[ACL_NAME_SIZE];
	size_t count;
	struct acl_network addresses[ACL_ADDRESSES_MAX];
};

struct acl {
	size_t network_count, name_count;
	struct acl_network *networks; /* allocated */
	struct acl_name *names;       /* allocated */
};

/*
 * Reads a comma-separated list of addresses, networks (10.0.0.0/8, fd00::/8)
 * and names into an acl to be freed. -1 and err, which names the entry, if one
 * is none of these; bits set behind a network's prefix are an error too, with
 * the network that was probably meant.
 */
int acl_parse(struct acl *out, const char *list, struct error *err);

void acl_free(struct acl *acl);

/* The one address of a peer or host name; false if it is no IP address. */
bool acl_address(const struct sockaddr *from, struct acl_network *out);

/* Whether this peer may ask; an unknown family may not. */
bool acl_allows(const struct acl *acl, const struct sockaddr *peer);

/* "192.0.2.1", of any peer's address, for the log; "local" for any other. */
struct acl_text {
	char s[INET6_ADDRSTRLEN + 32];
};
struct acl_text acl_peer_text(const struct sockaddr *peer);

#endif
