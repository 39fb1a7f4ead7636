/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * activation - listening sockets that were open before we were
 *
 * By the protocol of sd_listen_fds(3), as systemd and systemd-socket-activate
 * hand them over: descriptors from 3 on, as many as LISTEN_FDS says, if
 * LISTEN_PID is us.
 */
#ifndef AGENT_ACTIVATION_H
#define AGENT_ACTIVATION_H

#include <sys/types.h>

#include "agent/listener.h"
#include "agent/settings.h"
#include "common/error.h"

/*
 * Takes those that were handed over, made non-blocking and close-on-exec; there
 * may be none. -1 and err if one of them is no TCP socket that listens. The
 * variables are gone from the environment in any case.
 */
int activation_take(struct listeners *out, struct error *err);

/* What becomes of the addresses in settings then, for its reader. */
const char *activation_means(const struct settings *s);

/* Only makes the variables go. */
void activation_ignore(void);

/* How many; both may be NULL. -1 and err if that is no sane number. */
int activation_count(const char *fds, const char *pid, pid_t self,
    struct error *err);

/* The name of number i in LISTEN_FDNAMES, into name; "" if it has none. */
void activation_name(const char *names, size_t i, char *name, size_t size);

#endif
