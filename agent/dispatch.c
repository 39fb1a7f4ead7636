/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "agent/dispatch.h"

/* Of a check in process, if it says nothing else: check_nrpe waits for 10 s. */
#define RESIDENT_SECONDS 8.0

static const char ping[] = "_NRPE_CHECK";

int
dispatch_find(const struct settings *s, const char *name)
{
	int command = settings_find(s, name);

	if (command >= 0)
		return command;
	return strcmp(name, ping) == 0 ? DISPATCH_PING : DISPATCH_UNKNOWN;
}

const char *
dispatch_name(const struct settings *s, int command)
{
	return command < 0 ? ping : s->commands[command].name;
}

bool
dispatch_is_quick(const struct settings *s, int command)
{
	return command < 0 || s->commands[command].resident >= 0;
}

double
dispatch_ttl(const struct settings *s, int command)
{
	return command < 0 ? 0 : (double)s->commands[command].ttl;
}

double
dispatch_patience(const struct settings *s, int command)
{
	double most = (double)s->command_timeout;

	return dispatch_is_quick(s, command) && most > RESIDENT_SECONDS ?
	    RESIDENT_SECONDS : most;
}
