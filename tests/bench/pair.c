/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pair - how much longer program A takes than program B, run in turns
 *
 * usage: pair ROUNDS A [ARG...] -- B [ARG...]
 *
 * Prints the median wall time of each in microseconds and the median of the
 * ratios A/B, pair by pair: what slows the machine down slows both of a pair.
 * Which one is first alternates. What they print is thrown away.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	WARM_UP = 10, /* rounds that do not count */
	ROUNDS_MAX = 100000,
};

extern char **environ;

static double
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static _Noreturn void
give_up(const char *what, int why)
{
	(void)fprintf(stderr, "pair: %s: %s\n", what, strerror(why));
	exit(1);
}

/* Seconds from start to end. What cannot be run is not to be timed. */
static double
run(char *argv[], const posix_spawn_file_actions_t *files)
{
	double start = now();
	pid_t pid;
	int status, why = posix_spawn(&pid, argv[0], files, NULL, argv, environ);

	if (why != 0)
		give_up(argv[0], why);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			give_up("waitpid", errno);
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 3) {
		(void)fprintf(stderr, "pair: %s: ended with status %#x\n",
		    argv[0], (unsigned)status);
		exit(1);
	}
	return now() - start;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *values, size_t n)
{
	qsort(values, n, sizeof *values, by_size);
	return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

static void
measure(size_t rounds, char *a[], char *b[])
{
	static double times_a[ROUNDS_MAX], times_b[ROUNDS_MAX];
	static double ratios[ROUNDS_MAX];
	posix_spawn_file_actions_t files;

	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawn_file_actions_addopen(&files, STDOUT_FILENO,
	    "/dev/null", O_WRONLY, 0);
	for (size_t i = 0; i < rounds + WARM_UP; i++) {
		size_t at = i < WARM_UP ? 0 : i - WARM_UP;

		if (i % 2 == 0)
			times_a[at] = run(a, &files);
		times_b[at] = run(b, &files);
		if (i % 2 != 0)
			times_a[at] = run(a, &files);
		ratios[at] = times_a[at] / times_b[at];
	}
	(void)posix_spawn_file_actions_destroy(&files);
	printf("%.0f %.0f %.3f\n", median(times_a, rounds) * 1e6,
	    median(times_b, rounds) * 1e6, median(ratios, rounds));
}

int
main(int argc, char *argv[])
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	int middle = 2;

	while (middle < argc && strcmp(argv[middle], "--") != 0)
		middle++;
	if (rounds < 1 || rounds > ROUNDS_MAX || middle == 2 ||
	    middle + 1 >= argc) {
		(void)fputs("usage: pair ROUNDS A [ARG...] -- B [ARG...]\n",
		    stderr);
		return 2;
	}
	argv[middle] = NULL;
	measure(rounds, argv + 2, argv + middle + 1);
	return 0;
}
