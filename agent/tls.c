/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "agent/tls.h"
#include "agent/tls_internal.h"
#include "agent/tls_names.h"
#include "common/buf.h"

enum {
	/* What peers may send ahead of being read: two requests and more. */
	UNREAD_MAX = 256 * 1024,
	/*
	 * What reading may add to the output: answers to requests for new keys
	 * and the like, of which a peer that never reads could have any number.
	 */
	UNASKED_MAX = 4096,
};

struct tls {
	SSL *ssl;
	BIO *in, *out; /* the ssl's */
	bool ready, broken;
	size_t unasked;
	char refused[160]; /* whose certificate it was, if one was refused */
};

/* Called for each certificate; remembers whose was refused. */
static int
see_verified(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls *t = SSL_get_app_data(ssl);
	struct buf b = buf_on(t->refused, sizeof t->refused);

	if (ok || tls_tolerate(store))
		return 1;
	tls_names_put_subject(&b, X509_get_subject_name(
	    X509_STORE_CTX_get0_cert(store)));
	return 0;
}

struct tls *
tls_new(struct tls_context *context)
{
	struct tls *t = calloc(1, sizeof *t);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	ERR_clear_error();
	if (t != NULL)
		t->ssl = SSL_new(context->ssl);
	if (t == NULL || t->ssl == NULL || in == NULL || out == NULL ||
	    SSL_set_app_data(t->ssl, t) != 1) {
		BIO_free(in);
		BIO_free(out);
		tls_free(t);
		return NULL;
	}
	SSL_set_bio(t->ssl, in, out);
	t->in = in;
	t->out = out;
	SSL_set_verify(t->ssl, SSL_get_verify_mode(t->ssl), see_verified);
	SSL_set_accept_state(t->ssl);
	return t;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	free(t);
}

static const char *
version_name(int version)
{
	switch (version) {
	case TLS1_2_VERSION: return "TLSv1.2";
	case TLS1_1_VERSION: return "TLSv1.1";
	case TLS1_VERSION: return "TLSv1.0";
	default: return "SSL";
	}
}

/* No call may follow one that failed. */
static int
fail(struct tls *t, struct error *err)
{
	int offered = SSL_client_version(t->ssl);

	t->broken = true;
	if (*t->refused != '\0') {
		ERR_clear_error();
		return error_set(err, "client certificate, %s: %s", t->refused,
		    tls_verify_reason(SSL_get_verify_result(t->ssl)));
	}
	if (ERR_GET_REASON(ERR_peek_error()) != SSL_R_UNSUPPORTED_PROTOCOL)
		return error_set(err, "TLS: %s", tls_reason());
	ERR_clear_error();
	/* TLS 1.3 calls itself 1.2 in this place. */
	if (offered >= SSL_get_min_proto_version(t->ssl))
		return error_set(err, "TLS: no version that the client has, "
		    "too");
	return error_set(err, "TLS: client offers %s at most",
	    version_name(offered));
}

static int
go_on(struct tls *t, struct error *err)
{
	int rc;

	ERR_clear_error();
	rc = SSL_do_handshake(t->ssl);
	t->ready = rc == 1;
	if (t->ready || SSL_get_error(t->ssl, rc) == SSL_ERROR_WANT_READ)
		return 0;
	return fail(t, err);
}

int
tls_input(struct tls *t, const uint8_t *bytes, size_t n, struct error *err)
{
	size_t done;

	if (t->broken)
		return error_set(err, "TLS: bytes after a failure");
	if (n > UNREAD_MAX || BIO_ctrl_pending(t->in) > UNREAD_MAX - n) {
		t->broken = true;
		return error_set(err, "TLS: more than %d bytes at once",
		    UNREAD_MAX);
	}
	if (n > 0 && BIO_write_ex(t->in, bytes, n, &done) != 1) {
		t->broken = true;
		return error_set(err, "TLS: out of memory");
	}
	return t->ready ? 0 : go_on(t, err);
}

bool
tls_is_ready(const struct tls *t)
{
	return t->ready;
}

long
tls_read(struct tls *t, uint8_t *out, size_t size, struct error *err)
{
	size_t before = BIO_ctrl_pending(t->out), n = 0;
	int rc, why;

	if (t->broken)
		return error_set(err, "TLS: nothing after a failure");
	if (!t->ready || size == 0)
		return 0;
	ERR_clear_error();
	rc = SSL_read_ex(t->ssl, out, size, &n);
	why = rc == 1 ? SSL_ERROR_NONE : SSL_get_error(t->ssl, rc);
	t->unasked += BIO_ctrl_pending(t->out) - before;
	if (t->unasked > UNASKED_MAX) {
		t->broken = true;
		return error_set(err, "TLS: client asks for too much besides");
	}
	switch (why) {
	case SSL_ERROR_NONE:
		return (long)n;
	case SSL_ERROR_WANT_READ:
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return error_set(err, "closed by the client");
	default:
		return fail(t, err);
	}
}

int
tls_write(struct tls *t, const uint8_t *bytes, size_t n, struct error *err)
{
	size_t done;

	if (!t->ready || t->broken)
		return error_set(err, "TLS: not connected");
	if (n == 0)
		return 0;
	ERR_clear_error();
	return SSL_write_ex(t->ssl, bytes, n, &done) == 1 ? 0 : fail(t, err);
}

void
tls_finish(struct tls *t)
{
	/* A second call would wait for the peer's. */
	if (!t->ready || t->broken ||
	    (SSL_get_shutdown(t->ssl) & SSL_SENT_SHUTDOWN) != 0)
		return;
	ERR_clear_error();
	(void)SSL_shutdown(t->ssl);
}

size_t
tls_output(struct tls *t, const uint8_t **bytes)
{
	char *data = NULL;
	long n = BIO_get_mem_data(t->out, &data);

	*bytes = (const uint8_t *)data;
	return n > 0 ? (size_t)n : 0;
}

void
tls_sent(struct tls *t, size_t n)
{
	char scratch[4096]; /* no call skips */
	size_t got;

	for (; n > 0; n -= got)
		if (BIO_read_ex(t->out, scratch, n < sizeof scratch ? n :
		    sizeof scratch, &got) != 1)
			return;
}

struct tls_text
tls_peer_text(const struct tls *t)
{
	X509 *certificate = SSL_get0_peer_certificate(t->ssl);
	struct tls_text text;
	struct buf b = buf_on(text.s, sizeof text.s);

	if (!t->ready) {
		buf_str(&b, "no TLS yet");
		return text;
	}
	buf_fmt(&b, "%s %s, ", SSL_get_version(t->ssl),
	    SSL_get_cipher_name(t->ssl));
	if (certificate != NULL)
		tls_names_put_subject(&b, X509_get_subject_name(certificate));
	else
		buf_str(&b, "no certificate");
	return text;
}

bool
tls_peer_names(const struct tls *t,
    bool (*see)(void *arg, const struct peer_name *name), void *arg)
{
	X509 *certificate = SSL_get0_peer_certificate(t->ssl);

	return t->ready && certificate != NULL &&
	    tls_names_find(certificate, see, arg);
}
