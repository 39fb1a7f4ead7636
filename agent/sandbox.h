/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox - giving up, for good, what an event loop does not need */
#ifndef AGENT_SANDBOX_H
#define AGENT_SANDBOX_H

#include <stdbool.h>

#include "common/error.h"

/* What was put in place; less than all of it is worth a line in the log. */
struct sandbox_state {
	bool seccomp;     /* false: built without */
	int landlock_abi; /* the kernel's; 0: it has no Landlock */
};

/*
 * For the gatekeeper, once all that it needs is open, while it has one thread:
 * from here on no open, no fork, no exec, no connect, no new privileges; by
 * seccomp, and by Landlock where the kernel has it. What is refused fails with
 * EPERM. No core is dumped, and only root may look inside.
 *
 * What still works: sockets and pipes that are open, and what is accepted or
 * received over them; epoll and poll; memory without PROT_EXEC; clocks and
 * random bytes; fcntl() for O_NONBLOCK and FD_CLOEXEC; of socket options
 * TCP_NODELAY, TCP_QUICKACK, SO_KEEPALIVE and SO_LINGER can be set. Neither an
 * event base nor a signal event can be made any more, and what OpenSSL loads
 * must be loaded.
 */
int sandbox_enter(struct sandbox_state *out, struct error *err);

#endif
