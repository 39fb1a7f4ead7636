/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/load.h"
#include "tests/nrpe_client.h"

enum {
	PIECES = 16, /* of a slow query */
};

int
load_connect(const struct sockaddr_in *to, const struct sockaddr_in *from)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0), on = 1;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	/* Else a port would be taken for all there is to connect to. */
	(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
	    sizeof on);
	if ((from->sin_family == AF_INET &&
	    bind(fd, (const struct sockaddr *)from, sizeof *from) < 0) ||
	    (connect(fd, (const struct sockaddr *)to, sizeof *to) < 0 &&
	    errno != EINPROGRESS)) {
		close(fd);
		return -1;
	}
	return fd;
}

void
load_client_prepare(struct load_client *c, struct load *load, int number)
{
	const char *pattern = load->options.command;
	const char *at = strstr(pattern, "%d");
	int before = at != NULL ? (int)(at - pattern) : (int)strlen(pattern);
	char text[512] = "", digits[16] = "";
	int n;

	if (at != NULL)
		(void)snprintf(digits, sizeof digits, "%d", number);
	n = snprintf(text, sizeof text, "%.*s%s%s", before, pattern, digits,
	    at != NULL ? at + 2 : "");
	if (n < 0 || (size_t)n >= sizeof text) {
		(void)fputs("nrpe_load: the command is too long\n", stderr);
		exit(2);
	}
	*c = (struct load_client){
		.load = load,
		.fd = -1,
		.answer = malloc(LOAD_ANSWER_MAX),
	};
	if (c->answer == NULL) {
		(void)fputs("nrpe_load: out of memory\n", stderr);
		exit(1);
	}
	nrpe_client_query(c->query, (int)load->options.version, text,
	    (size_t)n, sizeof c->query);
}

/* --- the end of a request --- */

static void
hang_up(struct load_client *c)
{
	static const struct linger reset = { .l_onoff = 1 };

	if (c->way != NULL && c->way->ending == LOAD_RESET)
		(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset,
		    sizeof reset);
	SSL_free(c->ssl);
	c->ssl = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->stage = LOAD_IDLE;
	c->load->active--;
	c->load->stats.ended = load_now();
}

static void
fail(struct load_client *c, enum load_error error)
{
	c->load->stats.errors[error]++;
	hang_up(c);
}

static enum load_error
judge(const struct load_client *c)
{
	const struct load_options *o = &c->load->options;
	struct nrpe_client_response r;
	const char *wrong = o->padded ?
	    nrpe_client_check(c->answer, c->len, &r) :
	    nrpe_client_read(c->answer, c->len, &r);

	if (wrong != NULL)
		return c->len == 0 ? LOAD_CLOSED : LOAD_PACKET;
	if (r.version != o->version)
		return LOAD_VERSION;
	if (r.result != o->result)
		return LOAD_RESULT;
	return strncmp(r.text, o->expect, strlen(o->expect)) == 0 ?
	    LOAD_ERRORS : LOAD_TEXT;
}

/* There is no more to come. in_order: with a close_notify, over TLS. */
static void
finish(struct load_client *c, bool in_order)
{
	struct load *load = c->load;
	enum load_error error = in_order ? judge(c) : LOAD_CLOSED;

	if (c->way != NULL)
		error = c->len > 0 && !c->way->raw ? LOAD_ANSWERED :
		    LOAD_ERRORS;
	if (error != LOAD_ERRORS) {
		fail(c, error);
		return;
	}
	load_stats_add(&load->stats, (c->answered > 0 ? c->answered :
	    load_now()) - c->begun);
	hang_up(c);
}

/* --- one step after the other; false: nothing to be done for now --- */

static void
await(struct load_client *c, bool to_write)
{
	struct epoll_event event = {
		.events = to_write ? EPOLLOUT : EPOLLIN,
		.data.ptr = c,
	};

	if (c->waits_to_write != to_write)
		(void)epoll_ctl(c->load->poll, EPOLL_CTL_MOD, c->fd, &event);
	c->waits_to_write = to_write;
}

static bool
shake(struct load_client *c)
{
	int rc;

	ERR_clear_error();
	rc = SSL_connect(c->ssl);
	if (rc == 1) {
		c->stage = LOAD_SENDING;
		await(c, false);
		return true;
	}
	switch (SSL_get_error(c->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		await(c, false);
		return false;
	case SSL_ERROR_WANT_WRITE:
		await(c, true);
		return false;
	default:
		fail(c, errno == ECONNREFUSED ? LOAD_CONNECT : LOAD_TLS);
		return false;
	}
}

/* Bytes sent, 0 if none can be now, -1. */
static ssize_t
put(struct load_client *c, const uint8_t *bytes, size_t n)
{
	ssize_t done;

	if (c->ssl == NULL) {
		done = write(c->fd, bytes, n);
		return done < 0 && errno == EAGAIN ? 0 : done;
	}
	ERR_clear_error();
	done = SSL_write(c->ssl, bytes, (int)n);
	return done > 0 ? done : SSL_get_error(c->ssl, (int)done) ==
	    SSL_ERROR_WANT_WRITE ? 0 : -1;
}

/* All is sent that is to be sent. */
static bool
stop_sending(struct load_client *c)
{
	if (c->way != NULL && c->way->ending >= LOAD_CLOSE) {
		finish(c, true);
		return false;
	}
	if (c->way != NULL && c->way->ending == LOAD_HALF) {
		if (c->ssl != NULL)
			(void)SSL_shutdown(c->ssl);
		(void)shutdown(c->fd, SHUT_WR);
	}
	c->stage = LOAD_READING;
	await(c, false);
	return true;
}

static bool
send_some(struct load_client *c)
{
	size_t size = c->way != NULL ? c->way->size : sizeof c->query;
	size_t n = size - c->sent, piece = sizeof c->query / PIECES;
	double slow = c->load->options.slow;
	uint8_t bytes[LOAD_QUERY_SIZE];
	ssize_t done;

	if (n == 0)
		return stop_sending(c);
	if (slow > 0 && load_now() < c->next_piece)
		return false;
	if (slow > 0 && n > piece)
		n = piece;
	memcpy(bytes, c->query + c->sent, n);
	if (c->way != NULL && c->way->spoilt >= 0 && slow <= 0)
		bytes[c->way->spoilt] ^= 0xff;
	done = put(c, bytes, n);
	if (done < 0) {
		fail(c, errno == ECONNREFUSED ? LOAD_CONNECT : LOAD_CLOSED);
		return false;
	}
	await(c, done == 0);
	c->sent += (size_t)done;
	c->next_piece = load_now() + slow;
	return done > 0;
}

static bool
take_plain(struct load_client *c)
{
	ssize_t n = read(c->fd, c->answer + c->len, LOAD_ANSWER_MAX - c->len);

	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0) {
		finish(c, n == 0);
		return false;
	}
	c->len += (size_t)n;
	c->answered = load_now();
	return true;
}

static bool
take_tls(struct load_client *c)
{
	size_t n;
	int rc;

	ERR_clear_error();
	rc = SSL_read_ex(c->ssl, c->answer + c->len, LOAD_ANSWER_MAX - c->len,
	    &n);
	if (rc == 1) {
		c->len += n;
		c->answered = load_now();
		return true;
	}
	switch (SSL_get_error(c->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return false;
	case SSL_ERROR_ZERO_RETURN:
		finish(c, true);
		return false;
	default:
		finish(c, false);
		return false;
	}
}

static bool
advance(struct load_client *c)
{
	switch (c->stage) {
	case LOAD_SHAKING:
		return shake(c);
	case LOAD_SENDING:
		return send_some(c);
	case LOAD_READING:
		if (c->len == LOAD_ANSWER_MAX) {
			fail(c, LOAD_PACKET);
			return false;
		}
		return c->ssl != NULL ? take_tls(c) : take_plain(c);
	default:
		return false;
	}
}

void
load_client_step(struct load_client *c)
{
	while (advance(c))
		continue;
}

/* --- the beginning --- */

static bool
open_tls(struct load_client *c)
{
	c->ssl = SSL_new(c->load->tls);
	if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1)
		return false;
	SSL_set_connect_state(c->ssl);
	c->stage = LOAD_SHAKING;
	return true;
}

void
load_client_begin(struct load_client *c)
{
	struct load *load = c->load;
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	int64_t most = load->options.requests;

	if (load->over || (most > 0 && load->begun >= (uint64_t)most))
		return;
	c->way = load->options.bad ? load_way_of(load->begun) : NULL;
	load->begun++;
	load->active++;
	c->begun = load_now();
	c->answered = c->next_piece = 0;
	c->sent = c->len = 0;
	c->waits_to_write = false;
	c->stage = LOAD_SENDING;
	c->fd = load_connect(&load->address, &load->source);
	if (c->fd < 0 ||
	    epoll_ctl(load->poll, EPOLL_CTL_ADD, c->fd, &event) < 0 ||
	    (load->tls != NULL && (c->way == NULL || !c->way->raw) &&
	    !open_tls(c))) {
		fail(c, LOAD_CONNECT);
		return;
	}
	load_client_step(c);
}

void
load_client_tick(struct load_client *c, double now)
{
	if (c->stage == LOAD_IDLE)
		load_client_begin(c);
	else if (now > c->begun + c->load->options.deadline)
		fail(c, LOAD_LATE);
	else if (c->stage == LOAD_SENDING && now >= c->next_piece)
		load_client_step(c);
}
