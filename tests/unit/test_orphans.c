/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/orphans.h"
#include "common/run.h"
#include "tests/tap.h"

static struct orphans orphans;

/* As a worker does: a child of our session, and its program of another one. */
static pid_t
start_worker(pid_t *program)
{
	int said[2];
	pid_t pid;

	if (pipe(said) < 0 || (pid = fork()) < 0) {
		printf("Bail out! no process\n");
		exit(1);
	}
	if (pid == 0) {
		pid = fork();
		if (pid == 0) {
			(void)setsid();
			pid = getpid();
			(void)!write(said[1], &pid, sizeof pid);
		}
		for (;;)
			(void)pause();
	}
	if (read(said[0], program, sizeof *program) != sizeof *program)
		*program = 0;
	close(said[0]);
	close(said[1]);
	return pid;
}

static void
end_worker(pid_t worker)
{
	(void)kill(worker, SIGKILL);
	(void)waitpid(worker, NULL, 0);
}

static bool
lives(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info,
	    WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

/* Strikes, and reaps, as long as there is something to strike. */
static void
strike(void)
{
	double now, next;

	do {
		now = deadline_now();
		next = orphans_strike(&orphans, now);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
	} while (next < now + 60);
}

/* One of our own session, which no list is too full for. */
static void
test_full(void)
{
	static struct orphans full;
	pid_t own = fork();

	while (own == 0)
		(void)pause();
	full.spared.count = DESCENDANTS_MAX;
	for (size_t i = 0; i < DESCENDANTS_MAX; i++)
		full.spared.pid[i] = INT_MAX;
	orphans_condemn(&full, deadline_now());
	tap_ok(lives(own), "a child of our session lives, however many are "
	    "spared");
	end_worker(own);
}

/* Of several workers, one may die before another ends in order. */
static void
test_spare_meanwhile(void)
{
	pid_t lost, left, worker = start_worker(&lost);
	double next = deadline_now() + 10;

	end_worker(worker);
	orphans_condemn(&orphans, deadline_now());
	while (waitpid(lost, NULL, WNOHANG) == 0 && deadline_now() < next)
		continue;
	worker = start_worker(&left);
	end_worker(worker);
	orphans_spare(&orphans);
	strike();
	tap_ok(waitpid(lost, NULL, WNOHANG) < 0, "a strike that goes on");
	tap_ok(lives(left), "does not end what was spared meanwhile");
	(void)kill(left, SIGKILL);
	(void)waitpid(left, NULL, 0);
}

int
main(void)
{
	pid_t left, running, lost, worker, other;
	double now = deadline_now();

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	tap_ok(orphans_strike(&orphans, now) > now + 60, "nothing to do");

	worker = start_worker(&left);
	end_worker(worker);
	orphans_spare(&orphans);
	other = start_worker(&running);
	strike();
	tap_ok(lives(left), "what was left behind lives on");

	worker = start_worker(&lost);
	end_worker(worker);
	orphans_condemn(&orphans, deadline_now());
	strike();
	tap_ok(waitpid(lost, NULL, WNOHANG) < 0, "a program without a worker "
	    "is ended");
	tap_ok(lives(left), "nothing else is: not who was left before,");
	tap_ok(lives(other) && kill(running, 0) == 0,
	    "no worker, and no program of one");
	now = deadline_now();
	tap_ok(orphans_strike(&orphans, now) > now + 60, "then it is over");

	end_worker(other);
	orphans_condemn(&orphans, deadline_now());
	strike();
	tap_ok(waitpid(running, NULL, WNOHANG) < 0,
	    "with its worker that program goes, too");
	tap_ok(lives(left), "and still not that which was left");
	(void)kill(left, SIGKILL);
	(void)waitpid(left, NULL, 0);
	test_full();
	test_spare_meanwhile();
	return tap_done();
}
