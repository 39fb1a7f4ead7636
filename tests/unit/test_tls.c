/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <malloc.h>

#include "agent/tls.h"
#include "tests/certs.h"
#include "tests/scratch.h"
#include "tests/tap.h"
#include "tests/tls_peer.h"

#define ANONYMOUS "ADH:AECDH:@SECLEVEL=0"

#define HELLO "\x16\x03\x01\x00"

static const struct peer_spec any_client = { .to = 0 };

static const struct {
	const char *what, *bytes;
	size_t n;
	const char *want; /* NULL: goes on waiting */
} strange[] = {
	{ "nothing", "", 0, NULL },
	{ "a byte", "\x16", 1, NULL },
	{ "half a header", HELLO, 4, NULL },
	{ "a header", HELLO "\x20", 5, NULL },
	{ "HTTP", "GET / HTTP/1.1\r\n\r\n", 18,
	    "TLS: HTTP request on the TLS port" },
	{ "HTTP through a proxy", "CONNECT agent:5666 HTTP/1.1\r\n\r\n", 31,
	    "TLS: HTTP request on the TLS port" },
	{ "SSH", "SSH-2.0-OpenSSH_9.2\r\n", 21, "TLS: not TLS" },
	{ "plain NRPE 4", "\0\4\0\1\0\0\0\0\0\0\0\0\0\0\3\xfc", 16,
	    "TLS: not TLS" },
	{ "plain NRPE 2", "\0\2\0\1\xd4\x67\x3f\0\0\0_NRPE_CHECK", 21,
	    "TLS: not TLS" },
	{ "zeros", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, "TLS: not TLS" },
	{ "ones", "\377\377\377\377\377\377\377\377\377\377\377\377", 12,
	    "TLS: not TLS" },
	{ "an alert", "\x15\x03\x03\0\2\2\x28", 7,
	    "TLS: unexpected message" },
	{ "data before all else", "\x17\x03\x03\0\1x", 6,
	    "TLS: unexpected message" },
	{ "a record too long", "\x16\x03\x01\xff\xff\1\0", 7,
	    "TLS: record too long" },
};

static void
test_strange(struct tls_context *context)
{
	for (size_t i = 0; i < COUNT(strange); i++) {
		struct tls *t = tls_new(context);
		struct error err = { .text = "" }, again = { .text = "" };
		const uint8_t *out;
		uint8_t byte;
		int rc = tls_input(t, (const uint8_t *)strange[i].bytes,
		    strange[i].n, &err);

		tap_str(rc < 0 ? err.text : "waits", strange[i].want != NULL ?
		    strange[i].want : "waits", strange[i].what);
		tap_ok(!tls_is_ready(t) && tls_output(t, &out) <= 7 &&
		    tls_read(t, &byte, 1, &again) == rc &&
		    tls_write(t, &byte, 1, &again) == -1 &&
		    tls_input(t, &byte, 0, &again) == rc, "and stays there");
		tls_finish(t);
		tap_str(tls_peer_text(t).s, "no TLS yet", "with no name");
		tls_free(t);
	}
}

/* Sends text as the client does; what the server reads of it, in all. */
static long
send_request(struct peer_pair *c, const void *text, size_t n, uint8_t *out,
    size_t size)
{
	size_t done, len = 0;
	long got = 0;

	(void)SSL_write_ex(c->p.ssl, text, n, &done);
	if (peer_to_server(&c->p, c->t, &c->err) < 0)
		return -1;
	while (len < size && (got = tls_read(c->t, out + len, size - len,
	    &c->err)) > 0)
		len += (size_t)got;
	return got < 0 ? -1 : (long)len;
}

static void
test_steps(struct tls_context *context, int version)
{
	uint8_t out[64];
	size_t whole;
	int early = 0;
	struct peer_pair c = peer_connect(context, (struct peer_spec){
		.from = version,
		.to = version,
		.step = 1,
	});

	tap_int(c.rc, 0, "a handshake byte by byte");
	tap_int(send_request(&c, "request", 7, out, sizeof out), 7,
	    "a request byte by byte");
	tap_ok(memcmp(out, "request", 7) == 0, "as it was sent");
	whole = c.p.sent;
	peer_pair_free(&c);

	/* About 30 bytes are the request, all before them the handshake. */
	for (size_t cut = 1; cut < whole; cut++) {
		c = peer_connect(context, (struct peer_spec){
			.from = version,
			.to = version,
			.cut = cut,
		});
		if (c.rc < 0 || send_request(&c, "request", 7, out,
		    sizeof out) != 0)
			early++;
		peer_pair_free(&c);
	}
	tap_int(early, 0, "cut at each byte: neither failed nor answered");
}

/* The answer and the end, which must be in one piece to be sent at once. */
static void
test_answer(struct tls_context *context, int version, size_t n)
{
	static uint8_t answer[70000], got[sizeof answer + 1];
	struct peer_pair c = peer_connect(context, (struct peer_spec){
		.from = version,
		.to = version,
	});
	const uint8_t *bytes;
	size_t records = n / 16384 + (n % 16384 > 0) + 1, out;
	char what[64];

	for (size_t i = 0; i < n; i++)
		answer[i] = (uint8_t)(i * 7 + i / 251);
	(void)peer_from_server(&c.p, c.t);
	tap_int((long)tls_output(c.t, &bytes), 0, "nothing is left over");
	tap_int(tls_write(c.t, answer, n, &c.err), 0, "written");
	tls_finish(c.t);
	out = tls_output(c.t, &bytes);
	tls_finish(c.t);
	tap_int((long)tls_output(c.t, &bytes), (long)out, "finished once");
	(void)snprintf(what, sizeof what, "%zu bytes in %zu records", n,
	    records);
	/* TLS 1.2 has 8 bytes of nonce, and a close_notify of two bytes. */
	tap_int((long)out, (long)(n + 2 + records * (5 + 16) +
	    (version == TLS1_2_VERSION ? records * 8 : records)), what);

	/* As a socket that takes little at a time. */
	while ((out = tls_output(c.t, &bytes)) > 0) {
		size_t some = out > 5000 ? 5000 : out, done;

		(void)BIO_write_ex(c.p.in, bytes, some, &done);
		tls_sent(c.t, some);
	}
	tap_int(peer_read_all(&c.p, got, sizeof got), (long)n,
	    "all arrives, and the end");
	tap_ok(memcmp(got, answer, n) == 0, "as it was sent");
	peer_pair_free(&c);
}

static void
test_ends(struct tls_context *context)
{
	struct peer_pair c = peer_connect(context, any_client);
	uint8_t byte, got[8];
	size_t n;

	tap_int(tls_read(c.t, &byte, 1, &c.err), 0, "nothing has arrived");
	tap_int(tls_write(c.t, &byte, 0, &c.err), 0, "nothing is written");
	(void)SSL_write_ex(c.p.ssl, "ab", 2, &n);
	(void)SSL_shutdown(c.p.ssl);
	(void)peer_to_server(&c.p, c.t, &c.err);
	tap_int(tls_read(c.t, &byte, 1, &c.err), 1, "half of what arrived");
	tap_int(tls_read(c.t, &byte, 1, &c.err), 1, "the other half");
	tap_int(tls_read(c.t, &byte, 1, &c.err), -1, "the end");
	tap_str(c.err.text, "closed by the client", "by the client");
	tap_int(tls_write(c.t, (const uint8_t *)"yes", 3, &c.err), 0,
	    "which can be answered all the same");
	tls_finish(c.t);
	(void)peer_from_server(&c.p, c.t);
	tap_int(peer_read_all(&c.p, got, sizeof got), 3, "and is");
	peer_pair_free(&c);

	c = peer_connect(context, any_client);
	tap_int(tls_input(c.t, (const uint8_t *)"\x17\x03\x03\0\x20"
	    "01234567890123456789012345678901", 37, &c.err), 0, "a record");
	tap_int(tls_read(c.t, &byte, 1, &c.err), -1, "that is none");
	tap_str(c.err.text, "TLS: garbled on the way", "and why");
	tap_ok(peer_from_server(&c.p, c.t) > 0 && peer_alerted(&c.p),
	    "the client is told");
	tap_int(tls_write(c.t, &byte, 1, &c.err), -1, "nothing after that");
	peer_pair_free(&c);
}

/* A client that has us answer, again and again, and reads nothing. */
static void
test_floods(struct tls_context *context)
{
	static uint8_t much[64 * 1024];
	struct peer_pair c = peer_connect(context, any_client);
	const uint8_t *bytes;
	int turns = 0;
	long got = 0;

	(void)peer_from_server(&c.p, c.t);
	for (; turns < 10000 && got == 0; turns++) {
		(void)SSL_key_update(c.p.ssl, SSL_KEY_UPDATE_REQUESTED);
		(void)SSL_do_handshake(c.p.ssl);
		(void)peer_to_server(&c.p, c.t, &c.err);
		got = tls_read(c.t, much, sizeof much, &c.err);
	}
	tap_int(got, -1, "new keys without end");
	tap_str(c.err.text, "TLS: client asks for too much besides", "why");
	tap_ok(turns > 10 && tls_output(c.t, &bytes) < 5000, "in time");
	peer_pair_free(&c);

	c = peer_connect(context, any_client);
	for (turns = 0; turns < 4; turns++)
		(void)tls_input(c.t, much, sizeof much, &c.err);
	tap_int(tls_input(c.t, much, 1, &c.err), -1, "bytes without end");
	tap_str(c.err.text, "TLS: more than 262144 bytes at once", "why, too");
	peer_pair_free(&c);

	c = peer_connect(context, (struct peer_spec){ .to = TLS1_2_VERSION });
	(void)SSL_renegotiate(c.p.ssl);
	(void)SSL_do_handshake(c.p.ssl);
	(void)peer_to_server(&c.p, c.t, &c.err);
	tap_int(tls_read(c.t, much, 1, &c.err), 0, "another handshake");
	(void)peer_from_server(&c.p, c.t);
	ERR_clear_error();
	(void)SSL_do_handshake(c.p.ssl);
	tap_int(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION,
	    "is declined");
	peer_pair_free(&c);
}

/* One that is not taken: a certificate is looked at each time. */
static void
test_tickets(struct tls_context *context, int version)
{
	struct peer_spec spec = { .from = version, .to = version };
	struct peer_pair c = peer_connect(context, spec);
	uint8_t byte;

	(void)peer_from_server(&c.p, c.t);
	(void)SSL_read(c.p.ssl, &byte, 1);
	spec.session = SSL_get1_session(c.p.ssl);
	tap_int(SSL_SESSION_has_ticket(spec.session),
	    version == TLS1_3_VERSION, "a ticket for TLS 1.3");
	peer_pair_free(&c);
	c = peer_connect(context, spec);
	tap_int(c.rc, 0, "offered again");
	tap_ok(!SSL_session_reused(c.p.ssl), "it is not taken");
	peer_pair_free(&c);
	SSL_SESSION_free(spec.session);
}

static void
one_connection(struct tls_context *context, int i)
{
	struct peer_pair c = peer_connect(context, (struct peer_spec){
		.to = i % 2 == 0 ? TLS1_2_VERSION : 0,
		.cut = i % 5 == 0 ? 100 : 0,
		.ciphers = i % 7 == 0 ? ANONYMOUS : NULL,
	});
	uint8_t out[8];

	if (c.rc == 0 && send_request(&c, "ab", 2, out, sizeof out) == 2) {
		(void)tls_write(c.t, out, sizeof out, &c.err);
		tls_finish(c.t);
	}
	peer_pair_free(&c);
}

/* What the allocator keeps at hand grows for a while, a leak for ever. */
static void
test_memory(struct tls_context *context)
{
	size_t before;

	for (int i = 0; i < 1050; i++)
		one_connection(context, i);
	before = mallinfo2().uordblks;
	for (int i = 0; i < 1050; i++)
		one_connection(context, i);
	tap_ok(mallinfo2().uordblks <= before + 1050 * 16,
	    "1,050 connections more leave nothing");
}

/* A connection may outlive the configuration it began with. */
static void
test_context_gone(struct tls_context *context)
{
	struct peer_pair c = peer_connect(context, any_client);
	uint8_t out[8];

	tls_context_free(context);
	tap_int(send_request(&c, "ab", 2, out, sizeof out), 2,
	    "the context is gone, the connection is not");
	peer_pair_free(&c);
	tls_context_free(NULL);
	tls_free(NULL);
}

int
main(void)
{
	static const size_t sizes[] = { 1, 1036, 16384, 16385, 65536, 70000 };
	struct certs_spec server = { .name = "agent", .days = 100 };
	struct scratch_path pem, key;
	struct tls_context *context;
	struct certs_one one;

	scratch_make();
	one = certs_put(scratch_path("server").s, server, NULL);
	certs_free(&one);
	pem = scratch_path("server.pem");
	key = scratch_path("server.key");
	context = peer_context((struct tls_settings){
		.certificate = pem.s,
		.key = key.s,
	});
	test_strange(context);
	for (int v = TLS1_2_VERSION; v <= TLS1_3_VERSION; v++) {
		test_steps(context, v);
		for (size_t i = 0; i < COUNT(sizes); i++)
			test_answer(context, v, sizes[i]);
		test_tickets(context, v);
	}
	test_ends(context);
	test_floods(context);
	test_memory(context);
	test_context_gone(context);
	return tap_done();
}
