/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * orphans - programs whose worker died before them
 *
 * For the supervisor, who inherits them. A worker that ends in order leaves
 * what its programs left behind, which may live on; one that is killed, or
 * crashes, leaves a program that nobody waits for any more.
 */
#ifndef AGENT_ORPHANS_H
#define AGENT_ORPHANS_H

#include "agent/descendants.h"

struct orphans {
	struct pids spared; /* sessions */
	double until;       /* to go on striking; 0: none is to be struck */
};

/*
 * At the start, for children that whoever became us had, and once a worker has
 * ended in order and left some: whoever is an orphan now may stay.
 */
void orphans_spare(struct orphans *o);

/*
 * A worker has died: whoever is an orphan beyond those must go, and is struck
 * once right here.
 */
void orphans_condemn(struct orphans *o, double now);

/*
 * Strikes those that must go, once; when to do it again, or a time far off.
 * They are the caller's to reap.
 */
double orphans_strike(struct orphans *o, double now);

#endif
