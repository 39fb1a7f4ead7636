/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "agent/connection.h"
#include "tests/tap.h"

static struct clients all;

static struct client_origin
origin(const char *address)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		return client_origin_of((struct sockaddr *)&v4);
	(void)inet_pton(AF_INET6, address, &v6.sin6_addr);
	return client_origin_of((struct sockaddr *)&v6);
}

static struct client *
come(const char *address, enum phase phase)
{
	struct client_origin o = origin(address);
	struct client *c = calloc(1, sizeof *c);

	if (c == NULL || !client_enter(&all, c, &o, phase)) {
		printf("Bail out! out of memory\n");
		exit(1);
	}
	return c;
}

static void
leave(struct client *c)
{
	client_leave(c);
	free(c);
}

static void
leave_all(void)
{
	for (int phase = 0; all.sources != NULL; phase = (phase + 1) % PHASES) {
		struct client *c = all.sources->in[phase].first;

		if (c != NULL)
			leave(c);
	}
}

static const struct {
	const char *one, *other;
	bool same;
} pairs[] = {
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.2", false },
	{ "::ffff:192.0.2.1", "192.0.2.1", true },
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", false },
	{ "2001:db8::1", "2001:db8::ffff:1", true },
	{ "2001:db8:0:1::1", "2001:db8:0:2::1", false },
	{ "::1", "127.0.0.1", false },
};

static void
test_origins(void)
{
	struct client_origin none = client_origin_of(NULL), o, away;
	struct client *c;

	for (size_t i = 0; i < COUNT(pairs); i++) {
		c = come(pairs[i].one, READING);
		o = origin(pairs[i].other);
		tap_int((long long)client_count_of(&all, &o), pairs[i].same,
		    pairs[i].one);
		leave(c);
	}
	tap_ok(all.sources == NULL && all.count == 0, "none is left");
	o = origin("0.0.0.0");
	away = client_origin_strangers();
	tap_ok(memcmp(&none, &o, sizeof o) != 0 &&
	    memcmp(&none, &away, sizeof away) != 0 &&
	    memcmp(&o, &away, sizeof o) != 0,
	    "a pipe, an address of zeros and strangers are three");
}

/* Each: who comes, as "address phase"; and which of them makes room. */
static const struct {
	const char *what;
	struct {
		const char *address;
		enum phase phase;
	} who[6];
	int victim; /* -1: none */
} cases[] = {
	{ "nobody", { { NULL, READING } }, -1 },
	{ "the only one", { { "::1", READING } }, 0 },
	{ "one whose command runs", { { "::1", RUNNING } }, -1 },
	{ "the oldest of one source", { { "::1", READING },
	    { "::1", READING } }, 0 },
	{ "one that is done goes first", { { "::1", READING },
	    { "::1", WRITING }, { "::1", DRAINING } }, 2 },
	{ "then one that asks", { { "::1", WRITING }, { "::1", READING } },
	    1 },
	{ "then one that is answered", { { "::1", RUNNING },
	    { "::1", WRITING } }, 1 },
	{ "of the source with most", { { "192.0.2.1", READING },
	    { "192.0.2.2", READING }, { "192.0.2.2", READING } }, 1 },
	{ "though another is done", { { "192.0.2.1", DRAINING },
	    { "192.0.2.2", READING }, { "192.0.2.2", READING } }, 1 },
	{ "what runs is not counted", { { "192.0.2.1", RUNNING },
	    { "192.0.2.1", RUNNING }, { "192.0.2.1", READING },
	    { "192.0.2.2", READING }, { "192.0.2.2", READING } }, 3 },
	{ "of equals the oldest", { { "192.0.2.3", READING },
	    { "192.0.2.2", READING }, { "192.0.2.1", READING } }, 0 },
	{ "whoever came first of them", { { "192.0.2.1", RUNNING },
	    { "192.0.2.2", READING }, { "192.0.2.1", READING } }, 1 },
};

static void
test_victims(void)
{
	struct client *who[6], *victim;

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = 0;

		for (; n < 6 && cases[i].who[n].address != NULL; n++)
			who[n] = come(cases[i].who[n].address,
			    cases[i].who[n].phase);
		victim = client_find_victim(&all);
		tap_ok(victim == (cases[i].victim < 0 ? NULL :
		    who[cases[i].victim]), cases[i].what);
		leave_all();
	}
}

static void
test_phases(void)
{
	struct client *a = come("::1", READING), *b = come("::1", READING);
	struct client_origin o = origin("::1"), other = origin("::2:0:0:0:1");

	client_move(a, RUNNING);
	tap_ok(client_find_victim_of(&all, &o) == b, "its command runs now");
	client_move(b, RUNNING);
	tap_ok(client_find_victim_of(&all, &o) == NULL, "so does the other's");
	client_move(b, DRAINING);
	client_move(a, DRAINING);
	tap_ok(client_find_victim_of(&all, &o) == b,
	    "who is in a phase for longest");
	tap_ok(client_find_victim_of(&all, &other) == NULL,
	    "another source has none");
	leave(b);
	tap_ok(client_find_victim(&all) == a && all.count == 1, "one is left");
	leave(a);
}

/*
 * Eight sources hold all there is, and come again as soon as they are cut. One
 * of another source takes its time, and is never the one.
 */
static void
test_flood(void)
{
	struct client *good = NULL;
	unsigned asked = 0, cut = 0;
	char address[16];

	for (int i = 0; i < 100000; i++) {
		(void)snprintf(address, sizeof address, "127.0.0.%d",
		    2 + i % 8);
		while (all.count >= CLIENTS_MAX) {
			struct client *victim = client_find_victim(&all);

			cut += victim == good;
			leave(victim);
		}
		if (i % 1000 != 500) {
			(void)come(address, READING);
			continue;
		}
		if (good != NULL)
			leave(good);
		good = come("127.0.0.1", READING);
		asked++;
	}
	tap_int(asked, 100, "one that asks, and asks");
	tap_int(cut, 0, "never makes room for those who flood");
	leave_all();
}

static void
test_most(void)
{
	struct rlimit before, limit;
	static const struct {
		rlim_t descriptors;
		size_t least, most;
	} all_limits[] = {
		{ 100000, CLIENTS_MAX, CLIENTS_MAX },
		{ 1024, 800, 1023 },
		{ 256, 100, 200 },
		{ 64, 16, 40 },
	};

	(void)getrlimit(RLIMIT_NOFILE, &before);
	for (size_t i = 0; i < COUNT(all_limits); i++) {
		limit = before;
		limit.rlim_cur = all_limits[i].descriptors;
		if (limit.rlim_cur > limit.rlim_max) {
			tap_skip("RLIMIT_NOFILE is lower");
			continue;
		}
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		tap_ok(clients_most() >= all_limits[i].least &&
		    clients_most() <= all_limits[i].most,
		    "as many as there are descriptors for");
	}
	(void)setrlimit(RLIMIT_NOFILE, &before);
}

int
main(void)
{
	test_origins();
	test_victims();
	test_phases();
	test_flood();
	test_most();
	return tap_done();
}
