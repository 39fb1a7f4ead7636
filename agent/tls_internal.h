/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls_internal - what the files that name OpenSSL share, and nobody else */
#ifndef AGENT_TLS_INTERNAL_H
#define AGENT_TLS_INTERNAL_H

#include <stdbool.h>
#include <sys/stat.h>

#include <openssl/ssl.h>

#include "agent/tls.h"
#include "common/error.h"

struct tls_context {
	SSL_CTX *ssl;
};

/*
 * The reason of the last failure in words, from the first of OpenSSL's queued
 * errors that has some here, else the first one's own text. Static; empties
 * the queue.
 */
const char *tls_reason(void);

/* The same of an X509_V_ERR_. */
const char *tls_verify_reason(long code);

/* Fails as reading the file would, in words that OpenSSL does not have. */
int tls_look_at(const char *path, struct stat *st, struct error *err);

/* What clients' certificates are checked with: ca and crl of settings. */
int tls_load_ca(SSL_CTX *ssl, const struct tls_settings *settings,
    struct error *err);

/*
 * Whether what is wrong with a certificate is no fault: of a CA between a
 * client's and the root there need not be a CRL. Forgets it, then.
 */
bool tls_tolerate(X509_STORE_CTX *store);

/* For keys with a passphrase, for which OpenSSL would ask the terminal. */
int tls_no_passphrase(char *out, int size, int writing, void *arg);

/*
 * A handshake with itself in each version that the context has, so that all
 * which OpenSSL loads when it is first needed is there. -1 and err if none of
 * them came to an end: nobody else's will.
 */
int tls_warm_up(SSL_CTX *server, struct error *err);

#endif
