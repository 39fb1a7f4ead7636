/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * outcome - what a program's end means to an NRPE client
 *
 * As in NRPE 4.1: exit codes above 3 are UNKNOWN, a signal is CRITICAL with
 * what was printed before, one newline at the end goes, a zero byte cuts. What
 * NRPE throws away, the first line of stderr and the output of a program that
 * was too slow, is said behind its own words.
 */
#ifndef AGENT_OUTCOME_H
#define AGENT_OUTCOME_H

#include "agent/spawn.h"
#include "common/buf.h"
#include "common/status.h"

/*
 * Appends the answer's text to out; its status. output is what the program
 * printed, seconds what it had.
 */
enum status outcome_put(struct buf *out, const struct spawn_result *result,
    const char *output, double seconds);

/* The same for a program that could not be started, and why. */
enum status outcome_put_failure(struct buf *out, const char *why);

#endif
