/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run - everything one run of a check may ask the world for
 *
 * No check reads a clock or opens a path any other way, so that a test can
 * give it another hour, another boot or a whole other machine.
 */
#ifndef COMMON_RUN_H
#define COMMON_RUN_H

#include <stdbool.h>

#include "common/error.h"
#include "common/report.h"

struct watchdog;

struct run {
	/* Roots of the machine that is looked at, without a final slash. */
	const char *procfs; /* "/proc" */
	const char *sysfs;  /* "/sys" */
	const char *rootfs; /* "" */

	const char *state_dir; /* as asked for; NULL: the usual places */

	double now;       /* s since 1970 when the run started */
	double deadline;  /* on the clock of deadline_now(), s */
	char boot_id[64]; /* a test's, instead of run_boot_id()'s own */
	bool replayed;    /* procfs is not this machine's own */

	/*
	 * Seconds since the boot of the machine, suspension included: the
	 * clock of samples, which no administrator can set.
	 */
	double (*uptime)(const struct run *run);

	/* Sleeps; returns early at the deadline. */
	void (*sleep)(const struct run *run, double seconds);

	/* Hears what is known so far, see run_publish(); NULL: nobody does. */
	void (*publish)(void *publisher, const struct report *r,
	    const char *doing);
	void *publisher;

	struct watchdog *watchdog; /* NULL: the caller watches */
};

struct run_roots {
	const char *procfs, *sysfs, *rootfs, *state_dir; /* NULL: default */
};

/* Fills run for this machine, or for the one below other roots. */
void run_init(struct run *run, const struct run_roots *roots,
    double deadline);

/*
 * What tells one boot of the machine from another. Empty where the system does
 * not say: then only counters that fell do.
 */
struct boot_id {
	char s[64];
};
struct boot_id run_boot_id(const struct run *run);

/* CLOCK_MONOTONIC in seconds, the clock of every deadline. */
double deadline_now(void);

/* Seconds left until the deadline, never less than 0. */
double run_left(const struct run *run);

/* root/fmt..., for the file functions; by value, for use in a call. */
struct run_path {
	char s[512];
};
struct run_path run_path(const char *root, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Says what is known so far and what is waited for now: this is printed if
 * the deadline strikes first. Not for tight loops: it renders the report.
 */
void run_publish(const struct run *run, const struct report *r,
    const char *doing);

#endif
