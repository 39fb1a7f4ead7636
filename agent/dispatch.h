/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dispatch - from the name in a query to a command, and what that is granted */
#ifndef AGENT_DISPATCH_H
#define AGENT_DISPATCH_H

#include <stdbool.h>

#include "agent/settings.h"

enum {
	DISPATCH_PING = -1,    /* _NRPE_CHECK, which every agent has */
	DISPATCH_UNKNOWN = -2,
};

/* The number of the command of that name. */
int dispatch_find(const struct settings *s, const char *name);

const char *dispatch_name(const struct settings *s, int command);

/* Whether it is run in process, which takes no time worth the name. */
bool dispatch_is_quick(const struct settings *s, int command);

/* How long its answer serves for those who ask later, s; 0: not at all. */
double dispatch_ttl(const struct settings *s, int command);

/* How long a client waits for it, the queue included, s. */
double dispatch_patience(const struct settings *s, int command);

#endif
