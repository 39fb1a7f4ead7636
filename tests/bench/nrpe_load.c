/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nrpe_load - asks an NRPE server as often as it can, or as slowly
 *
 * usage: nrpe_load [--OPTION[=VALUE]...] PORT; without any it lists them.
 *
 * Each of the clients asks for a command of its own, over a connection of its
 * own with a whole handshake, and looks at all of the answer. At the end one
 * line says how many were right, how long they took from connect() to the last
 * byte, and what was wrong with others. Exit status: 0, or 1 if there were any.
 */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/bench/load.h"

enum {
	EVENTS = 64,
	TICK = 20,      /* ms */
	SLOW_TICK = 2,
};

static _Noreturn void
give_up(const char *what)
{
	(void)fprintf(stderr, "nrpe_load: %s\n", what);
	exit(2);
}

static struct sockaddr_in
read_address(const char *text, int64_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, text, &address.sin_addr) != 1)
		give_up("not an IPv4 address");
	address.sin_port = htons((uint16_t)port);
	return address;
}

static int
trust(X509_STORE_CTX *store, void *arg)
{
	(void)store;
	(void)arg;
	return 1;
}

/*
 * TLS 1.3 as of check_nrpe: no certificate is verified, no session kept. It
 * offers no more than it needs, since it shares the processors with the server.
 */
static SSL_CTX *
open_tls(void)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	if (tls == NULL ||
	    SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_ciphersuites(tls, "TLS_AES_256_GCM_SHA384") != 1 ||
	    SSL_CTX_set_cipher_list(tls, "ECDHE+AESGCM") != 1 ||
	    SSL_CTX_set1_groups_list(tls, "X25519") != 1 ||
	    SSL_CTX_set1_sigalgs_list(tls, "ECDSA+SHA256:RSA-PSS+SHA256") != 1)
		give_up(ERR_reason_error_string(ERR_get_error()));
	SSL_CTX_set_cert_verify_callback(tls, trust, NULL);
	(void)SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(tls, 1);
	return tls;
}

/* For as many connections as there may be. */
static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static bool
is_going_on(const struct load *load)
{
	int64_t most = load->options.requests;

	return load->active > 0 || (!load->over &&
	    (most == 0 || load->begun < (uint64_t)most));
}

static void
tick_all(struct load *load, struct load_client *clients)
{
	double now = load_now();

	if (now >= load->stats.started + load->options.seconds)
		load->over = true;
	for (int64_t i = 0; i < load->options.clients; i++)
		load_client_tick(&clients[i], now);
}

static void
run(struct load *load, struct load_client *clients)
{
	int wait = load->options.slow > 0 ? SLOW_TICK : TICK;
	struct epoll_event events[EVENTS];
	double next = 0;

	load->stats.started = load_now();
	for (int64_t i = 0; i < load->options.clients; i++)
		load_client_begin(&clients[i]);
	while (is_going_on(load)) {
		int n = epoll_wait(load->poll, events, EVENTS, wait);

		for (int i = 0; i < n; i++) {
			struct load_client *c = events[i].data.ptr;

			load_client_step(c);
			if (c->stage == LOAD_IDLE)
				load_client_begin(c);
		}
		if (load_now() < next)
			continue;
		tick_all(load, clients);
		next = load_now() + wait / 1e3;
	}
}

int
main(int argc, char *argv[])
{
	static struct load load; /* large */
	struct load_client *clients;
	bool well;

	load.options = load_options_read(argc, argv);
	load.address = read_address(load.options.address, load.options.port);
	if (load.options.source != NULL)
		load.source = read_address(load.options.source, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	raise_limit();
	if (load.options.idle > 0 || load.options.dribble > 0)
		return load_attack(&load.options, &load.address);

	load.tls = load.options.plain ? NULL : open_tls();
	load.poll = epoll_create1(EPOLL_CLOEXEC);
	clients = calloc((size_t)load.options.clients, sizeof *clients);
	if (load.poll < 0 || clients == NULL)
		give_up("out of memory");
	for (int64_t i = 0; i < load.options.clients; i++)
		load_client_prepare(&clients[i], &load, (int)i);
	run(&load, clients);
	well = load_stats_print(&load.stats, stdout);

	for (int64_t i = 0; i < load.options.clients; i++)
		free(clients[i].answer);
	free(clients);
	close(load.poll);
	SSL_CTX_free(load.tls);
	return !well;
}
