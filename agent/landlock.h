/* SPDX-License-Identifier: GPL-3.0-or-later */
/* landlock - a second wall, should there be a hole in the list of calls */
#ifndef AGENT_LANDLOCK_H
#define AGENT_LANDLOCK_H

#include "common/error.h"

/*
 * Forbids this thread and its children every right that the kernel's Landlock
 * knows, but for files that are open; needs PR_SET_NO_NEW_PRIVS. *abi is the
 * kernel's version, 0 if it has none or it is turned off.
 */
int landlock_forbid_all(int *abi, struct error *err);

#endif
