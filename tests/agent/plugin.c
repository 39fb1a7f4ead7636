/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plugin - one that behaves as it is told: plugin VERB[=VALUE]...
 *
 * Does one after another, "out=text child=5 exit=2"; the table below has them.
 * Nothing that it starts lives longer than it is told, or LIFETIME.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIFETIME 30 /* s */

extern char **environ;

static void
put(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, bytes, n);

		if (done < 0)
			_exit(111);
		bytes += done;
		n -= (size_t)done;
	}
}

static void
say(const char *text)
{
	put(1, text, strlen(text));
	put(1, "\n", 1);
}

static void
do_sleep(const char *seconds)
{
	double s = strtod(seconds, NULL);
	struct timespec ts = { .tv_sec = (time_t)s };

	ts.tv_nsec = (long)((s - (double)ts.tv_sec) * 1e9);
	while (nanosleep(&ts, &ts) < 0)
		continue;
}

static double
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* --- to say --- */

static void
do_out(const char *text)
{
	put(1, text, strlen(text));
}

static void
do_err(const char *text)
{
	put(2, text, strlen(text));
}

/* "0123456789" over and over. */
static void
put_many(int fd, unsigned long long n)
{
	char block[64000];

	for (size_t i = 0; i < sizeof block; i++)
		block[i] = (char)('0' + i % 10);
	for (; n > sizeof block; n -= sizeof block)
		put(fd, block, sizeof block);
	put(fd, block, (size_t)n);
}

static void
do_bytes(const char *n)
{
	put_many(1, strtoull(n, NULL, 10));
}

static void
do_errbytes(const char *n)
{
	put_many(2, strtoull(n, NULL, 10));
}

static void
do_nul(const char *unused)
{
	(void)unused;
	put(1, "a\0b\0\377\n", 6);
}

/* Without an end, or until the reader goes away. */
static void
do_flood(const char *unused)
{
	double end = now() + LIFETIME;

	(void)unused;
	while (now() < end)
		put_many(1, 640000);
}

static void
do_close(const char *fd)
{
	close(atoi(fd));
}

/* --- to tell what it was given --- */

static void
do_env(const char *unused)
{
	(void)unused;
	for (char **var = environ; *var != NULL; var++)
		say(*var);
}

static void
do_cwd(const char *unused)
{
	char path[4096];

	(void)unused;
	say(getcwd(path, sizeof path) == NULL ? "?" : path);
}

/* "0 /dev/null" for each descriptor that is open. */
static void
do_fds(const char *unused)
{
	(void)unused;
	for (int fd = 0; fd < 1024; fd++) {
		char path[64], target[256], line[512];
		ssize_t n;

		(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof target);
		if (n < 0)
			continue;
		(void)snprintf(line, sizeof line, "%d %.*s", fd, (int)n,
		    target);
		say(line);
	}
}

/* Each signal that is blocked or ignored; then the session. */
static void
do_state(const char *unused)
{
	struct sigaction sa;
	sigset_t mask;
	char line[64];

	(void)unused;
	(void)sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int i = 1; i <= SIGRTMAX; i++) {
		bool blocked = sigismember(&mask, i) == 1;
		bool ignored = sigaction(i, NULL, &sa) == 0 &&
		    sa.sa_handler == SIG_IGN;

		(void)snprintf(line, sizeof line, "signal %d%s%s", i,
		    blocked ? " blocked" : "", ignored ? " ignored" : "");
		if (blocked || ignored)
			say(line);
	}
	say(getsid(0) == getpid() && getpgid(0) == getpid() ?
	    "session of its own" : "session of another");
}

/* --- to end, or not to --- */

static void
do_exit(const char *code)
{
	_exit(atoi(code));
}

static void
do_signal(const char *number)
{
	(void)raise(atoi(number));
}

/* Becomes that user for good, if it may. */
static void
do_uid(const char *uid)
{
	if (setuid((uid_t)atoi(uid)) < 0)
		_exit(114);
}

static void
do_deaf(const char *unused)
{
	sigset_t all;

	(void)unused;
	for (int i = 1; i <= SIGRTMAX; i++)
		(void)signal(i, SIG_IGN);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
}

/*
 * Locks a file for this process and for all that it forks from now on: it is
 * free again when the last of them has ended.
 */
static void
do_hold(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		_exit(112);
}

static void
do_pid(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	char line[32];
	int n = snprintf(line, sizeof line, "%d\n", (int)getpid());

	if (fd < 0)
		_exit(113);
	put(fd, line, (size_t)n);
	close(fd);
}

/* --- to have children --- */

/* For so many seconds, or while a file is there. */
static void
live(const char *term)
{
	double end = now() + LIFETIME;

	if (*term != '/')
		do_sleep(term);
	else
		while (access(term, F_OK) == 0 && now() < end)
			do_sleep("0.01");
	_exit(0);
}

static void
do_child(const char *term)
{
	if (fork() == 0)
		live(term);
}

static void
do_quiet(const char *term)
{
	if (fork() != 0)
		return;
	close(1);
	close(2);
	live(term);
}

/* As daemons do it; it also turns deaf. */
static void
do_escape(const char *term)
{
	pid_t pid = fork();

	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	if (pid != 0)
		return;
	(void)setsid();
	if (fork() != 0)
		_exit(0);
	do_deaf("");
	live(term);
}

/* Writes for ever into the pipe that was ours. */
static void
do_chatter(const char *unused)
{
	if (fork() != 0)
		return;
	do_flood(unused);
	_exit(0);
}

/* A process that is never there: each makes the next one and ends. */
static void
do_chain(const char *session)
{
	double end = now() + LIFETIME;

	if (fork() != 0)
		return;
	while (now() < end && fork() == 0) {
		if (*session == '\0')
			continue;
		(void)setsid();
		do_sleep("0.001"); /* to be caught one by one */
	}
	_exit(0);
}

/* Each makes the next, in a session of its own, as fast as it can. */
static void
do_run(const char *unused)
{
	double end = now() + LIFETIME;

	(void)unused;
	if (fork() != 0)
		return;
	while (now() < end && fork() == 0)
		(void)setsid();
	_exit(0);
}

/* Forks as fast as it can, children that end at once. */
static void
do_loop(const char *unused)
{
	double end = now() + LIFETIME;

	(void)unused;
	while (now() < end) {
		if (fork() == 0)
			_exit(0);
		(void)waitpid(-1, NULL, WNOHANG);
	}
}

static void
do_group(const char *unused)
{
	(void)unused;
	if (fork() != 0)
		return;
	(void)setpgid(0, 0);
	do_deaf("");
	live("25");
}

static void
do_stat(const char *path)
{
	struct stat st;

	say(lstat(path, &st) == 0 ? "there" : "not there");
}

/* n processes, each of which makes others as long as it lives. */
static void
do_storm(const char *n)
{
	double end = now() + LIFETIME;
	int width = atoi(n);

	for (int i = 0; i < width; i++) {
		if (fork() != 0)
			continue;
		while (now() < end) {
			pid_t pid = fork();

			if (pid == 0) {
				(void)setsid();
				do_sleep("0.05");
				_exit(0);
			}
			(void)setsid();
			do_sleep("0.001");
			while (waitpid(-1, NULL, WNOHANG) > 0)
				continue;
		}
		_exit(0);
	}
}

static const struct {
	const char *name;
	void (*does)(const char *value);
} verbs[] = {
	{ "out", do_out }, { "err", do_err }, { "bytes", do_bytes },
	{ "errbytes", do_errbytes }, { "nul", do_nul },
	{ "flood", do_flood }, { "close", do_close }, { "env", do_env },
	{ "cwd", do_cwd }, { "fds", do_fds }, { "state", do_state },
	{ "sleep", do_sleep }, { "exit", do_exit }, { "signal", do_signal },
	{ "uid", do_uid }, { "deaf", do_deaf }, { "live", live },
	{ "hold", do_hold }, { "pid", do_pid }, { "child", do_child },
	{ "quiet", do_quiet }, { "escape", do_escape },
	{ "chatter", do_chatter }, { "chain", do_chain },
	{ "storm", do_storm }, { "run", do_run }, { "loop", do_loop },
	{ "group", do_group }, { "stat", do_stat },
};

static void
obey(const char *order)
{
	size_t n = strcspn(order, "=");
	const char *value = order + n + (order[n] == '=');

	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		if (strlen(verbs[i].name) == n &&
		    strncmp(verbs[i].name, order, n) == 0) {
			verbs[i].does(value);
			return;
		}
	}
	_exit(110);
}

int
main(int argc, char **argv)
{
	/* "args" prints all that follow, each as it came. */
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "args") == 0) {
			while (++i < argc)
				put(1, argv[i], strlen(argv[i]) + 1);
			return 0;
		}
		obey(argv[i]);
	}
	return 0;
}
