/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check - the descriptor that is all a check exports
 *
 * The stand-alone program and the agent know a check by it alone; the check
 * knows neither.
 */
#ifndef COMMON_CHECK_H
#define COMMON_CHECK_H

#include <stddef.h>

#include "common/error.h"
#include "common/opt.h"
#include "common/quantity.h"
#include "common/range.h"
#include "common/report.h"
#include "common/run.h"

enum {
	/* Reads the host's own counters only: the agent runs it in process. */
	CHECK_RESIDENT = 1,
};

struct check {
	const char *name;  /* as in check_NAME */
	const char *title; /* a few words */
	const char *about; /* one sentence or two: what is judged, and how */
	const struct opt *opts;
	const void *defaults; /* of type config, copied before each run */
	size_t config_size;
	unsigned flags;

	/*
	 * Looks once at the whole parsed configuration, before anything is
	 * done: what options contradict each other, what follows from what.
	 * NULL if there is nothing to look at.
	 */
	int (*prepare)(void *config, struct error *err);

	/*
	 * Measures, judges, and fills the report. -1 and err if there is no
	 * answer: that is UNKNOWN. Leaves nothing behind, neither memory nor
	 * descriptors: the agent calls it for years.
	 */
	int (*run)(const void *config, struct run *run, struct report *r,
	    struct error *err);
};

/* Runs a check as the plugin program it is; its exit code. */
int check_main(const struct check *check, int argc, char *argv[]);

/* The agent builds checks without their main(). */
#ifdef CHECK_BUILTIN
#define CHECK_MAIN(check)
#else
#define CHECK_MAIN(check)                                                      \
	int main(int argc, char *argv[])                                       \
	{                                                                      \
		return check_main(&(check), argc, argv);                       \
	}
#endif

#endif
