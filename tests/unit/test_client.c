/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections over socket pairs, as if they came from somewhere. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "agent/connection.h"
#include "tests/jobs_stage.h"
#include "tests/nrpe_client.h"

enum {
	MOST = 8, /* connections */
	QUERY_SIZE = 1036,
};

static struct stage s;
static struct clients all;

static void
open_all(const char *more)
{
	stage_open_with(&s, 60, more);
	all = (struct clients){
		.base = s.base,
		.settings = s.settings,
		.nasty = "",
		.log = &s.log,
		.jobs = &s.jobs,
		.most = MOST,
	};
}

static void
close_all(void)
{
	clients_close(&all);
	stage_close(&s);
}

/* One that comes from there; its end of the connection. */
static int
come(const char *address)
{
	struct sockaddr_in peer = { .sin_family = AF_INET };
	int ends[2];

	if (inet_pton(AF_INET, address, &peer.sin_addr) != 1 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		stage_fail("no connection");
	(void)evutil_make_socket_nonblocking(ends[0]);
	(void)evutil_make_socket_nonblocking(ends[1]);
	client_new(&all, ends[0], ends[0], (struct sockaddr *)&peer);
	return ends[1];
}

static int
ask(const char *address, const char *text)
{
	uint8_t query[QUERY_SIZE];
	int fd = come(address);

	nrpe_client_query(query, 2, text, strlen(text), sizeof query);
	if (write(fd, query, sizeof query) != sizeof query)
		stage_fail("nobody hears a client");
	stage_settle(&s);
	return fd;
}

/* What it was answered: "" if that was nothing so far, "end" if never. */
static const char *
answer(int fd)
{
	static uint8_t bytes[QUERY_SIZE];
	struct nrpe_client_response r;
	ssize_t n = read(fd, bytes, sizeof bytes);

	if (n <= 0)
		return n == 0 ? "end" : "";
	return nrpe_client_check(bytes, (size_t)n, &r) == NULL ? r.text :
	    "no answer";
}

static bool
is_cut(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 0;
}

/* Two sources have all there is, all of which waits for the same. */
static void
test_all_wait(void)
{
	int many[MOST], one, two, three, worker;

	open_all("");
	for (size_t i = 0; i < MOST; i++)
		many[i] = ask(i < 5 ? "192.0.2.1" : "192.0.2.2", "slow");
	tap_int((long long)all.count, MOST, "as many as there may be");
	tap_str(answer(many[0]), "", "wait for a command");
	one = ask("192.0.2.3", "quick");
	tap_str(answer(many[0]), "NRPE: agent busy: too many others wait",
	    "one of another source takes the place of the oldest");
	tap_ok(is_cut(many[0]), "of the source with most, at once");
	tap_int((long long)all.count, MOST, "and no more than that");
	tap_str(answer(one), "", "it is there, and waits");
	two = ask("192.0.2.3", "quick");
	tap_has(answer(many[1]), "agent busy", "so does the next");
	three = come("192.0.2.3");
	tap_str(answer(three), "end", "till all have about as many");
	tap_str(answer(many[2]), "", "and nobody loses");

	worker = stage_worker(&s);
	stage_answer(&s, worker, stage_job(&s, worker), "well");
	tap_str(answer(many[7]), "well", "who was left has the answer");
	stage_answer(&s, worker, stage_job(&s, worker), "quickly");
	tap_str(answer(two), "quickly", "and so have the others");
	close(worker);
	for (size_t i = 0; i < MOST; i++)
		close(many[i]);
	close(one);
	close(two);
	close(three);
	close_all();
}

/* With the last of those who wait the job goes, too. */
static void
test_last_waiter(void)
{
	int many[MOST], other;

	open_all("");
	many[0] = ask("192.0.2.1", "slow_too");
	for (size_t i = 1; i < MOST; i++)
		many[i] = ask("192.0.2.1", "slow");
	tap_int((long long)s.jobs.queued, 2, "two commands are waited for");
	other = ask("192.0.2.2", "slow");
	tap_has(answer(many[0]), "agent busy", "who asked for one is cut");
	tap_int((long long)s.jobs.queued, 1, "it is not run for nobody");
	for (size_t i = 0; i < MOST; i++)
		close(many[i]);
	close(other);
	close_all();
}

/* Strangers to a command are told so, as often as they like. */
static void
test_denied(void)
{
	int fd;

	open_all("client_commands[mon.example.org]=quick\n");
	fd = ask("192.0.2.1", "slow");
	tap_has(answer(fd), "'slow' not allowed for no name",
	    "who is not granted a command");
	tap_int(s.log.peers_in_second, 1,
	    "is one of those of whom the log hears only so much");
	close(fd);
	close_all();
}

int
main(void)
{
	test_all_wait();
	test_last_waiter();
	test_denied();
	return tap_done();
}
