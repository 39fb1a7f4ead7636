/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tls - the server's side of TLS, as a codec
 *
 * Bytes of the peer go in, plain text comes out, and the other way round; no
 * socket, no wait. The only file that names OpenSSL, but for certificate.c.
 */
#ifndef AGENT_TLS_H
#define AGENT_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

struct tls_context; /* key, certificates and rules, for many connections */
struct tls;         /* one connection */

struct tls_settings {
	const char *certificate, *key; /* PEM files; both, or neither and adh */
	const char *ca;       /* PEM, of clients' certificates; or NULL */
	bool ask, require;    /* a client's certificate */
	const char *version;  /* as ssl_version: "TLSv1.2+"; NULL: that */
	const char *ciphers;  /* OpenSSL's list, of up to TLS 1.2; or NULL */
	bool adh;             /* anonymous suites, of legacy clients */
};

/*
 * Loads all there is to load; nothing is opened later. NULL and err, with the
 * file's name and what is wrong with it.
 */
struct tls_context *tls_context_new(const struct tls_settings *settings,
    struct error *err);
void tls_context_free(struct tls_context *context);

/* NULL if memory ran out. */
struct tls *tls_new(struct tls_context *context);
void tls_free(struct tls *t);

/*
 * Takes bytes from the peer and goes on with the handshake, if it is not over.
 * -1 and err if this can go no further: what tls_output() has then is an alert
 * to be sent, and the rest is to close.
 */
int tls_input(struct tls *t, const uint8_t *bytes, size_t n,
    struct error *err);

/* Whether the handshake is over. */
bool tls_is_ready(const struct tls *t);

/*
 * Plain text that has arrived: its size, 0 if there is none now, -1 and err if
 * there will be none (the peer closed, or broke the rules).
 */
long tls_read(struct tls *t, uint8_t *out, size_t size, struct error *err);

/* Encrypts n bytes, all of them. */
int tls_write(struct tls *t, const uint8_t *bytes, size_t n,
    struct error *err);

/* The last thing to be sent: that nothing follows. */
void tls_finish(struct tls *t);

/* Bytes for the peer, until tls_sent() says how many of them are away. */
size_t tls_output(struct tls *t, const uint8_t **bytes);
void tls_sent(struct tls *t, size_t n);

/* "TLSv1.3 TLS_AES_256_GCM_SHA384, CN=nagios" or "... no certificate". */
struct tls_text {
	char s[512];
};
struct tls_text tls_peer_text(const struct tls *t);

#endif
