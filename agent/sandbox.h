/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandbox - giving up, for good, what a process does not need
 */
#ifndef AGENT_SANDBOX_H
#define AGENT_SANDBOX_H

#include "common/error.h"

/*
 * For the gatekeeper, once all that it needs is open: from here on no open, no
 * fork, no exec, no connect, no new privileges; by seccomp, and by Landlock
 * where the kernel has it. What is refused fails with EPERM.
 */
int sandbox_enter(struct error *err);

#endif
