/* SPDX-License-Identifier: GPL-3.0-or-later */
/* selfsigned - a new key, and a certificate that it signs for itself */
#ifndef AGENT_SELFSIGNED_H
#define AGENT_SELFSIGNED_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "common/error.h"

/* ECDSA P-256; NULL and err if there is none to be had. */
EVP_PKEY *selfsigned_key(struct error *err);

/*
 * For a server called host, for ten years from yesterday on, since clocks
 * differ. What cannot be the name of a host becomes localhost.
 */
X509 *selfsigned_certificate(EVP_PKEY *key, const char *host,
    struct error *err);

#endif
