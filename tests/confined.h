/* SPDX-License-Identifier: GPL-3.0-or-later */
/* confined - children of a test that enter the sandbox */
#ifndef TESTS_CONFINED_H
#define TESTS_CONFINED_H

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/sandbox.h"
#include "tests/tap.h"

enum {
	CONFINED_FAILED = 255, /* what a child exits with that could not enter */
};

/* False, with the reason as a test that was left out. */
static inline bool
confined_can(bool built)
{
	const char *preload = getenv("LD_PRELOAD");

	if (!built)
		tap_skip("the sandbox: built with --disable-sandbox");
	else if (preload != NULL && strstr(preload, "vgpreload") != NULL)
		tap_skip("the sandbox: valgrind does what it forbids");
	else
		return true;
	return false;
}

/* Enters, all of it, or ends the child. */
static inline struct sandbox_state
confined_enter(void)
{
	struct sandbox_state state = { .seccomp = false };
	struct error err = { .text = "" };

	if (sandbox_enter(&state, &err) < 0 || !state.seccomp)
		_exit(CONFINED_FAILED);
	return state;
}

/* Waits for a child: its exit code, or its signal as a negative number. */
static inline int
confined_reap(pid_t pid)
{
	int status = 0;

	if (waitpid(pid, &status, 0) != pid)
		return CONFINED_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#endif
