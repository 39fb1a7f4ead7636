/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/crew.h"
#include "agent/settings.h"
#include "common/run.h"
#include "tests/complain.h"
#include "tests/tap.h"

static struct settings *settings;
static struct registry registry;
static struct identity nobody_else;

/* Workers that no gatekeeper ever asks: each ends once its socket is closed. */
static struct crew_plan
plan_of(unsigned generation, struct crew_tokens *tokens)
{
	return (struct crew_plan){
		.generation = generation,
		.tokens = tokens,
		.identity = &nobody_else,
		.worker = { .settings = settings, .registry = &registry },
		.log_socket = STDERR_FILENO,
	};
}

/* Reaps until none is left that the crew knows; how many it knew. */
static unsigned
reap_all(struct crew *crew, unsigned *killed)
{
	const struct crew_member *m;
	unsigned known = 0;
	pid_t pid;

	*killed = 0;
	while ((pid = waitpid(-1, NULL, 0)) > 0) {
		m = crew_ended(crew, pid);
		known += m != NULL;
		*killed += m != NULL && m->killed;
	}
	return known;
}

static void
test_members(void)
{
	struct crew *crew = calloc(1, sizeof *crew);
	struct crew_tokens tokens = { 0 };
	struct crew_plan plan = plan_of(1, &tokens);
	uint32_t first = 0, second = 0;
	struct error err;
	unsigned killed;
	int a, b;

	a = crew_start(crew, &plan, &first, &err);
	b = crew_start(crew, &plan, &second, &err);
	tap_ok(a >= 0 && b >= 0 && a != b, "two connections");
	tap_ok(first != second, "two numbers");
	tap_int(crew_count(crew), 2, "two workers");
	tap_ok(crew_ended(crew, getpid()) == NULL, "this process is none");
	crew_kill(crew, 2, second);
	crew_kill(crew, 1, second + 7);
	crew_kill(crew, 1, second);
	close(a);
	tap_int(reap_all(crew, &killed), 2, "both end");
	tap_int(killed, 1, "one was killed: by number and generation");
	tap_int(crew_count(crew), 0, "none is left");
	close(b);
	free(crew);
}

/* Whatever becomes of the runner, who is known by the same number. */
static void
test_pid(void)
{
	struct crew *crew = calloc(1, sizeof *crew);
	struct crew_tokens tokens = { 0 };
	struct crew_plan plan = plan_of(1, &tokens);
	const struct crew_member *worker = NULL;
	uint32_t number = 0;
	struct error err;
	unsigned killed;
	int fd;

	plan.runner = true;
	fd = crew_start(crew, &plan, &number, &err);
	tap_int(crew_count(crew), 2, "a runner beside a worker");
	for (size_t i = 0; i < CREW_MAX; i++) {
		if (crew->all[i].pid > 0 && !crew->all[i].runner)
			worker = &crew->all[i];
	}
	tap_ok(worker != NULL && crew_pid(crew, number) == worker->pid,
	    "the number is the worker's");
	tap_int(crew_pid(crew, number + 1), 0, "another is nobody's");
	close(fd);
	tap_int(reap_all(crew, &killed), 2, "both end");
	free(crew);
}

/* As many as start, with their connections closed at once. */
static unsigned
start_many(struct crew *crew, const struct crew_plan *plan, unsigned most,
    struct error *err)
{
	unsigned n = 0;
	uint32_t number;
	int fd;

	err->text[0] = '\0';
	while (n < most && (fd = crew_start(crew, plan, &number, err)) >= 0) {
		close(fd);
		n++;
	}
	return n;
}

static void
test_share(void)
{
	struct crew *crew = calloc(1, sizeof *crew);
	struct crew_tokens tokens[2] = { { 0 } };
	struct crew_plan one = plan_of(1, &tokens[0]);
	struct crew_plan two = plan_of(2, &tokens[1]);
	struct error err;
	unsigned killed;

	tap_int(start_many(crew, &one, CREW_MAX, &err), CREW_SHARE,
	    "one generation has its share");
	tap_str(err.text, "too many workers", "and no more");
	tap_int(start_many(crew, &two, 3, &err), 3, "another has its own");
	crew_kill_all(crew);
	tap_int(reap_all(crew, &killed), CREW_SHARE + 3, "all end");
	tap_int(start_many(crew, &one, 1, &err), 1, "then there is room");
	(void)reap_all(crew, &killed);
	free(crew);
}

static void
test_rate(void)
{
	struct crew *crew = calloc(1, sizeof *crew);
	struct crew_tokens tokens = { 0 };
	struct crew_plan plan = plan_of(1, &tokens);
	struct error err;
	unsigned killed;

	tap_int(start_many(crew, &plan, 1, &err), 1, "the first one");
	tap_num(tokens.left, CREW_BURST - 1, "leaves as many as a burst has");
	/* Deep enough for a machine that takes its time. */
	tokens.left = -1000 * CREW_RATE;
	tap_int(start_many(crew, &plan, 1, &err), 0, "none is left");
	tap_str(err.text, "too many in a short time", "which is said");
	tokens.left = -100 * CREW_RATE;
	tokens.at -= 1;
	tap_int(start_many(crew, &plan, 1, &err), 0,
	    "a second's are not worth a hundred");
	tokens.left = 1 - CREW_RATE;
	tokens.at -= 1;
	tap_int(start_many(crew, &plan, 1, &err), 1, "nor less");
	tokens.at -= 3600;
	tap_int(start_many(crew, &plan, 1, &err), 1, "an hour's");
	tap_num(tokens.left, CREW_BURST - 1, "are no more than a burst");
	(void)reap_all(crew, &killed);
	free(crew);
}

int
main(void)
{
	settings = settings_parse("test", "", 0, complain, NULL);
	test_members();
	test_pid();
	test_share();
	test_rate();
	settings_free(settings);
	return tap_done();
}
