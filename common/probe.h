/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * probe - things that may sleep unkillably, done by someone else
 *
 * stat() or statvfs() on a dead NFS server, a hung FUSE daemon or a frozen
 * disk may never return, and not even SIGKILL ends the wait. So a child does
 * it, with nothing of ours in its hands but a pipe: without the standard
 * descriptors, which whoever started us waits on. One that does not return in
 * time is left behind and remembered, and while it lives its object is not
 * touched again: at most one process waits for each.
 */
#ifndef COMMON_PROBE_H
#define COMMON_PROBE_H

#include <stdatomic.h>
#include <stddef.h>

#include "common/error.h"
#include "common/run.h"

enum probe_state {
	PROBE_WAITING, /* not begun: too many others were stuck */
	PROBE_BEGUN,   /* did not return in time */
	PROBE_DONE,
	PROBE_LEFT,    /* a probe of an earlier run still waits: not touched */
};

struct probe {
	const char *name; /* of the check, to remember under */
	size_t count;     /* objects */
	size_t result_size;
	double patience;  /* s that all of it may take */

	/* What object i is called, over runs; must not change while probing. */
	const char *(*object)(const void *arg, size_t i);

	/*
	 * Fills the result of object i. Runs in the child, where only what is
	 * async-signal-safe may be called.
	 */
	void (*look)(const void *arg, size_t i, void *result);
	const void *arg;

	/* Filled by probe_run(). */
	struct probe_item *items;
	char *results;
	void *mapped;
	size_t mapped_size;
};

/* Ask probe_get_state(): whoever takes an item first writes its pid alone. */
struct probe_item {
	_Atomic enum probe_state state;
	_Atomic int pid; /* who looks at it, or is left behind doing so */
	double since; /* s since 1970, when a PROBE_LEFT was left */
};

/* Looks at all objects. -1 and err if not even a child could be started. */
int probe_run(struct probe *p, const struct run *run, struct error *err);

enum probe_state probe_get_state(const struct probe *p, size_t i);

/* The result of object i, once its state is PROBE_DONE. */
const void *probe_get_result(const struct probe *p, size_t i);

void probe_free(struct probe *p);

#endif
