/* SPDX-License-Identifier: GPL-3.0-or-later */
/* posix_spawn() can make nobody of another user: here is how that is done. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/launch.h"
#include "common/run.h"

/* What the child says if it becomes no program, which has no such pipe. */
struct failure {
	int why; /* of exec, or 0: err has more */
	struct error err;
};

_Static_assert(sizeof(struct failure) <= PIPE_BUF,
    "a pipe might take it in two parts");

enum {
	REPORT_FD = 3,
};

/* --- in the child --- */

static void
reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* 0 to 2 as they are to be, the report behind them, and nothing else. */
static bool
set_descriptors(const struct launch *l, int report)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	/* Above all that it is to be put in place of. */
	report = fcntl(report, F_DUPFD_CLOEXEC, REPORT_FD + 1);
	if (null < 0 || report < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(l->output, STDOUT_FILENO) < 0 ||
	    dup2(l->errors, STDERR_FILENO) < 0 ||
	    dup3(report, REPORT_FD, O_CLOEXEC) < 0)
		return false;
	(void)close_range(REPORT_FD + 1, ~0U, 0);
	return true;
}

static _Noreturn void
become_program(const char *path, const struct launch *l, int report)
{
	struct failure failure = { .why = 0 };

	reset_signals();
	if (set_descriptors(l, report) && setsid() >= 0 && chdir("/") == 0) {
		report = REPORT_FD;
		if (grant_assume(l->grant, &failure.err) == 0) {
			(void)execve(path, l->argv, l->environment);
			failure.why = errno;
		}
	} else {
		(void)error_set(&failure.err, "%s: %s", path, strerror(errno));
	}
	(void)!write(report, &failure, sizeof failure);
	_exit(127);
}

/* --- in its parent --- */

/* Until it is a program, or says why not; false if neither comes in time. */
static bool
await(int report, double deadline, struct failure *out)
{
	struct pollfd ready = { .fd = report, .events = POLLIN };
	ssize_t n;

	do {
		double left = deadline - deadline_now();

		if (left <= 0)
			return false;
		if (left > 3600)
			left = 3600;
		n = poll(&ready, 1, (int)(left * 1e3) + 1);
	} while (n <= 0);
	n = read(report, out, sizeof *out);
	if (n == 0)
		*out = (struct failure){ .why = 0 };
	return n == 0 || n == (ssize_t)sizeof *out;
}

static int
judge(pid_t *pid, const char *path, bool told, const struct failure *failure,
    struct error *err)
{
	if (told && failure->why == 0 && failure->err.text[0] == '\0')
		return 0;
	(void)kill(*pid, SIGKILL);
	/* Without a word of its own it may be in the kernel for long. */
	(void)waitpid(*pid, NULL, told ? 0 : WNOHANG);
	*pid = -1;
	if (!told)
		return error_set(err, "%s: was not executed in time", path);
	*err = failure->err;
	return failure->why != 0 ? failure->why : -1;
}

int
launch_granted(pid_t *pid, const char *path, const struct launch *l,
    struct error *err)
{
	struct failure failure;
	int ends[2];
	bool told;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, "pipe: %s", strerror(errno));
	*pid = fork();
	if (*pid == 0)
		become_program(path, l, ends[1]);
	close(ends[1]);
	if (*pid < 0) {
		close(ends[0]);
		return error_set(err, "fork: %s", strerror(errno));
	}
	told = await(ends[0], l->deadline, &failure);
	close(ends[0]);
	return judge(pid, path, told, &failure, err);
}
