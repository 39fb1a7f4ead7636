/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watchdog - a stand-alone plugin answers by its deadline, whatever happens
 *
 * A thread, since alarm() does not fire while the kernel keeps a process in a
 * wait that signals do not end. At the deadline it kills the registered
 * children, prints what the check has published, and ends the process. Exactly
 * one of it and the main thread prints; should nobody read what that writes,
 * the process ends all the same.
 */
#ifndef COMMON_WATCHDOG_H
#define COMMON_WATCHDOG_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/report.h"

struct watchdog;

struct watchdog_plan {
	double deadline;        /* on the clock of deadline_now() */
	double seconds;         /* the same as a duration, for the message */
	enum status on_timeout;
	/* Renders a report into the buffer, in the voice that was asked for. */
	void (*render)(void *arg, struct buf *out, const struct report *r);
	void *arg;
};

/* Starts the thread. NULL and err if that fails. */
struct watchdog *watchdog_start(const struct watchdog_plan *plan,
    struct error *err);

/*
 * Keeps what r says so far as the answer at the deadline, with doing ("reading
 * /mnt/nfs") as the reason. Call it from the main thread only. For struct run.
 */
void watchdog_publish(void *watchdog, const struct report *r,
    const char *doing);

/* A child to be killed at the deadline. False if there are too many. */
bool watchdog_add_child(struct watchdog *w, pid_t pid);
void watchdog_remove_child(struct watchdog *w, pid_t pid);

/*
 * True for the one caller that may print. If the watchdog was first, does not
 * return: the process is about to end.
 */
void watchdog_claim(struct watchdog *w);

#endif
