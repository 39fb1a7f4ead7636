/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls_names - what a certificate says whose it is */
#ifndef AGENT_TLS_NAMES_H
#define AGENT_TLS_NAMES_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "agent/peer_name.h"
#include "common/buf.h"

enum {
	TLS_NAMES_MAX = 64, /* of one certificate; more are not looked at */
};

/*
 * Shows see() the names that a certificate is good for, until it returns true,
 * which is then returned: host names, addresses, mailboxes and URIs of the
 * subjectAltName or, only if there is no such extension, the common name. One
 * that cannot be read has no names. What see() gets is gone when it returns.
 */
bool tls_names_find(const X509 *certificate,
    bool (*see)(void *arg, const struct peer_name *name), void *arg);

/* Appends the last common name, "CN=nagios", escaped. */
void tls_names_put_subject(struct buf *b, const X509_NAME *subject);

#endif
