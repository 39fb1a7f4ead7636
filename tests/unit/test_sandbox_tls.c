/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A server on libevent and OpenSSL, which comes up outside and serves its
 * first client in the sandbox: whatever they still look for then, they do
 * without.
 */
#include "config.h"

#include <event2/event.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>

#include "tests/confined.h"
#include "tests/tap.h"

#ifdef HAVE_SANDBOX
static const bool built = true;
#else
static const bool built = false;
#endif

struct server {
	struct event_base *base;
	struct event *readable;
	SSL *ssl;
	bool answered;
};

/* A key and a certificate signed by itself, of no name. */
static bool
use_new_key(SSL_CTX *context)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	bool ok = key != NULL && cert != NULL &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), 0) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), 3600) != NULL &&
	    X509_set_pubkey(cert, key) == 1 &&
	    X509_sign(cert, key, EVP_sha256()) > 0 &&
	    SSL_CTX_use_certificate(context, cert) == 1 &&
	    SSL_CTX_use_PrivateKey(context, key) == 1;

	X509_free(cert);
	EVP_PKEY_free(key);
	return ok;
}

/* Turns a request into an answer once the handshake is over. */
static void
serve(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	char text[64];
	int n = SSL_read(s->ssl, text, sizeof text);

	(void)fd;
	if ((what & EV_TIMEOUT) != 0)
		_exit(3);
	if (n > 0) {
		s->answered = SSL_write(s->ssl, text, n) == n;
		(void)event_base_loopexit(s->base, NULL);
	} else if (SSL_get_error(s->ssl, n) != SSL_ERROR_WANT_READ) {
		_exit(4);
	}
}

static int
run_server(int fd)
{
	const struct timeval patience = { .tv_sec = 10 };
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	struct server s = { .base = event_base_new() };

	if (context == NULL || s.base == NULL || !use_new_key(context))
		return 2;
	s.readable = event_new(s.base, fd, EV_READ | EV_PERSIST, serve, &s);
	if (s.readable == NULL)
		return 2;

	(void)confined_enter();
	s.ssl = SSL_new(context);
	if (s.ssl == NULL || SSL_set_fd(s.ssl, fd) != 1)
		return 1;
	SSL_set_accept_state(s.ssl);
	if (event_add(s.readable, &patience) < 0 ||
	    event_base_dispatch(s.base) < 0)
		return 1;

	(void)SSL_shutdown(s.ssl);
	SSL_free(s.ssl);
	SSL_CTX_free(context);
	event_free(s.readable);
	event_base_free(s.base);
	return s.answered ? 0 : 1;
}

static bool
is_answered(int fd, int version)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(context);
	char text[8] = "";
	bool ok;

	(void)SSL_set_max_proto_version(ssl, version);
	(void)SSL_set_fd(ssl, fd);
	ok = SSL_connect(ssl) == 1 && SSL_write(ssl, "hello", 5) == 5 &&
	    SSL_read(ssl, text, sizeof text - 1) == 5 &&
	    strcmp(text, "hello") == 0 && SSL_version(ssl) == version;
	SSL_free(ssl);
	SSL_CTX_free(context);
	return ok;
}

static void
test_version(int version, const char *name)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		tap_ok(false, "socketpair()");
		return;
	}
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		close(pair[1]);
		(void)evutil_make_socket_nonblocking(pair[0]);
		_exit(run_server(pair[0]));
	}
	close(pair[0]);
	tap_ok(is_answered(pair[1], version), name);
	close(pair[1]);
	tap_int(confined_reap(pid), 0, "by a server that ends well");
}

int
main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	if (!confined_can(built))
		return tap_done();
	test_version(TLS1_3_VERSION, "TLS 1.3");
	test_version(TLS1_2_VERSION, "TLS 1.2");
	return tap_done();
}
