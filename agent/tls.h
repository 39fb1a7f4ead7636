/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tls - the server's side of TLS, as a codec
 *
 * Bytes of the peer go in, plain text comes out, and the other way round; no
 * socket, no wait. Only tls*.c, certificate*.c and selfsigned.[ch] name
 * OpenSSL.
 */
#ifndef AGENT_TLS_H
#define AGENT_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/peer_name.h"
#include "common/error.h"

struct tls_context; /* key, certificates and rules, for many connections */
struct tls;         /* one connection */

struct tls_settings {
	const char *certificate, *key; /* PEM files; both, or neither and adh */
	const char *ca;       /* PEM, of clients' certificates; or NULL */
	const char *crl;      /* PEM, one or several of these CAs; or NULL */
	bool ask, require;    /* a client's certificate */
	const char *version;  /* as ssl_version: "TLSv1.2+"; NULL: that */
	const char *ciphers;  /* OpenSSL's list, of up to TLS 1.2; or NULL */
	/*
	 * Legacy clients: weak keys, and TLS before 1.2 where version asks for
	 * it, are refused without one of these; anonymous suites without adh,
	 * or with require.
	 */
	bool old, adh;

	/* Told of what is no error now, but will refuse clients; or NULL. */
	void (*warn)(void *arg, const char *text);
	void *arg;
};

/*
 * Loads all there is to load; nothing is opened later. NULL and err, with the
 * file's name and what is wrong with it, and about the directive that is to
 * blame. Connections may outlive it.
 */
struct tls_context *tls_context_new(const struct tls_settings *settings,
    struct error *err);
void tls_context_free(struct tls_context *context);

/* Only whether what clients are checked with, if they are, can be loaded. */
int tls_check_ca(const struct tls_settings *settings, struct error *err);

/* NULL if memory ran out. */
struct tls *tls_new(struct tls_context *context);
void tls_free(struct tls *t);

/*
 * Takes bytes from the peer, all of them, and goes on with the handshake, if it
 * is not over. -1 and err if this can go no further: what tls_output() has then
 * is an alert to be sent (none to who does not speak TLS), and the rest is to
 * close. Call tls_read() until it has no more before the next one: more than
 * 256 KiB unread are a failure.
 */
int tls_input(struct tls *t, const uint8_t *bytes, size_t n,
    struct error *err);

/* Whether the handshake is over. */
bool tls_is_ready(const struct tls *t);

/*
 * Plain text that has arrived: its size, 0 if there is none now, -1 and err if
 * there will be none (the peer closed, or broke the rules). A part of it at a
 * time: call it until it is not above 0. A peer that closed can be written to.
 */
long tls_read(struct tls *t, uint8_t *out, size_t size, struct error *err);

/* Encrypts n bytes, all of them; -1 and err before tls_is_ready(). */
int tls_write(struct tls *t, const uint8_t *bytes, size_t n,
    struct error *err);

/*
 * The last thing to be sent: that nothing follows. It queues behind what was
 * written, so that the next tls_output() has both.
 */
void tls_finish(struct tls *t);

/* Bytes for the peer, until tls_sent() says how many of them are away. */
size_t tls_output(struct tls *t, const uint8_t **bytes);
void tls_sent(struct tls *t, size_t n);

/*
 * "TLSv1.3 TLS_AES_256_GCM_SHA384, CN=nagios" or "... no certificate", the name
 * escaped; "no TLS yet" before tls_is_ready().
 */
struct tls_text {
	char s[512];
};
struct tls_text tls_peer_text(const struct tls *t);

/*
 * Shows see() the names that the client's certificate is good for, 64 at most,
 * until it returns true, which is then returned: those of the subjectAltName,
 * the common name only without one. A name is gone when see() returns.
 */
bool tls_peer_names(const struct tls *t,
    bool (*see)(void *arg, const struct peer_name *name), void *arg);

#endif
