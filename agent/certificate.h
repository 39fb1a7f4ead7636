/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * certificate - a key and a self-signed certificate of the agent's own
 *
 * So that stock clients have TLS 1.3 with no option changed: ECDSA P-256, made
 * when the agent first starts, and kept.
 */
#ifndef AGENT_CERTIFICATE_H
#define AGENT_CERTIFICATE_H

#include "common/error.h"

/* Their paths in a state directory: beffroid-cert.pem and beffroid-key.pem. */
struct certificate_paths {
	char certificate[512], key[512];
};
struct certificate_paths certificate_paths(const char *directory);

/*
 * Makes what is missing of both in directory (made too, mode 0700, if need be);
 * 1 if it made something, 0 if both were there, -1 and err. host is the name
 * that clients know the agent by.
 *
 * Each is written aside, fsynced and renamed, the key first and under a lock:
 * whoever is interrupted, or starts a second time, leaves no two that differ. A
 * key that has no certificate gets one, since it may be somebody's. What cannot
 * be read, or does not belong together, is an administrator's doing: an error,
 * and never overwritten.
 */
int certificate_ensure(const char *directory, const char *host,
    struct error *err);

/*
 * The same in a process of its own: OpenSSL leaves what it has decoded in
 * memory that it has freed, and the supervisor's is every worker's.
 */
int certificate_ensure_apart(const char *directory, const char *host,
    struct error *err);

/* Removes them from a directory, and what else they left there. */
void certificate_forget(const char *directory);

/*
 * -1 and err if the first certificate in a file is not valid now, or ends
 * within 30 days; 0, too, if it cannot be read. In a process of its own.
 */
int certificate_check_time(const char *path, struct error *err);

#endif
