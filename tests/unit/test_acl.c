/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "agent/acl.h"
#include "tests/tap.h"

static struct sockaddr_storage
peer(const char *text)
{
	struct sockaddr_storage out = { .ss_family = AF_UNSPEC };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(4711) };
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(4711) };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		memcpy(&out, &in, sizeof in);
	else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
		memcpy(&out, &in6, sizeof in6);
	else
		printf("Bail out! %s: no address\n", text);
	return out;
}

static bool
allows(const struct acl *acl, const char *text)
{
	struct sockaddr_storage from = peer(text);

	return acl_allows(acl, (const struct sockaddr *)&from);
}

/* First and last address of each network, and those just outside. */
static const struct {
	const char *list, *in[3], *out[4];
} networks[] = {
	{ "192.0.2.1", { "192.0.2.1", "::ffff:192.0.2.1" },
	    { "192.0.2.0", "192.0.2.2", "::192.0.2.1", "::1" } },
	{ "192.0.2.1/32", { "192.0.2.1" }, { "192.0.2.0", "192.0.2.2" } },
	{ "192.0.2.2/31", { "192.0.2.2", "192.0.2.3" },
	    { "192.0.2.1", "192.0.2.4" } },
	{ "192.0.2.128/25", { "192.0.2.128", "192.0.2.255" },
	    { "192.0.2.127", "192.0.3.0", "192.0.2.0" } },
	{ "192.0.2.0/24", { "192.0.2.0", "192.0.2.255" },
	    { "192.0.1.255", "192.0.3.0" } },
	{ "192.0.2.0/23", { "192.0.2.0", "192.0.3.255" },
	    { "192.0.1.255", "192.0.4.0" } },
	{ "172.16.0.0/12", { "172.16.0.0", "172.31.255.255" },
	    { "172.15.255.255", "172.32.0.0" } },
	{ "10.0.0.0/8", { "10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3" },
	    { "9.255.255.255", "11.0.0.0", "::ffff:11.0.0.0", "::10.0.0.0" } },
	{ "128.0.0.0/1", { "128.0.0.0", "255.255.255.255" },
	    { "127.255.255.255", "0.0.0.0" } },
	{ "0.0.0.0/0", { "0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4" },
	    { "::", "::1", "::fffe:1.2.3.4", "::1:0:0:0" } },
	{ "::1", { "::1" }, { "::", "::2", "127.0.0.1", "0.0.0.1" } },
	{ "2001:db8::/127", { "2001:db8::", "2001:db8::1" },
	    { "2001:db8::2", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff" } },
	{ "2001:db8:0:1::/64", { "2001:db8:0:1::",
	    "2001:db8:0:1:ffff:ffff:ffff:ffff" },
	    { "2001:db8:0:0:ffff:ffff:ffff:ffff", "2001:db8:0:2::" } },
	{ "2001:db8:0:8000::/49", { "2001:db8:0:8000::",
	    "2001:db8:0:ffff:ffff:ffff:ffff:ffff" },
	    { "2001:db8:0:7fff:ffff:ffff:ffff:ffff", "2001:db8:1::" } },
	{ "fe80::/10", { "fe80::", "febf:ffff::1" },
	    { "fe7f:ffff::", "fec0::", "254.128.0.1" } },
	{ "fd00::/8", { "fd00::", "fdff:ffff::" }, { "fcff::", "fe00::" } },
	{ "8000::/1", { "8000::", "ffff:ffff::" }, { "7fff:ffff::", "::1" } },
	{ "::/0", { "::", "::1", "ffff:ffff::" },
	    { "0.0.0.0", "127.0.0.1", "::ffff:10.0.0.1" } },
	{ "::/80", { "::fffe:0:1", "::1" },
	    { "127.0.0.1", "::1:0:0:0" } },
	{ "::/95", { "::", "::1:ffff:ffff" },
	    { "::ffff:0.0.0.1", "10.0.0.1" } },
	{ "::ffff:0:0/96", { "0.0.0.0", "255.255.255.255" },
	    { "::1", "::fffe:0:0" } },
	{ "::ffff:10.0.0.0/104", { "10.0.0.0", "10.255.255.255" },
	    { "9.255.255.255", "11.0.0.0" } },
	{ "::ffff:10.0.0.1", { "10.0.0.1", "::ffff:10.0.0.1" },
	    { "10.0.0.2" } },
	{ "10.0.0.0/8, 192.0.2.1,fd00::/8", { "10.9.9.9", "192.0.2.1",
	    "fd12::1" }, { "192.0.2.2", "11.0.0.0", "fe00::" } },
	{ "", { NULL }, { "127.0.0.1", "::1", "0.0.0.0", "::" } },
	{ " ,\t,, ", { NULL }, { "127.0.0.1", "::1", "0.0.0.0", "::" } },
	{ ",\t127.0.0.1 , ,::1\n,", { "127.0.0.1", "::1" }, { "127.0.0.2" } },
	{ "monitor.example", { NULL }, { "127.0.0.1", "::1", "0.0.0.0" } },
};

static void
test_networks(void)
{
	char what[200];

	for (size_t i = 0; i < COUNT(networks); i++) {
		const char *list = networks[i].list;
		struct error err = { .text = "" };
		struct acl acl;

		if (acl_parse(&acl, list, &err) < 0) {
			tap_str(err.text, "", list);
			continue;
		}
		for (size_t k = 0; k < 3 && networks[i].in[k] != NULL; k++) {
			(void)snprintf(what, sizeof what, "'%s' has %s", list,
			    networks[i].in[k]);
			tap_ok(allows(&acl, networks[i].in[k]), what);
		}
		for (size_t k = 0; k < 4 && networks[i].out[k] != NULL; k++) {
			(void)snprintf(what, sizeof what, "'%s' has not %s",
			    list, networks[i].out[k]);
			tap_ok(!allows(&acl, networks[i].out[k]), what);
		}
		acl_free(&acl);
	}
}

/*
 * Each prefix there is: a bit flipped within it is outside, behind it inside.
 * Of addresses without the bits of ::ffff:0:0, which are IPv4.
 */
static void
test_prefixes(int family, unsigned max)
{
	unsigned bad = 0;

	for (unsigned bits = 0; bits <= max; bits++) {
		uint8_t address[16] = { 0 };
		char text[INET6_ADDRSTRLEN], list[INET6_ADDRSTRLEN + 4];
		struct error err = { .text = "" };
		struct acl acl;

		for (unsigned b = 0; b < bits; b += 3)
			address[b / 8] |= (uint8_t)(0x80 >> b % 8);
		(void)inet_ntop(family, address, text, sizeof text);
		(void)snprintf(list, sizeof list, "%s/%u", text, bits);
		if (acl_parse(&acl, list, &err) < 0) {
			tap_str(err.text, "", list);
			continue;
		}
		for (unsigned b = 0; b < max; b++) {
			address[b / 8] ^= (uint8_t)(0x80 >> b % 8);
			(void)inet_ntop(family, address, text, sizeof text);
			if (allows(&acl, text) != (b >= bits)) {
				printf("# %s, %s\n", list, text);
				bad++;
			}
			address[b / 8] ^= (uint8_t)(0x80 >> b % 8);
		}
		acl_free(&acl);
	}
	tap_int(bad, 0, family == AF_INET ? "each bit of each prefix of IPv4" :
	    "each bit of each prefix of IPv6");
}

#define TEN "abcdefghij"
#define FIFTY TEN TEN TEN TEN TEN
#define TWO_FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY

static const struct {
	const char *list, *why;
} refused[] = {
	{ "127.1", "'127.1': not four plain decimal numbers; 127.0.0.1 may be "
	    "meant" },
	{ "10.0.0.1,010.0.0.1", "'010.0.0.1': not four plain decimal numbers; "
	    "8.0.0.1 may be meant" },
	{ "0x7f000001", "'0x7f000001': not four plain decimal numbers; "
	    "127.0.0.1 may be meant" },
	{ "2130706433", "'2130706433': not four plain decimal numbers; "
	    "127.0.0.1 may be meant" },
	{ "1.2.3.256", "'1.2.3.256': not an IPv4 address" },
	{ "1.2.3.4.5", "'1.2.3.4.5': not an IPv4 address" },
	{ "1.2.3.", "'1.2.3.': not an IPv4 address" },
	{ ".", "'.': not an IPv4 address" },
	{ "::12345", "'::12345': not an IPv6 address" },
	{ "1::2::3", "'1::2::3': not an IPv6 address" },
	{ "[::1]", "'[::1]': not an IPv6 address" },
	{ "host:80", "'host:80': not an IPv6 address" },
	{ "fe80::1%eth0", "'fe80::1%eth0': a zone cannot be asked for; the "
	    "address alone means all interfaces" },
	{ "10.0.0.0/33", "'10.0.0.0/33': the prefix of a network is a number "
	    "from 0 to 32" },
	{ "10.0.0.0/", "'10.0.0.0/': the prefix of a network is a number from "
	    "0 to 32" },
	{ "10.0.0.0/08", "'10.0.0.0/08': the prefix of a network is a number "
	    "from 0 to 32" },
	{ "10.0.0.0/-1", "'10.0.0.0/-1': the prefix of a network is a number "
	    "from 0 to 32" },
	{ "10.0.0.0/+8", "'10.0.0.0/+8': the prefix of a network is a number "
	    "from 0 to 32" },
	{ "10.0.0.0/ 8", "'10.0.0.0/ 8': the prefix of a network is a number "
	    "from 0 to 32" },
	{ "10.0.0.0/8/8", "'10.0.0.0/8/8': the prefix of a network is a number "
	    "from 0 to 32" },
	{ "10.0.0.0/255.0.0.0", "'10.0.0.0/255.0.0.0': the prefix of a network "
	    "is a number from 0 to 32" },
	{ "10.0.0.0/4294967304", "'10.0.0.0/4294967304': the prefix of a "
	    "network is a number from 0 to 32" },
	{ "::/129", "'::/129': the prefix of a network is a number from 0 to "
	    "128" },
	{ "10.0.0.1/8", "'10.0.0.1/8': has bits set behind its prefix; "
	    "10.0.0.0/8 may be meant" },
	{ "192.0.2.129/25", "'192.0.2.129/25': has bits set behind its prefix; "
	    "192.0.2.128/25 may be meant" },
	{ "1.2.3.4/0", "'1.2.3.4/0': has bits set behind its prefix; 0.0.0.0/0 "
	    "may be meant" },
	{ "2001:db8::1/64", "'2001:db8::1/64': has bits set behind its prefix; "
	    "2001:db8::/64 may be meant" },
	{ "::ffff:10.0.0.1/104", "'::ffff:10.0.0.1/104': has bits set behind "
	    "its prefix; ::ffff:10.0.0.0/104 may be meant" },
	{ "host/24", "'host/24': not a network (10.0.0.0/8, fd00::/8)" },
	{ "/24", "'/24': not a network (10.0.0.0/8, fd00::/8)" },
	{ "127.1/8", "'127.1/8': not a network (10.0.0.0/8, fd00::/8)" },
	{ "a b", "'a b': not an address, a network or a name" },
	{ "127.0.0.1 ::1", "'127.0.0.1 ::1': not an IPv6 address" },
	{ "h\303\266st", "'h\303\266st': not an address, a network or a name" },
	{ "*", "'*': not an address, a network or a name" },
	{ "a;b", "'a;b': not an address, a network or a name" },
	{ TWO_FIFTY "abcd", "'" TWO_FIFTY "abcd': longer than a name may be" },
	{ TWO_FIFTY "abcdef", "'" FIFTY TEN "...': longer than a name may be" },
};

static void
test_refused(void)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct error err = { .text = "(taken)" };
		struct acl acl = { .network_count = 7 };

		if (acl_parse(&acl, refused[i].list, &err) == 0)
			acl_free(&acl);
		tap_str(err.text, refused[i].why, refused[i].list);
	}
}

/* What a resolver is given, and what becomes of its answers. */
static void
test_names(void)
{
	struct sockaddr_storage v4 = peer("192.0.2.7"), v6 = peer("fd00::7");
	struct error err = { .text = "" };
	struct acl acl;

	tap_int(acl_parse(&acl, "monitor, A-b_c.example. ,10.0.0.0/8,"
	    TWO_FIFTY "abc,0x7g,1.example", &err), 0, "names of all kinds");
	tap_int((long long)acl.name_count, 5, "all of them");
	tap_int((long long)acl.network_count, 1, "and the network");
	tap_str(acl.names[0].name, "monitor", "a name");
	tap_str(acl.names[1].name, "A-b_c.example.", "as it was written");
	tap_int((long long)strlen(acl.names[2].name), 253, "the longest");

	acl_address((struct sockaddr *)&v4, &acl.names[4].addresses[0]);
	acl.names[4].count = 1;
	tap_ok(allows(&acl, "192.0.2.7"), "an address of a name");
	tap_ok(allows(&acl, "::ffff:192.0.2.7"), "on an IPv6 socket");
	tap_ok(!allows(&acl, "192.0.2.6"), "no other");
	tap_ok(!allows(&acl, "fd00::7"), "no second one yet");
	acl_address((struct sockaddr *)&v6, &acl.names[4].addresses[1]);
	tap_ok(!allows(&acl, "fd00::7"), "which counts once it is counted");
	acl.names[4].count = 2;
	tap_ok(allows(&acl, "fd00::7"), "and then does");
	acl_free(&acl);
	tap_ok(acl.names == NULL && acl.networks == NULL &&
	    acl.name_count == 0 && !allows(&acl, "10.0.0.1"),
	    "nothing is left in what was freed");
}

/* A list of count different entries. */
static char *
long_list(const char *fmt, unsigned count)
{
	size_t size = 32 * (size_t)count + 1, n = 0;
	char *list = calloc(size, 1);

	for (unsigned i = 0; i < count; i++) {
		n += (size_t)snprintf(list + n, size - n, fmt, i >> 8, i & 255);
	}
	return list;
}

static void
test_bounds(void)
{
	static const struct {
		const char *fmt;
		unsigned count;
		const char *why;
	} lists[] = {
		{ "10.1.%u.%u,", ACL_NETWORKS_MAX, "" },
		{ "10.1.%u.%u,", ACL_NETWORKS_MAX + 1,
		    "'10.1.16.0': more than 4096 addresses and networks" },
		{ "h%u-%u,", ACL_NAMES_MAX, "" },
		{ "h%u-%u,", ACL_NAMES_MAX + 1, "'h1-0': more than 256 names" },
	};

	for (size_t i = 0; i < COUNT(lists); i++) {
		char *list = long_list(lists[i].fmt, lists[i].count);
		struct error err = { .text = "" };
		struct acl acl = { .network_count = 0 };

		if (acl_parse(&acl, list, &err) == 0) {
			if (acl.network_count > 0)
				tap_ok(allows(&acl, "10.1.15.255") &&
				    !allows(&acl, "10.1.16.0"), "the last");
			acl_free(&acl);
		}
		tap_str(err.text, lists[i].why, lists[i].fmt);
		free(list);
	}
}

static void
test_peers(void)
{
	static const struct {
		const char *from, *text;
	} peers[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::1", "::1" },
		{ "2001:DB8:0:0::1", "2001:db8::1" },
		{ "::", "::" },
	};
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_storage none = { .ss_family = AF_UNSPEC };
	struct acl_network n;
	struct error err;
	struct acl acl;

	for (size_t i = 0; i < COUNT(peers); i++) {
		struct sockaddr_storage from = peer(peers[i].from);

		tap_str(acl_peer_text((struct sockaddr *)&from).s,
		    peers[i].text, peers[i].from);
	}
	tap_str(acl_peer_text((struct sockaddr *)&un).s, "local",
	    "a local socket");
	tap_int(acl_parse(&acl, "0.0.0.0/0,::/0", &err), 0, "all addresses");
	tap_ok(!acl_allows(&acl, (struct sockaddr *)&un),
	    "are not a local socket");
	tap_ok(!acl_allows(&acl, (struct sockaddr *)&none),
	    "nor one of no family");
	tap_ok(!acl_address((struct sockaddr *)&un, &n), "which have none");
	acl_free(&acl);
}

int
main(void)
{
	test_networks();
	test_prefixes(AF_INET, 32);
	test_prefixes(AF_INET6, 128);
	test_refused();
	test_names();
	test_bounds();
	test_peers();
	return tap_done();
}
