/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As root: what a worker in foreign hands can have of a runner. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/securebits.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/answer.h"
#include "agent/capability.h"
#include "agent/dispatch.h"
#include "agent/runner.h"
#include "common/run.h"
#include "tests/complain.h"
#include "tests/tap.h"

static const char text[] =
    "dont_blame_nrpe=1\n"
    "command_timeout=1\n"
    "command[plain]=/bin/echo plain\n"
    "command[user]=/usr/bin/id -u $ARG1$\n"
    "command_user[user]=4242\n"
    "command_group[user]=4243\n"
    "command_arg[user][1]=one_of -r -n\n"
    "command[slow]=/bin/sleep 60\n"
    "command_user[slow]=4242\n"
    "command_group[slow]=4243\n"
    "command[broken]=/bin/echo | cat\n"
    "command_user[broken]=4242\n";

enum {
	PLAIN,
	USER,
	SLOW,
	BROKEN,
};

static const struct identity usual = { true, 65534, 65534, "" };
static struct settings *settings;
static struct packet packet;
static struct answer answer;
static pid_t pid;
static int worker = -1;

static void
start_with(unsigned long secure_bits)
{
	struct log log = log_relay(STDERR_FILENO, false);
	struct runner r = {
		.worker = { .settings = settings, .log = &log },
		.identity = &usual,
	};
	struct error err;
	int ends[2];

	if (!message_pair(ends))
		exit(1);
	worker = ends[0];
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		r.worker.socket = ends[1];
		if (secure_bits != 0 &&
		    prctl(PR_SET_SECUREBITS, secure_bits, 0, 0, 0) < 0)
			_exit(2);
		if (runner_main(&r, &err) == 0)
			_exit(0);
		fprintf(stderr, "# %s\n", err.text);
		_exit(1);
	}
	close(ends[1]);
}

static void
start(void)
{
	start_with(0);
}

/* The exit code of one that has nobody to work for any more. */
static int
finish(void)
{
	int status = -1;

	close(worker);
	(void)waitpid(pid, &status, 0);
	return status;
}

/* What comes of a message: the answer, or that it just ends. */
static bool
is_answered(const struct message *head, const char *args, size_t size, int fd)
{
	answer_free(&answer);
	if (!message_send(worker, head, args, size, fd))
		return false;
	while (message_take(worker, &packet) > 0) {
		if (answer_add(&answer, &packet) == ANSWER_WHOLE)
			return true;
	}
	return false;
}

static struct message
job(int command, uint32_t argc)
{
	return (struct message){
		.type = MESSAGE_JOB,
		.number = 1,
		.command = command,
		.argc = argc,
		.deadline = deadline_now() + 60,
	};
}

static void
says(const char *words, const char *what)
{
	char got[256] = "";

	if (answer.size < sizeof got)
		memcpy(got, answer.bytes, answer.size);
	tap_has(got, words, what);
}

static void
test_granted(void)
{
	struct message head;

	start();
	head = job(USER, 1);
	tap_ok(is_answered(&head, "-r", 3, -1), "one that was granted a user");
	says("4242", "is that one");
	head = job(USER, 0);
	tap_ok(is_answered(&head, NULL, 0, -1), "without an argument");
	says("argument 1 is missing", "that there must be");
	head = job(USER, 1);
	tap_ok(is_answered(&head, "-G", 3, -1), "with another");
	says("argument 1: '-G'", "which the runner itself refuses");
	head = job(BROKEN, 0);
	tap_ok(is_answered(&head, NULL, 0, -1), "one that cannot be run");
	says("broken: ", "is not");
	tap_int(finish(), 0, "it ends with its worker");
}

/* A container may have set some, for good. */
static void
test_secure_bits(void)
{
	struct message head;

	start_with(SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED);
	head = job(USER, 1);
	tap_ok(is_answered(&head, "-r", 3, -1), "with secure bits locked");
	says("4242", "it is who was granted");
	tap_int(finish(), 0, "it ends with its worker");
}

/* Its time is what the configuration says, whatever the worker says. */
static void
test_time(void)
{
	static const double deadlines[] = { 1e18, INFINITY, NAN };

	for (size_t i = 0; i < COUNT(deadlines); i++) {
		struct message head = job(SLOW, 0);

		start();
		head.deadline = deadlines[i];
		tap_ok(is_answered(&head, NULL, 0, -1), "no time is too long");
		says("timed out after 1 second", "for what was configured");
		tap_int(finish(), 0, "it ends with its worker");
	}
}

static void
test_hostile(void)
{
	static const struct {
		const char *what;
		int command;
		uint32_t type, argc;
		const char *args;
		size_t size;
		int fd;
	} all[] = {
		{ "a command that was granted nothing", PLAIN, MESSAGE_JOB,
		    0, NULL, 0, -1 },
		{ "a ping", DISPATCH_PING, MESSAGE_JOB, 0, NULL, 0, -1 },
		{ "no command", BROKEN + 1, MESSAGE_JOB, 0, NULL, 0, -1 },
		{ "none by far", INT_MAX, MESSAGE_JOB, 0, NULL, 0, -1 },
		{ "a negative one", INT_MIN, MESSAGE_JOB, 0, NULL, 0, -1 },
		{ "no job", USER, MESSAGE_ANSWER, 0, NULL, 0, -1 },
		{ "nor a message", USER, 99, 0, NULL, 0, -1 },
		{ "fewer arguments than said", USER, MESSAGE_JOB, 2, "-r", 3,
		    -1 },
		{ "more than said", USER, MESSAGE_JOB, 0, "-r", 3, -1 },
		{ "more than there can be", USER, MESSAGE_JOB, UINT32_MAX,
		    "-r", 3, -1 },
		{ "one without an end", USER, MESSAGE_JOB, 1, "-r", 2, -1 },
		{ "a descriptor", USER, MESSAGE_JOB, 0, NULL, 0, 2 },
	};

	for (size_t i = 0; i < COUNT(all); i++) {
		struct message head = job(all[i].command, all[i].argc);

		head.type = all[i].type;
		start();
		tap_ok(!is_answered(&head, all[i].args, all[i].size,
		    all[i].fd), all[i].what);
		tap_int(finish(), 0, "is the end of it");
	}
	start();
	(void)send(worker, "x", 1, MSG_NOSIGNAL);
	tap_ok(message_take(worker, &packet) <= 0, "a byte");
	tap_int(finish(), 0, "is the end of it");
}

/* What the supervisor would find. */
static bool
find_grants(void)
{
	struct error err = { .text = "" };

	for (size_t i = 0; i < settings->command_count; i++) {
		struct command *c = &settings->commands[i];

		if (grant_is_given(&c->grant) && c->why_not == NULL &&
		    grant_find(&c->grant, &usual, capability_own(), &err) < 0) {
			printf("# %s\n", err.text);
			return false;
		}
	}
	return true;
}

int
main(void)
{
	settings = settings_parse("x.cfg", text, strlen(text), complain, NULL);
	if (settings == NULL || settings->command_count != BROKEN + 1) {
		printf("Bail out! no settings\n");
		return 1;
	}
	if (geteuid() != 0 || !find_grants()) {
		tap_skip("a runner: not root, or a capability is missing");
	} else {
		test_granted();
		test_secure_bits();
		test_time();
		test_hostile();
	}
	answer_free(&answer);
	settings_free(settings);
	return tap_done();
}
