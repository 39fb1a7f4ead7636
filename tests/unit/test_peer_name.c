/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/peer_name.h"
#include "tests/tap.h"

#define A60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A255 A60 A60 A60 A60 "aaaaaaaaaaaaaaa"
#define STAR "': a '*' stands for the whole first label of a host's name, as " \
	"in *.example.org"

static const struct {
	const char *pattern, *want; /* NULL: right */
} patterns[] = {
	{ "nagios", NULL },
	{ "mon.example.org", NULL },
	{ "Nagios server 1", NULL },
	{ "*.example.org", NULL },
	{ "*.org", NULL },
	{ "192.0.2.10", NULL },
	{ "2001:db8::10", NULL },
	{ "spiffe://example.org/monitor", NULL },
	{ "monitor@example.org", NULL },
	{ "m\xc3\xbcnchen", NULL },
	{ A255, NULL },
	{ "", "a name is empty" },
	{ A255 "a", "'" A60 "aaaa...': longer than 255 bytes" },
	{ " a", "' a': blanks around a name" },
	{ "a\t", "'a\t': blanks around a name" },
	{ "*", "'*" STAR },
	{ "*.", "'*." STAR },
	{ "*..org", "'*..org" STAR },
	{ "*example.org", "'*example.org" STAR },
	{ "m*.example.org", "'m*.example.org" STAR },
	{ "mon.*.org", "'mon.*.org" STAR },
	{ "*.*.org", "'*.*.org" STAR },
	{ "*.example.org:80", "'*.example.org:80" STAR },
	{ "*.a@example.org", "'*.a@example.org" STAR },
};

#define DNS(text) { PEER_NAME_DNS, (const uint8_t *)(text), sizeof(text) - 1 }
#define IP(text) \
	{ PEER_NAME_ADDRESS, (const uint8_t *)(text), sizeof(text) - 1 }
#define EMAIL(text) \
	{ PEER_NAME_EMAIL, (const uint8_t *)(text), sizeof(text) - 1 }
#define URI(text) { PEER_NAME_URI, (const uint8_t *)(text), sizeof(text) - 1 }
#define CN(text) \
	{ PEER_NAME_COMMON, (const uint8_t *)(text), sizeof(text) - 1 }

static const struct {
	const char *pattern;
	struct peer_name name;
	bool same;
	const char *text; /* as the log has it */
} names[] = {
	{ "mon.example.org", DNS("mon.example.org"), true,
	    "DNS:mon.example.org" },
	{ "mon.example.org", DNS("MON.Example.ORG"), true,
	    "DNS:MON.Example.ORG" },
	{ "MON.example.org", DNS("mon.example.org"), true,
	    "DNS:mon.example.org" },
	{ "mon.example.org", DNS("mon.example.org."), false,
	    "DNS:mon.example.org." },
	{ "mon.example.org", DNS("mon.example.orgx"), false,
	    "DNS:mon.example.orgx" },
	{ "mon.example.org", DNS("mon.example.or"), false,
	    "DNS:mon.example.or" },
	{ "mon.example.org", DNS("xmon.example.org"), false,
	    "DNS:xmon.example.org" },
	{ "mon.example.org", DNS("*.example.org"), false,
	    "DNS:*.example.org" },
	{ "mon.example.org", DNS("mon.example.org\0"), false,
	    "DNS:mon.example.org\\x00" },
	{ "mon.example.org", DNS("mon.example.org\0.evil.org"), false,
	    "DNS:mon.example.org\\x00.evil.org" },
	{ "mon.example.org", DNS("mon\0example.org"), false,
	    "DNS:mon\\x00example.org" },
	{ "mon.example.org", DNS("\0"), false, "DNS:\\x00" },
	{ "mon.example.org", DNS(""), false, "DNS:" },
	/* "@" and "`" are 32 apart, "[" and "{" too. */
	{ "a`{", DNS("A@["), false, "DNS:A@[" },
	{ "m\xc3\xbc", DNS("m\xc3\x9c"), false, "DNS:m\xc3\x9c" },
	{ "m\xc3\xbc", DNS("m\xc3\xbc"), true, "DNS:m\xc3\xbc" },
	{ "nagios", DNS("nagios"), true, "DNS:nagios" },

	{ "*.example.org", DNS("mon.example.org"), true,
	    "DNS:mon.example.org" },
	{ "*.example.org", DNS("a-1_B.EXAMPLE.org"), true,
	    "DNS:a-1_B.EXAMPLE.org" },
	{ "*.example.org", DNS("example.org"), false, "DNS:example.org" },
	{ "*.example.org", DNS(".example.org"), false, "DNS:.example.org" },
	{ "*.example.org", DNS("a.b.example.org"), false,
	    "DNS:a.b.example.org" },
	{ "*.example.org", DNS("a.badexample.org"), false,
	    "DNS:a.badexample.org" },
	{ "*.example.org", DNS("*.example.org"), false,
	    "DNS:*.example.org" },
	{ "*.example.org", DNS("a\0.example.org"), false,
	    "DNS:a\\x00.example.org" },
	{ "*.example.org", DNS("\0.example.org"), false,
	    "DNS:\\x00.example.org" },
	{ "*.example.org", DNS("a b.example.org"), false,
	    "DNS:a b.example.org" },
	{ "*.example.org", DNS("a.example.org\0"), false,
	    "DNS:a.example.org\\x00" },
	{ "*.example.org", DNS("mon"), false, "DNS:mon" },

	{ "192.0.2.10", IP("\xc0\0\2\x0a"), true, "IP:192.0.2.10" },
	{ "192.0.2.10", IP("\xc0\0\2\x0b"), false, "IP:192.0.2.11" },
	{ "192.0.2.10", IP("\xc0\0\2"), false, "IP:no address" },
	{ "192.0.2.10", IP(""), false, "IP:no address" },
	{ "192.0.2.10", IP("\xc0\0\2\x0a\xff\xff\xff\xff"), false,
	    "IP:no address" },
	{ "192.0.2.10", DNS("192.0.2.10"), false, "DNS:192.0.2.10" },
	{ "2001:DB8:0::1", IP("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), true,
	    "IP:2001:db8::1" },
	{ "::ffff:192.0.2.10", IP("\xc0\0\2\x0a"), false, "IP:192.0.2.10" },
	{ "mon.example.org", IP("mon."), false, "IP:109.111.110.46" },

	{ "mon@example.org", EMAIL("mon@example.org"), true,
	    "email:mon@example.org" },
	{ "mon@example.org", EMAIL("Mon@example.org"), false,
	    "email:Mon@example.org" },
	{ "mon@example.org", EMAIL("mon@example.org\0"), false,
	    "email:mon@example.org\\x00" },
	{ "example.org", EMAIL("example.org"), false, "email:example.org" },
	{ "mon@example.org", DNS("mon@example.org"), false,
	    "DNS:mon@example.org" },
	{ "urn:monitor", URI("urn:monitor"), true, "URI:urn:monitor" },
	{ "urn:monitor", URI("urn:Monitor"), false, "URI:urn:Monitor" },
	{ "sip:mon@example.org", URI("sip:mon@example.org"), true,
	    "URI:sip:mon@example.org" },
	{ "sip:mon@example.org", EMAIL("sip:mon@example.org"), false,
	    "email:sip:mon@example.org" },

	{ "nagios", CN("nagios"), true, "CN=nagios" },
	{ "nagios", CN("Nagios"), true, "CN=Nagios" },
	{ "*.example.org", CN("mon.example.org"), true,
	    "CN=mon.example.org" },
	{ "192.0.2.10", CN("192.0.2.10"), true, "CN=192.0.2.10" },
	{ "2001:db8::1", CN("2001:DB8::1"), false, "CN=2001:DB8::1" },
	{ "urn:monitor", CN("urn:monitor"), true, "CN=urn:monitor" },
	{ "mon@example.org", CN("mon@example.org"), true,
	    "CN=mon@example.org" },
	{ "nagios", CN("nagios\0"), false, "CN=nagios\\x00" },
	{ "nagios", CN("evil\n\033[1m\xff"), false,
	    "CN=evil\\n\\x1b[1m\\xff" },
};

/* Just these bytes, so that a step too far is seen. */
static void
test_names(void)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		struct peer_name name = names[i].name;
		uint8_t *bytes = malloc(name.n > 0 ? name.n : 1);
		char text[128];
		struct buf b = buf_on(text, sizeof text);

		if (bytes == NULL)
			return;
		memcpy(bytes, name.bytes, name.n);
		name.bytes = bytes;
		peer_name_put(&b, &name);
		tap_str(text, names[i].text, names[i].text);
		tap_int(peer_name_matches(names[i].pattern, &name),
		    names[i].same, names[i].pattern);
		free(bytes);
	}
}

/* Longer than the buffer, and than the pieces it is copied in. */
static void
test_long_name(void)
{
	static const char text[] = A255 A255 "b";
	struct peer_name name = {
		PEER_NAME_URI, (const uint8_t *)text, sizeof text - 1,
	};
	char out[600];
	struct buf b = buf_on(out, sizeof out);

	peer_name_put(&b, &name);
	tap_str(out, "URI:" A255 A255 "b", "a long name is said whole");
	b = buf_on(out, 8);
	peer_name_put(&b, &name);
	tap_str(out, "URI:aaa", "or as far as there is room");
}

int
main(void)
{
	for (size_t i = 0; i < COUNT(patterns); i++) {
		struct error err = { .text = "right" };
		int rc = peer_name_check(patterns[i].pattern, &err);

		tap_int(rc, patterns[i].want != NULL ? -1 : 0,
		    patterns[i].pattern);
		tap_str(err.text, patterns[i].want != NULL ?
		    patterns[i].want : "right", "the reason");
	}
	test_names();
	test_long_name();
	return tap_done();
}
