/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reload knows of names before it has asked for them. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "agent/generation.h"
#include "tests/complain.h"
#include "tests/tap.h"

static struct settings *
settings_of(const char *text)
{
	struct settings *s = settings_parse("test", text, strlen(text),
	    complain, NULL);

	if (s == NULL)
		exit(1);
	return s;
}

static void
know(struct settings *s, size_t name, const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct acl_name *n = &s->acl.names[name];

	(void)inet_pton(AF_INET, address, &in.sin_addr);
	if (acl_address((struct sockaddr *)&in, &n->addresses[n->count]))
		n->addresses[n->count++].bits = 128;
}

static bool
allows(const struct settings *s, const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	(void)inet_pton(AF_INET, address, &in.sin_addr);
	return acl_allows(&s->acl, (struct sockaddr *)&in);
}

int
main(void)
{
	struct generation old = { .settings = settings_of(
	    "allowed_hosts=one.test,two.test,three.test\n") };
	struct generation new = { .settings = settings_of(
	    "allowed_hosts=192.0.2.99,three.test,new.test,one.test\n") };

	know(old.settings, 0, "192.0.2.1");
	know(old.settings, 0, "192.0.2.2");
	know(old.settings, 1, "192.0.2.3");
	tap_ok(allows(old.settings, "192.0.2.1"), "it was known");
	tap_ok(!allows(new.settings, "192.0.2.1"), "and is not, at first");
	generation_keep_names(&new, &old);
	tap_ok(allows(new.settings, "192.0.2.1") &&
	    allows(new.settings, "192.0.2.2"), "a name keeps its addresses,");
	tap_ok(allows(new.settings, "192.0.2.99"), "as numbers are theirs");
	tap_ok(!allows(new.settings, "192.0.2.3"), "one that is gone does not");
	tap_int((long)new.settings->acl.names[0].count, 0,
	    "one that had none has none");
	tap_int((long)new.settings->acl.names[1].count, 0, "nor has a new one");
	settings_free(old.settings);
	settings_free(new.settings);
	return tap_done();
}
