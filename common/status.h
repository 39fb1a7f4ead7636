/* SPDX-License-Identifier: GPL-3.0-or-later */
/* status - the four states of the plugin API, with its exit codes as values */
#ifndef COMMON_STATUS_H
#define COMMON_STATUS_H

#include <stdbool.h>

enum status {
	STATUS_OK = 0,
	STATUS_WARNING = 1,
	STATUS_CRITICAL = 2,
	STATUS_UNKNOWN = 3,
};

/* The word of the plugin API: "OK", "WARNING", ... */
const char *status_name(enum status status);

/* Reads such a word in any case, or its exit code; false if it is neither. */
bool status_parse(const char *text, enum status *out);

/*
 * The one that speaks for both. CRITICAL beats WARNING beats UNKNOWN beats OK:
 * an alarm that is known is never hidden behind something that is not, and
 * what is not known is never OK.
 */
enum status status_worse(enum status a, enum status b);

#endif
