/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * runner - a worker's other half, which can make a program somebody else's
 *
 * For commands that were granted other rights (grant.h), and for no others. It
 * is told by its worker what that is told, a number and arguments, and does
 * the same with them: asks the rules, and puts them into a template of its own.
 * Who takes over a worker, or the gatekeeper, can ask for nothing but that.
 */
#ifndef AGENT_RUNNER_H
#define AGENT_RUNNER_H

#include <stdint.h>

#include "agent/identity.h"
#include "agent/worker.h"

struct runner {
	struct worker worker;
	const struct identity *identity; /* that of workers */
	uint64_t capabilities;           /* all that commands are granted */
};

/*
 * No longer root, so that not even files of root's are its own; it has what it
 * takes to be another, and what it is to pass on. -1 and err, and the process
 * may be anything in between, and must end.
 */
int runner_shed(const struct identity *id, uint64_t capabilities,
    struct error *err);

/* Works until its worker is gone. -1 and err if it cannot even begin. */
int runner_main(struct runner *r, struct error *err);

#endif
