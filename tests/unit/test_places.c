/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "agent/places.h"
#include "tests/complain.h"
#include "tests/tap.h"

static const struct {
	const char *what, *text, *found, *err;
} cases[] = {
	{ "nothing said", "", "", NULL },
	{ "IPv4 alone", "address_family=4\n", "0.0.0.0", NULL },
	{ "IPv6 alone", "address_family=6\n", "::", NULL },
	{ "a number", "server_address=127.0.0.1\n", "127.0.0.1", NULL },
	{ "a name", "server_address=localhost\naddress_family=4\n",
	    "127.0.0.1", NULL },
	{ "no name", "server_address=no-such-name.invalid\n", NULL,
	    "no-such-name.invalid" },
};

static void
test_find(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct settings *s = settings_parse("test", cases[i].text,
		    strlen(cases[i].text), complain, NULL);
		struct error err = { .text = "" };
		struct places places;
		int rc;

		if (s == NULL) {
			tap_ok(false, cases[i].what);
			continue;
		}
		rc = places_find(&places, s, NULL, &err);
		tap_int(rc, cases[i].err == NULL ? 0 : -1, cases[i].what);
		if (rc == 0)
			tap_str(places.count > 0 ? places.all[0] : "",
			    cases[i].found, "what comes of it");
		else
			tap_has(err.text, cases[i].err, "and which");
		settings_free(s);
	}
}

/* What a child writes that a name server made its own. */
static void
test_adopt(void)
{
	struct places foreign = { .count = LISTENERS_MAX }, out;
	struct error err = { .text = "" };
	size_t longest = sizeof out.all[0] - 1;

	memset(foreign.all, '1', sizeof foreign.all);
	tap_int(places_adopt(&out, &foreign, &err), 0, "as many as there can be");
	tap_int((long)out.count, LISTENERS_MAX, "are taken");
	for (size_t i = 0; i < LISTENERS_MAX; i++)
		tap_int((long)strnlen(out.all[i], sizeof out.all[i]),
		    (long)longest, "each ends");
	foreign.count = LISTENERS_MAX + 1;
	tap_int(places_adopt(&out, &foreign, &err), -1, "one more");
	tap_has(err.text, "nonsense", "is none of ours");
	tap_int((long)out.count, 0, "and nothing is taken");
	foreign.count = SIZE_MAX;
	tap_int(places_adopt(&out, &foreign, &err), -1, "nor by far more");
	foreign.count = 0;
	tap_int(places_adopt(&out, &foreign, &err), -1, "nor none at all");
}

int
main(void)
{
	test_find();
	test_adopt();
	return tap_done();
}
