/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stddef.h>
#include <strings.h>

#include "common/status.h"

static const struct {
	const char *name;
	int weight;
} states[] = {
	[STATUS_OK] = { "OK", 0 },
	[STATUS_WARNING] = { "WARNING", 2 },
	[STATUS_CRITICAL] = { "CRITICAL", 3 },
	[STATUS_UNKNOWN] = { "UNKNOWN", 1 },
};

const char *
status_name(enum status status)
{
	return states[status].name;
}

bool
status_parse(const char *text, enum status *out)
{
	for (unsigned i = 0; i < sizeof states / sizeof states[0]; i++) {
		const char digit[] = { (char)('0' + i), '\0' };

		if (strcasecmp(text, states[i].name) == 0 ||
		    strcasecmp(text, digit) == 0) {
			*out = (enum status)i;
			return true;
		}
	}
	return false;
}

enum status
status_worse(enum status a, enum status b)
{
	return states[a].weight >= states[b].weight ? a : b;
}
