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

/* Their paths in a state directory. */
struct certificate_paths {
	char certificate[512], key[512];
};
struct certificate_paths certificate_paths(const char *directory);

/*
 * Makes both in directory (made too, mode 0700, if need be) unless they are
 * there; 1 if it made them, 0 if they were there, -1 and err. Each is written
 * aside, fsynced and renamed, the key first: whoever is interrupted leaves
 * nothing that another start takes for whole. A second start at the same time
 * does no harm.
 */
int certificate_ensure(const char *directory, const char *host,
    struct error *err);

#endif
