/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reaper - runs a program and buries what it leaves behind
 *
 * usage: reaper PROGRAM [ARG...]
 *
 * NRPE leaves each of its children to init, and in a container that may be one
 * which never waits. Hands SIGTERM on; ends as the program does.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t child;

static void
hand_on(int number)
{
	(void)kill((pid_t)child, number);
}

/* Until the program itself has ended; its status. */
static int
reap(pid_t program)
{
	int status, last = 0;
	pid_t pid;

	while ((pid = wait(&status)) >= 0 || errno == EINTR) {
		if (pid != program)
			continue;
		last = status;
		break;
	}
	while (waitpid(-1, &status, WNOHANG) > 0)
		continue;
	return WIFEXITED(last) ? WEXITSTATUS(last) : 128 + WTERMSIG(last);
}

int
main(int argc, char *argv[])
{
	struct sigaction action = { .sa_handler = hand_on };
	sigset_t term, before;
	pid_t pid;

	if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
		(void)fputs("usage: reaper PROGRAM [ARG...]\n", stderr);
		return 2;
	}
	/* Not before there is somebody to hand it on to. */
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &term, &before);
	pid = fork();
	if (pid == 0) {
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
		(void)execv(argv[1], argv + 1);
		(void)fprintf(stderr, "reaper: %s: %s\n", argv[1],
		    strerror(errno));
		_exit(127);
	}
	if (pid < 0)
		return 1;
	child = (sig_atomic_t)pid;
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return reap(pid);
}
