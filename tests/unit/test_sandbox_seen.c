/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a process in the sandbox looks to others. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

#include "tests/confined.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#define ORDINARY_USER 65534

#ifdef HAVE_SANDBOX
static const bool built = true;
#else
static const bool built = false;
#endif

/* A child as an ordinary user that waits until hold is closed. */
static pid_t
start_waiting(bool sandboxed, int *hold)
{
	int start[2], ready[2];
	char byte = 'x';
	pid_t pid;

	if (pipe2(start, O_CLOEXEC) < 0 || pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(start[1]);
		/* A change of user turns dumpable off, which would hide it. */
		if (setgroups(0, NULL) < 0 || setgid(ORDINARY_USER) < 0 ||
		    setuid(ORDINARY_USER) < 0 ||
		    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
			_exit(2);
		if (sandboxed)
			(void)confined_enter();
		(void)!write(ready[1], &byte, 1);
		(void)!read(start[0], &byte, 1);
		_exit(0);
	}
	close(start[0]);
	close(ready[1]);
	(void)!read(ready[0], &byte, 1);
	close(ready[0]);
	*hold = start[1];
	return pid;
}

/* Whether another process of that user gets hold of it; errno if not. */
static int
seize(pid_t target)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (setgid(ORDINARY_USER) < 0 || setuid(ORDINARY_USER) < 0)
			_exit(CONFINED_FAILED);
		_exit(ptrace(PTRACE_SEIZE, target, NULL, NULL) < 0 ? errno :
		    0);
	}
	return confined_reap(pid);
}

static void
test_seen(pid_t pid)
{
	char path[64], status[4096], limits[4096];
	ssize_t n;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	n = scratch_read(path, status, sizeof status - 1);
	status[n > 0 ? n : 0] = '\0';
	tap_has(status, "\nNoNewPrivs:\t1\n", "no new privileges");
	tap_has(status, "\nSeccomp:\t2\n", "a filter");
	(void)snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
	n = scratch_read(path, limits, sizeof limits - 1);
	limits[n > 0 ? n : 0] = '\0';
	tap_has(limits, "\nMax core file size        0                    0  ",
	    "no core");
	tap_has(limits, "\nMax processes             0                    0  ",
	    "no processes");
}

int
main(void)
{
	int hold = -1, hold_open = -1;
	pid_t pid, open;

	if (!confined_can(built))
		return tap_done();
	if (geteuid() != 0) {
		tap_skip("children of another user: not run as root");
		return tap_done();
	}
	open = start_waiting(false, &hold_open);
	pid = start_waiting(true, &hold);
	test_seen(pid);
	if (seize(open) == 0)
		tap_int(seize(pid), EPERM, "its own user cannot look inside");
	else
		tap_skip("who looks inside: nobody may here");
	close(hold_open);
	close(hold);
	tap_int(confined_reap(pid), 0, "it still ends");
	(void)confined_reap(open);
	return tap_done();
}
