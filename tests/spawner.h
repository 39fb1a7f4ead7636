/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spawner - runs tests/agent/plugin by spawn_run(), for the tests of that */
#ifndef TESTS_SPAWNER_H
#define TESTS_SPAWNER_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "agent/spawn.h"
#include "common/run.h"
#include "tests/scratch.h"

/* A busy machine may need a while for what takes no time. */
#define PATIENCE 60.0

static char plugin[4096];
static char output[100000];
static struct spawn_result result;
static struct error err;
static char path_variable[1024] = "PATH=/usr/bin:/bin";
static char *environment[] = { path_variable, NULL };

/* The seconds it took, -1 if it could not be started. */
static inline double
run_for(double seconds, const char *const argv[], size_t size)
{
	double start = deadline_now();
	struct spawn s = {
		.argv = (char *const *)argv, /* as for execve() */
		.environment = environment,
		.deadline = start + seconds,
		.client = -1,
		.output = output,
		.output_size = size,
	};

	memset(&result, 0xaa, sizeof result);
	err.text[0] = '\0';
	if (spawn_run(&s, &result, &err) < 0)
		return -1;
	if (result.output_len < sizeof output)
		output[result.output_len] = '\0';
	return deadline_now() - start;
}

/* The plugin with these orders. */
#define PLUGIN(seconds, size, ...) \
	run_for(seconds, (const char *[]){ plugin, __VA_ARGS__, NULL }, size)
#define RUN(...) PLUGIN(PATIENCE, sizeof output - 1, __VA_ARGS__)

static inline char *
order(char *text, const char *verb, const char *value)
{
	(void)sprintf(text, "%s=%s", verb, value);
	return text;
}

static inline char *
order_number(char *text, const char *verb, int value)
{
	(void)sprintf(text, "%s=%d", verb, value);
	return text;
}

static inline bool
has_no_child(void)
{
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

static inline int
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir != NULL && readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

/*
 * It makes posix_spawn() a fork(), which has no way to say why there was no
 * exec, and us so slow that programs can run away.
 */
static inline bool
under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload != NULL && strstr(preload, "vgpreload") != NULL;
}

/* Call it first in main(): what a worker is. */
static inline void
spawner_prepare(void)
{
	struct rlimit none = { 0, 0 };

	if (realpath("tests/agent/plugin", plugin) == NULL) {
		printf("Bail out! tests/agent/plugin is not built\n");
		exit(1);
	}
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	scratch_make();
}

#endif
