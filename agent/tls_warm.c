/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdbool.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "agent/tls_internal.h"

/* Flights of a handshake, with room to spare. */
#define TURNS 8

static int
accept_any(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

/* A client that takes anything, and has the server's certificate itself. */
static SSL_CTX *
client_new(SSL_CTX *server)
{
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());
	X509 *certificate = SSL_CTX_get0_certificate(server);
	EVP_PKEY *key = SSL_CTX_get0_privatekey(server);

	if (client == NULL ||
	    SSL_CTX_set_cipher_list(client, "ALL:@SECLEVEL=0") != 1)
		goto failed;
	SSL_CTX_set_verify(client, SSL_VERIFY_NONE, NULL);
	if (certificate != NULL &&
	    (SSL_CTX_use_certificate(client, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey(client, key) != 1))
		goto failed;
	return client;
failed:
	SSL_CTX_free(client);
	return NULL;
}

/* What one writes the other reads; -1 if memory ran out. */
static int
connect_pair(SSL *a, SSL *b)
{
	BIO *there = BIO_new(BIO_s_mem()), *back = BIO_new(BIO_s_mem());

	if (there == NULL || back == NULL) {
		BIO_free(there);
		BIO_free(back);
		return -1;
	}
	(void)BIO_up_ref(there);
	(void)BIO_up_ref(back);
	SSL_set_bio(a, back, there);
	SSL_set_bio(b, there, back);
	return 0;
}

/* A byte each way, and the end: all that a connection is used for. */
static bool
talk(SSL *from, SSL *to)
{
	char byte = 0;

	return SSL_write(from, &byte, 1) == 1 && SSL_read(to, &byte, 1) == 1 &&
	    SSL_write(to, &byte, 1) == 1 && SSL_read(from, &byte, 1) == 1 &&
	    SSL_shutdown(to) >= 0;
}

/* The server asks for a certificate, to check one once. */
static bool
handshake(SSL_CTX *server, SSL_CTX *client, int version)
{
	SSL *s = SSL_new(server), *c = SSL_new(client);
	bool done = false;

	if (s == NULL || c == NULL || connect_pair(s, c) < 0)
		goto out;
	SSL_set_verify(s, SSL_VERIFY_PEER, accept_any);
	(void)SSL_set_min_proto_version(c, version);
	(void)SSL_set_max_proto_version(c, version);
	SSL_set_accept_state(s);
	SSL_set_connect_state(c);
	for (int i = 0; i < TURNS && !done; i++) {
		int here = SSL_do_handshake(c), there;

		/* A failed one would have the peer fail for that. */
		if (here != 1 && SSL_get_error(c, here) != SSL_ERROR_WANT_READ)
			break;
		there = SSL_do_handshake(s);
		if (there != 1 &&
		    SSL_get_error(s, there) != SSL_ERROR_WANT_READ)
			break;
		done = here == 1 && there == 1;
	}
	done = done && talk(c, s);
out:
	SSL_free(s);
	SSL_free(c);
	return done;
}

int
tls_warm_up(SSL_CTX *server, struct error *err)
{
	int from = (int)SSL_CTX_get_min_proto_version(server);
	int to = (int)SSL_CTX_get_max_proto_version(server);
	SSL_CTX *client;
	int done = 0;

	ERR_clear_error();
	client = client_new(server);
	if (client == NULL)
		return error_set(err, "TLS: %s", tls_reason());
	if (to == 0)
		to = TLS1_3_VERSION;
	for (int version = from; version <= to; version++) {
		ERR_clear_error();
		done += handshake(server, client, version);
	}
	SSL_CTX_free(client);
	if (done > 0) {
		ERR_clear_error();
		return 0;
	}
	return error_set(err, "no client could have TLS with this: %s",
	    tls_reason());
}
