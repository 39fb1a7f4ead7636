/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/process.h"
#include "common/run.h"

static int
compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void
close_others(const struct process *p)
{
	int keep[PROCESS_KEEP_MAX];
	unsigned from = STDERR_FILENO + 1;

	for (size_t i = 0; i < p->count; i++)
		keep[i] = p->keep[i];
	qsort(keep, p->count, sizeof keep[0], compare);
	for (size_t i = 0; i < p->count; i++) {
		unsigned fd = (unsigned)keep[i];

		if (fd > from)
			(void)close_range(from, fd - 1, 0);
		from = fd + 1;
	}
	(void)close_range(from, ~0U, 0);
}

static void
detach_standard(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
}

static void
reset_signals(void)
{
	static const int ignored[] = { SIGPIPE, SIGINT, SIGHUP, SIGQUIT };
	static const int usual[] = { SIGTERM, SIGCHLD };
	sigset_t none;

	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		(void)signal(ignored[i], SIG_IGN);
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
		(void)signal(usual[i], SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

pid_t
process_fork(const struct process *p)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	reset_signals();
	if (!p->standard)
		detach_standard();
	close_others(p);
	(void)prctl(PR_SET_NAME, p->name);
	return 0;
}

void
process_quiet_stderr(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)dup2(null, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

/* --- work whose traces are not to stay --- */

struct outcome {
	int rc;
	struct error err;
};

_Static_assert(sizeof(struct outcome) <= PIPE_BUF,
    "a pipe might take it in two parts");

/* Waits for it; false if none comes. */
static bool
read_outcome(int fd, struct outcome *out)
{
	double deadline = deadline_now() + PROCESS_APART_SECONDS, left;
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	while ((left = deadline - deadline_now()) > 0) {
		if (poll(&ready, 1, (int)(left * 1e3) + 1) > 0)
			return read(fd, out, sizeof *out) ==
			    (ssize_t)sizeof *out;
	}
	return false;
}

/* One that hangs in the kernel is left to whoever reaps all. */
static void
end_apart(pid_t pid)
{
	double deadline = deadline_now() + 1;
	struct timespec pause = { .tv_nsec = 1000 * 1000 };

	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, WNOHANG) == 0 && deadline_now() < deadline)
		(void)nanosleep(&pause, NULL);
}

int
process_apart(int (*work)(void *arg, struct error *err), void *arg,
    struct error *err)
{
	struct outcome out = { .rc = -1 };
	struct process process = { .name = "beffroid-apart", .count = 1 };
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, "pipe: %s", strerror(errno));
	process.keep[0] = ends[1];
	pid = process_fork(&process);
	if (pid == 0) {
		out.rc = work(arg, &out.err);
		_exit(write(ends[1], &out, sizeof out) !=
		    (ssize_t)sizeof out);
	}
	close(ends[1]);
	if (pid < 0)
		error_set(&out.err, "fork: %s", strerror(errno));
	else if (!read_outcome(ends[0], &out))
		out.rc = error_set(&out.err, "a process of ours did not end "
		    "in order");
	close(ends[0]);
	if (pid > 0)
		end_apart(pid);
	/* Whoever the child became, and whatever it read. */
	out.err.text[sizeof out.err.text - 1] = '\0';
	if (out.rc < 0)
		*err = out.err;
	return out.rc;
}

/* --- the background --- */

/* The parent's part: what its child becomes is what it was called for. */
static _Noreturn void
wait_for_start(int fd)
{
	char byte;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	_exit(n == 1 ? 0 : 1);
}

int
process_daemonize(struct process_parent *parent)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid > 0) {
		close(ends[1]);
		wait_for_start(ends[0]);
	}
	if (pid < 0 || setsid() < 0)
		return -1;
	(void)umask(022);
	close(ends[0]);
	parent->fd = ends[1];
	return 0;
}

void
process_started(struct process_parent *parent)
{
	int null;

	if (parent->fd < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd);
	close(null);
	(void)!write(parent->fd, "", 1);
	close(parent->fd);
	parent->fd = -1;
}
