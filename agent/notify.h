/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * notify - what systemd is told, or whatever else started us as it does
 *
 * The protocol of sd_notify(3): a datagram of NAME=VALUE lines to the socket
 * that NOTIFY_SOCKET names.
 */
#ifndef AGENT_NOTIFY_H
#define AGENT_NOTIFY_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

struct notify {
	struct sockaddr_un address;
	socklen_t len;   /* 0: nobody listens */
	double watchdog; /* a sign of life is due this often, s; 0: never */
};

/*
 * Takes what is meant for this process from the environment. Meant or not, the
 * variables are gone then: no child is to speak for us.
 */
void notify_open(struct notify *out);

/*
 * Sends lines, without a newline at their end. There is no answer to wait for,
 * and none of it is worth failing for.
 */
void notify_send(const struct notify *n, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* What RELOADING=1 must come with: MONOTONIC_USEC, of this moment. */
long long notify_now(void);

/*
 * An absolute path, or an abstract name behind "@". False if text (or NULL) is
 * neither, or too long.
 */
bool notify_parse_address(const char *text, struct notify *out);

/*
 * WATCHDOG_USEC in seconds; 0 if there is none, or if WATCHDOG_PID says that it
 * is another process that is watched. Both may be NULL.
 */
double notify_parse_watchdog(const char *usec, const char *pid, pid_t self);

#endif
