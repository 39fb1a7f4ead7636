/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resolver - the addresses of the names in an acl, asked for by a child
 *
 * Each name is asked for by a process of its own, so that one which nobody
 * answers holds up no other, and whoever started all this waits for nothing:
 *
 *	resolver_start(), every RESOLVER_INTERVAL
 *	resolver_take() when fd is readable, and at the deadline
 *	resolver_ended() for each child that was reaped
 */
#ifndef AGENT_RESOLVER_H
#define AGENT_RESOLVER_H

#include <netdb.h>
#include <stdbool.h>
#include <sys/types.h>

#include "agent/acl.h"
#include "agent/log.h"
#include "common/error.h"

enum {
	RESOLVER_INTERVAL = 60, /* s */
	RESOLVER_PATIENCE = 10, /* s for one name */
	RESOLVER_CREW = 16,     /* names at once */
};

struct resolver {
	int fd;          /* to poll; -1: no run is under way */
	double deadline; /* of that run, on the clock of deadline_now() */
	pid_t pid;       /* of its child, until that has been reaped; or 0 */
	bool changed;    /* set with the first new address, for the caller */

	/* What may be changed after resolver_init(), for tests. */
	int (*ask)(const char *name, const char *service,
	    const struct addrinfo *hints, struct addrinfo **out);
	unsigned patience;

	int (*become)(void *arg, struct error *err);
	void *arg;

	bool answered[ACL_NAMES_MAX]; /* in this run */
	int why[ACL_NAMES_MAX];       /* it had no address, as last said */
};

/*
 * For one acl: another one needs another init, once the child of the last has
 * been stopped and reaped. become (or NULL) gives up what rights the child has,
 * before it asks for anything.
 */
void resolver_init(struct resolver *r,
    int (*become)(void *arg, struct error *err), void *arg);

/*
 * Starts a run; it is 0, too, if no names are in acl, or if the last run is
 * not over. -1 and err if there can be no child.
 */
int resolver_start(struct resolver *r, const struct acl *acl,
    struct error *err);

/*
 * Puts the answers that are there into acl, without waiting, and ends the run
 * if it is over or late. A name that got none keeps the addresses it had; the
 * log hears of it when it begins, when the reason is another, and when it ends.
 */
void resolver_take(struct resolver *r, struct acl *acl, struct log *log);

/* Whether it is our child that the caller has reaped. */
bool resolver_ended(struct resolver *r, pid_t pid);

/* Kills what runs; the child is yet to be reaped. */
void resolver_stop(struct resolver *r);

#endif
