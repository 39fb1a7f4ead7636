/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * floor - the least that an NRPE server could do: what ours is measured by
 *
 * usage: floor [-n]
 *
 * One process; whatever is asked in v2 or v4 gets the same answer, over TLS or
 * with -n without. Nothing is checked, logged or run, nobody is turned away,
 * and nothing has a deadline. Prints its port; ends when stdin does.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/selfsigned.h"
#include "tests/nrpe_client.h"

enum {
	EVENTS = 64,
	BACKLOG = 4096,
	V2_SIZE = 1036,
	QUERY_MAX = 2048, /* bytes; larger ones are not asked here */
	FDS_MAX = 4096,
};

static const char text[] = "LOAD OK - the floor|load1=0;; load5=0;; load15=0;;";

struct answer {
	uint8_t bytes[V2_SIZE];
	size_t size;
};

struct connection {
	int fd;
	SSL *ssl;
	BIO *out; /* of the ssl */
	size_t len;
	uint8_t query[QUERY_MAX];
};

struct floor {
	int poll, listener;
	SSL_CTX *tls; /* NULL: plain */
	struct answer v2, v4;
	struct connection all[FDS_MAX]; /* by descriptor */
};

static _Noreturn void
give_up(const char *what)
{
	(void)fprintf(stderr, "floor: %s\n", what);
	exit(1);
}

/* --- what it has --- */

static SSL_CTX *
open_tls(void)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	struct error err = { .text = "no TLS" };
	EVP_PKEY *key = selfsigned_key(&err);
	X509 *x = key != NULL ? selfsigned_certificate(key, "localhost", &err) :
	    NULL;

	if (tls == NULL || x == NULL || SSL_CTX_use_certificate(tls, x) != 1 ||
	    SSL_CTX_use_PrivateKey(tls, key) != 1 ||
	    SSL_CTX_set1_groups_list(tls, "X25519") != 1 ||
	    SSL_CTX_set_num_tickets(tls, 1) != 1)
		give_up(err.text);
	(void)SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(tls, 1);
	X509_free(x);
	EVP_PKEY_free(key);
	return tls;
}

static struct answer
make_answer(int version)
{
	struct answer a = {
		.size = version == 2 ? V2_SIZE : 16 + sizeof text,
	};

	nrpe_client_query(a.bytes, version, text, sizeof text - 1, a.size);
	a.bytes[3] = 2; /* the type */
	nrpe_client_seal(a.bytes, a.size);
	return a;
}

static int
start_listening(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 ||
	    listen(fd, BACKLOG) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		give_up("cannot listen");
	(void)printf("listening on 127.0.0.1:%u\n", ntohs(address.sin_port));
	(void)fflush(stdout);
	return fd;
}

/* --- what it does --- */

static void
watch(const struct floor *f, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	(void)epoll_ctl(f->poll, EPOLL_CTL_ADD, fd, &event);
}

static void
hang_up(struct connection *c)
{
	SSL_free(c->ssl);
	close(c->fd);
}

static void
accept_one(struct floor *f, int fd)
{
	struct connection *c = &f->all[fd];
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	c->fd = fd;
	c->ssl = NULL;
	c->len = 0;
	if (f->tls != NULL) {
		c->ssl = SSL_new(f->tls);
		c->out = BIO_new(BIO_s_mem());
		if (c->ssl == NULL || c->out == NULL)
			give_up("out of memory");
		SSL_set_bio(c->ssl, BIO_new_socket(fd, BIO_NOCLOSE), c->out);
		SSL_set_accept_state(c->ssl);
	}
	watch(f, fd);
}

static void
accept_all(struct floor *f)
{
	int fd;

	while ((fd = accept4(f->listener, NULL, NULL,
	    SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (fd >= FDS_MAX)
			give_up("too many at once");
		accept_one(f, fd);
	}
}

/* What is written always has room: it is less than a new socket takes. */
static void
flush(struct connection *c)
{
	char *bytes;
	long n = BIO_get_mem_data(c->out, &bytes);

	if (n > 0)
		(void)!write(c->fd, bytes, (size_t)n);
	(void)BIO_reset(c->out);
}

static bool
is_whole(const struct connection *c)
{
	if (c->len < 16)
		return false;
	return c->len >= (c->query[1] == 2 ? V2_SIZE :
	    16 + nrpe_client_get(c->query + 12, 4));
}

static void
respond(struct floor *f, struct connection *c)
{
	const struct answer *a = c->query[1] == 2 ? &f->v2 : &f->v4;

	if (c->ssl == NULL) {
		(void)!write(c->fd, a->bytes, a->size);
		return;
	}
	(void)SSL_write(c->ssl, a->bytes, (int)a->size);
	(void)SSL_shutdown(c->ssl);
	flush(c);
}

/* False at its end. */
static bool
take(struct connection *c)
{
	size_t room = sizeof c->query - c->len;
	ssize_t n;

	if (c->ssl == NULL) {
		n = read(c->fd, c->query + c->len, room);
		c->len += n > 0 ? (size_t)n : 0;
		return n > 0;
	}
	n = SSL_read(c->ssl, c->query + c->len, (int)room);
	c->len += n > 0 ? (size_t)n : 0;
	if (!is_whole(c))
		flush(c);
	return n > 0 || SSL_get_error(c->ssl, (int)n) == SSL_ERROR_WANT_READ;
}

static void
go_on(struct floor *f, struct connection *c)
{
	bool more = take(c);

	if (is_whole(c))
		respond(f, c);
	else if (more)
		return;
	hang_up(c);
}

static void
serve(struct floor *f)
{
	struct epoll_event events[EVENTS];

	for (;;) {
		int n = epoll_wait(f->poll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;

			if (fd == STDIN_FILENO)
				return;
			if (fd == f->listener)
				accept_all(f);
			else
				go_on(f, &f->all[fd]);
		}
	}
}

int
main(int argc, char *argv[])
{
	static struct floor f; /* large */

	if (argc > 2 || (argc == 2 && strcmp(argv[1], "-n") != 0))
		give_up("usage: floor [-n]");
	(void)signal(SIGPIPE, SIG_IGN);
	f.tls = argc == 2 ? NULL : open_tls();
	f.v2 = make_answer(2);
	f.v4 = make_answer(4);
	f.poll = epoll_create1(EPOLL_CLOEXEC);
	f.listener = start_listening();
	watch(&f, f.listener);
	watch(&f, STDIN_FILENO);
	serve(&f);
	SSL_CTX_free(f.tls);
	return 0;
}
