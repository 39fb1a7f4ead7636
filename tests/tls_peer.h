/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls_peer - a client of OpenSSL's in memory, for tests of the server's side */
#ifndef TESTS_TLS_PEER_H
#define TESTS_TLS_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "agent/tls.h"

struct peer_spec {
	int from, to;        /* versions; 0: any from TLS 1.0 on */
	const char *ciphers; /* NULL: all that have names */
	const char *certificate, *key; /* PEM files, or NULL */
	SSL_SESSION *session; /* to be resumed */
	bool verify;         /* the server's certificate, as signed by nobody */
	size_t step;         /* bytes fed to the server at once; 0: all */
	size_t cut;          /* byte never sent, nor what follows; 0: none */
};

struct peer {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out;
	size_t step, cut, sent;
};

static inline struct peer
peer_new(struct peer_spec spec)
{
	struct peer p = {
		.context = SSL_CTX_new(TLS_client_method()),
		.in = BIO_new(BIO_s_mem()),
		.out = BIO_new(BIO_s_mem()),
		.step = spec.step > 0 ? spec.step : SIZE_MAX,
		.cut = spec.cut > 0 ? spec.cut : SIZE_MAX,
	};
	bool ok = SSL_CTX_set_min_proto_version(p.context,
	    spec.from > 0 ? spec.from : TLS1_VERSION) == 1 &&
	    SSL_CTX_set_max_proto_version(p.context, spec.to) == 1 &&
	    SSL_CTX_set_cipher_list(p.context, spec.ciphers != NULL ?
	    spec.ciphers : "ALL:!aNULL:@SECLEVEL=0") == 1;

	if (ok && spec.certificate != NULL)
		ok = SSL_CTX_use_certificate_chain_file(p.context,
		    spec.certificate) == 1 &&
		    SSL_CTX_use_PrivateKey_file(p.context, spec.key,
		    SSL_FILETYPE_PEM) == 1;
	p.ssl = SSL_new(p.context);
	if (ok && spec.session != NULL)
		ok = SSL_set_session(p.ssl, spec.session) == 1;
	if (!ok) {
		printf("Bail out! no client for the test\n");
		exit(1);
	}
	if (spec.verify)
		SSL_set_verify(p.ssl, SSL_VERIFY_PEER, NULL);
	SSL_set_bio(p.ssl, p.in, p.out);
	SSL_set_connect_state(p.ssl);
	return p;
}

static inline void
peer_free(struct peer *p)
{
	SSL_free(p->ssl);
	SSL_CTX_free(p->context);
}

/* What the client has for the server, in steps; -1 as tls_input(). */
static inline int
peer_to_server(struct peer *p, struct tls *t, struct error *err)
{
	uint8_t bytes[4096];
	size_t n, want;

	for (;;) {
		want = p->step < sizeof bytes ? p->step : sizeof bytes;
		if (BIO_read_ex(p->out, bytes, want, &n) != 1)
			return 0;
		if (n > p->cut - p->sent)
			n = p->cut - p->sent;
		p->sent += n;
		if (n > 0 && tls_input(t, bytes, n, err) < 0)
			return -1;
	}
}

/* All that the server has for the client; how much that was. */
static inline size_t
peer_from_server(struct peer *p, struct tls *t)
{
	const uint8_t *bytes;
	size_t n = tls_output(t, &bytes), done;

	if (n > 0)
		(void)BIO_write_ex(p->in, bytes, n, &done);
	tls_sent(t, n);
	return n;
}

/* 0 once both are done, -1 and err as the server says, 1: no further. */
static inline int
peer_handshake(struct peer *p, struct tls *t, struct error *err)
{
	for (int turn = 0; turn < 8; turn++) {
		int rc = SSL_do_handshake(p->ssl), failed;

		failed = peer_to_server(p, t, err);
		(void)peer_from_server(p, t);
		if (failed < 0)
			return -1;
		if (rc == 1 && tls_is_ready(t))
			return 0;
	}
	return 1;
}

/* A whole answer until the close_notify; its size, or -1 without one. */
static inline long
peer_read_all(struct peer *p, uint8_t *out, size_t size)
{
	size_t len = 0, n;

	while (SSL_read_ex(p->ssl, out + len, size - len, &n) == 1)
		len += n;
	return SSL_get_shutdown(p->ssl) & SSL_RECEIVED_SHUTDOWN ? (long)len :
	    -1;
}

/* Whether the client was told, by an alert. */
static inline bool
peer_alerted(struct peer *p)
{
	ERR_clear_error();
	(void)SSL_do_handshake(p->ssl);
	if (SSL_is_init_finished(p->ssl)) {
		char byte;

		(void)SSL_read(p->ssl, &byte, 1);
	}
	return ERR_GET_REASON(ERR_peek_error()) > SSL_AD_REASON_OFFSET;
}

static inline struct tls_context *
peer_context(struct tls_settings settings)
{
	struct error err = { .text = "" };
	struct tls_context *context = tls_context_new(&settings, &err);

	if (context == NULL) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
	return context;
}

/* A server's connection and its client, the handshake over. */
struct peer_pair {
	struct tls *t;
	struct peer p;
	int rc;
	struct error err;
};

static inline struct peer_pair
peer_connect(struct tls_context *context, struct peer_spec spec)
{
	struct peer_pair c = { .t = tls_new(context), .p = peer_new(spec) };

	c.rc = peer_handshake(&c.p, c.t, &c.err);
	return c;
}

static inline void
peer_pair_free(struct peer_pair *c)
{
	peer_free(&c->p);
	tls_free(c->t);
}

#endif
