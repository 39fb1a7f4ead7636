/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/acl.h"

enum {
	NAME_MAX_LEN = 253, /* RFC 1035, as text */
	IPV4_AT = 12,       /* where ::ffff:a.b.c.d has its a */
	IPV4_BITS = 96,     /* in front of it */
};

static const uint8_t mapped[IPV4_AT] = { [10] = 0xff, [11] = 0xff };

static const char blanks[] = " \t\r\n\v\f";

/* An entry: an address, perhaps with a prefix, or a name. */
struct entry {
	char text[ACL_NAME_SIZE];
	char host[ACL_NAME_SIZE]; /* what is before the slash */
	const char *prefix;       /* what is behind it, or NULL */
};

static bool
is_ipv4(const uint8_t address[16])
{
	return memcmp(address, mapped, sizeof mapped) == 0;
}

static void
clear_host_bits(struct acl_network *n)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = n->bits > 8 * i ? n->bits - 8 * i : 0;

		if (kept < 8)
			n->address[i] &= (uint8_t)(0xff00 >> kept);
	}
}

/* Reads a number of bits, of 1 to 3 digits and without leading zeros. */
static int
parse_bits(const struct entry *e, unsigned max, unsigned *out,
    struct error *err)
{
	size_t n = strspn(e->prefix, "0123456789");
	unsigned long bits = n > 0 && n <= 3 ? strtoul(e->prefix, NULL, 10) :
	    max + 1;

	if (e->prefix[n] != '\0' || bits > max ||
	    (n > 1 && e->prefix[0] == '0'))
		return error_set(err, "'%s': the prefix of a network is a "
		    "number from 0 to %u", e->text, max);
	*out = (unsigned)bits;
	return 0;
}

/* family: as it was written, to say it again in the same way. */
static int
parse_network(struct acl_network *n, const struct entry *e, int family,
    struct error *err)
{
	unsigned before = family == AF_INET ? IPV4_BITS : 0;
	struct acl_network meant;
	char text[INET6_ADDRSTRLEN];

	n->bits = 128 - before;
	if (e->prefix != NULL && parse_bits(e, n->bits, &n->bits, err) < 0)
		return -1;
	n->bits += before;
	meant = *n;
	clear_host_bits(&meant);
	if (memcmp(meant.address, n->address, sizeof n->address) == 0)
		return 0;
	(void)inet_ntop(family, meant.address +
	    (family == AF_INET ? IPV4_AT : 0), text, sizeof text);
	return error_set(err, "'%s': has bits set behind its prefix; "
	    "%s/%u may be meant", e->text, text, n->bits - before);
}

static int
add_network(struct acl *acl, const struct entry *e,
    const struct acl_network *address, int family, struct error *err)
{
	struct acl_network n = *address;

	if (parse_network(&n, e, family, err) < 0)
		return -1;
	if (acl->network_count == ACL_NETWORKS_MAX)
		return error_set(err, "'%s': more than %d addresses and "
		    "networks", e->text, ACL_NETWORKS_MAX);
	acl->networks[acl->network_count++] = n;
	return 0;
}

/* Says why it is no name; one which any resolver would read as a number too. */
static int
check_name(const struct entry *e, struct error *err)
{
	struct in_addr number;
	char text[INET_ADDRSTRLEN];

	if (strchr(e->text, ':') != NULL && strchr(e->text, '%') != NULL)
		return error_set(err, "'%s': a zone cannot be asked for; the "
		    "address alone means all interfaces", e->text);
	if (strchr(e->text, ':') != NULL)
		return error_set(err, "'%s': not an IPv6 address", e->text);
	if (e->prefix != NULL)
		return error_set(err, "'%s': not a network (10.0.0.0/8, "
		    "fd00::/8)", e->text);
	if (inet_aton(e->text, &number) != 0) {
		(void)inet_ntop(AF_INET, &number, text, sizeof text);
		return error_set(err, "'%s': not four plain decimal numbers; "
		    "%s may be meant", e->text, text);
	}
	if (e->text[strspn(e->text, "0123456789.")] == '\0')
		return error_set(err, "'%s': not an IPv4 address", e->text);
	if (e->text[strspn(e->text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")] != '\0')
		return error_set(err, "'%s': not an address, a network or a "
		    "name", e->text);
	if (strlen(e->text) > NAME_MAX_LEN)
		return error_set(err, "'%s': longer than a name may be",
		    e->text);
	return 0;
}

static int
add_name(struct acl *acl, const struct entry *e, struct error *err)
{
	if (check_name(e, err) < 0)
		return -1;
	if (acl->name_count == ACL_NAMES_MAX)
		return error_set(err, "'%s': more than %d names", e->text,
		    ACL_NAMES_MAX);
	memcpy(acl->names[acl->name_count++].name, e->text, sizeof e->text);
	return 0;
}

static int
add_entry(struct acl *acl, const struct entry *e, struct error *err)
{
	struct acl_network n = { .bits = 0 };

	if (inet_pton(AF_INET6, e->host, n.address) == 1)
		return add_network(acl, e, &n, AF_INET6, err);
	memcpy(n.address, mapped, sizeof mapped);
	if (inet_pton(AF_INET, e->host, n.address + IPV4_AT) == 1)
		return add_network(acl, e, &n, AF_INET, err);
	return add_name(acl, e, err);
}

/* Room for as much as there are commas, bounded by what may be in a list. */
static int
allocate(struct acl *acl, const char *list, struct error *err)
{
	size_t entries = 1;

	for (const char *p = list; *p != '\0'; p++)
		entries += *p == ',';
	acl->networks = calloc(entries < ACL_NETWORKS_MAX ? entries :
	    ACL_NETWORKS_MAX, sizeof *acl->networks);
	acl->names = calloc(entries < ACL_NAMES_MAX ? entries : ACL_NAMES_MAX,
	    sizeof *acl->names);
	if (acl->networks == NULL || acl->names == NULL)
		return error_set(err, "out of memory");
	return 0;
}

/* Takes the n bytes at p, without the blanks around them. */
static int
cut_entry(struct entry *e, const char *p, size_t n, struct error *err)
{
	size_t before = strspn(p, blanks);

	before = before < n ? before : n;
	p += before;
	n -= before;
	while (n > 0 && strchr(blanks, p[n - 1]) != NULL)
		n--;
	if (n >= sizeof e->text)
		return error_set(err, "'%.60s...': longer than a name may be",
		    p);

	memset(e, 0, sizeof *e);
	memcpy(e->text, p, n);
	memcpy(e->host, p, strcspn(e->text, "/"));
	e->prefix = strchr(e->text, '/');
	if (e->prefix != NULL)
		e->prefix++;
	return 0;
}

int
acl_parse(struct acl *out, const char *list, struct error *err)
{
	struct acl acl = { .network_count = 0 };
	const char *p = list, *end;
	struct entry e;

	if (allocate(&acl, list, err) < 0)
		goto failed;
	do {
		end = p + strcspn(p, ",");
		if (cut_entry(&e, p, (size_t)(end - p), err) < 0 ||
		    (e.text[0] != '\0' && add_entry(&acl, &e, err) < 0))
			goto failed;
		p = end + 1;
	} while (*end != '\0');
	*out = acl;
	return 0;
failed:
	acl_free(&acl);
	return -1;
}

void
acl_free(struct acl *acl)
{
	free(acl->networks);
	free(acl->names);
	*acl = (struct acl){ .network_count = 0 };
}

bool
acl_address(const struct sockaddr *from, struct acl_network *out)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	/* Copied, since what from points to may be aligned for less. */
	switch (from->sa_family) {
	case AF_INET:
		memcpy(&in, from, sizeof in);
		memcpy(out->address, mapped, sizeof mapped);
		memcpy(out->address + IPV4_AT, &in.sin_addr, 4);
		break;
	case AF_INET6:
		memcpy(&in6, from, sizeof in6);
		memcpy(out->address, &in6.sin6_addr, 16);
		break;
	default:
		return false;
	}
	out->bits = 128;
	return true;
}

/*
 * An IPv4 address is not in ::/0 or any other network of IPv6, although as
 * ::ffff:a.b.c.d it would be.
 */
static bool
any_has(const struct acl_network *networks, size_t count,
    const struct acl_network *peer)
{
	unsigned least = is_ipv4(peer->address) ? IPV4_BITS : 0;

	for (size_t i = 0; i < count; i++) {
		const struct acl_network *n = &networks[i];
		struct acl_network masked = *peer;

		masked.bits = n->bits;
		clear_host_bits(&masked);
		if (n->bits >= least &&
		    memcmp(masked.address, n->address, 16) == 0)
			return true;
	}
	return false;
}

bool
acl_allows(const struct acl *acl, const struct sockaddr *peer)
{
	struct acl_network address;

	if (!acl_address(peer, &address))
		return false;
	if (any_has(acl->networks, acl->network_count, &address))
		return true;
	for (size_t i = 0; i < acl->name_count; i++) {
		const struct acl_name *n = &acl->names[i];

		if (any_has(n->addresses, n->count, &address))
			return true;
	}
	return false;
}

struct acl_text
acl_peer_text(const struct sockaddr *peer)
{
	struct acl_text t = { "local" };
	struct acl_network n;
	bool ipv4;

	if (peer == NULL || !acl_address(peer, &n))
		return t;
	ipv4 = is_ipv4(n.address);
	(void)inet_ntop(ipv4 ? AF_INET : AF_INET6,
	    n.address + (ipv4 ? IPV4_AT : 0), t.s, sizeof t.s);
	return t;
}
