/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listener - the sockets that clients connect to */
#ifndef AGENT_LISTENER_H
#define AGENT_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

enum {
	LISTENERS_MAX = 16,
};

struct listener {
	int fd;
	bool absent;   /* an address that this host did not have then */
	char text[80]; /* "[::1]:5666", for the log and to find it again */
};

struct listeners {
	size_t count;
	struct listener all[LISTENERS_MAX];
};

/*
 * Opens what a configuration asks for: non-blocking, close-on-exec, IPv6 ones
 * for IPv6 only. Addresses are numbers, perhaps with a zone (fe80::1%eth0).
 * Those that old (or NULL) already has are shared, not opened anew, so that a
 * reload misses no client. No address means all of IPv4 and of IPv6, if there
 * is any. One that this host does not have yet, as early at boot, or while
 * another host has it, is opened all the same: clients come as soon as it is
 * there. Port 0 is any port, for tests: text says which it became. -1 and err
 * if one cannot be had; then none is left open that old does not have.
 */
int listeners_open(struct listeners *out, const char *const addresses[],
    size_t count, uint16_t port, int backlog, const struct listeners *old,
    struct error *err);

/*
 * Leaves them to whoever else has them open: closes all that keep does not have
 * too, and lets nobody connect to those any more, so that who is there already
 * can be served before the last process closes them. Which of them keep has, as
 * bits by their former number.
 */
uint32_t listeners_leave(struct listeners *l, const struct listeners *keep);

/* Closes all that keep (or NULL) does not have too. */
void listeners_close(struct listeners *l, const struct listeners *keep);

#endif
