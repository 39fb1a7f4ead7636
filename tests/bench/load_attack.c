/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/load.h"

enum {
	EVENTS = 64,
	TICK = 50, /* ms */
	SOURCES = 8,
	FIRST_SOURCE = 2, /* 127.0.0.2 */
};

/* How a query over TLS and a plain one begin: nothing is wrong with them. */
static const uint8_t hello[] = { 0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3 };
static const uint8_t query[] = { 0, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4 };

struct attacker {
	struct sockaddr_in from;
	int fd; /* -1: could not be opened */
	bool dribbles;
	size_t sent;
	double next; /* byte */
};

struct attack {
	const struct load_options *options;
	const struct sockaddr_in *to;
	int poll;
	size_t count;
	struct attacker *all;
	uint64_t opened, cut, failed;
};

static void
attacker_open(struct attack *a, struct attacker *one)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLRDHUP,
		.data.ptr = one,
	};

	one->sent = 0;
	one->next = load_now() + 1;
	one->fd = load_connect(a->to, &one->from);
	if (one->fd < 0 ||
	    epoll_ctl(a->poll, EPOLL_CTL_ADD, one->fd, &event) < 0) {
		if (one->fd >= 0)
			close(one->fd);
		one->fd = -1;
		a->failed++;
		return;
	}
	a->opened++;
}

static void
attacker_cut(struct attack *a, struct attacker *one)
{
	close(one->fd);
	a->cut++;
	attacker_open(a, one);
}

static void
attacker_tick(struct attack *a, struct attacker *one, double now)
{
	const uint8_t *bytes = a->options->plain ? query : hello;
	size_t n = a->options->plain ? sizeof query : sizeof hello;
	uint8_t byte;

	if (one->fd < 0) {
		attacker_open(a, one);
		return;
	}
	if (!one->dribbles || now < one->next)
		return;
	byte = one->sent < n ? bytes[one->sent] : 0;
	if (send(one->fd, &byte, 1, MSG_NOSIGNAL) < 0 && errno != EAGAIN) {
		attacker_cut(a, one);
		return;
	}
	one->sent++;
	one->next += 1;
}

static bool
attack_open(struct attack *a)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

	a->count = (size_t)(a->options->idle + a->options->dribble);
	a->all = calloc(a->count, sizeof *a->all);
	a->poll = epoll_create1(EPOLL_CLOEXEC);
	if (a->all == NULL || a->poll < 0)
		return false;
	/* Of a file nobody can wait for the end: then time alone counts. */
	(void)epoll_ctl(a->poll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
	for (size_t i = 0; i < a->count; i++) {
		a->all[i].from.sin_family = AF_INET;
		a->all[i].from.sin_addr.s_addr = htonl((uint32_t)
		    (INADDR_LOOPBACK - 1 + FIRST_SOURCE + i % SOURCES));
		a->all[i].dribbles = i >= (size_t)a->options->idle;
		attacker_open(a, &a->all[i]);
	}
	return true;
}

static bool
stdin_ended(void)
{
	char bytes[512];

	return read(STDIN_FILENO, bytes, sizeof bytes) <= 0;
}

static void
attack_go_on(struct attack *a)
{
	double end = load_now() + a->options->seconds, next = 0, now;
	struct epoll_event events[EVENTS];
	bool over = false;

	while (!over && (now = load_now()) < end) {
		int n = epoll_wait(a->poll, events, EVENTS, TICK);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL)
				over = stdin_ended();
			else
				attacker_cut(a, events[i].data.ptr);
		}
		for (size_t i = 0; now >= next && i < a->count; i++)
			attacker_tick(a, &a->all[i], now);
		if (now >= next)
			next = now + TICK / 1e3;
	}
}

static void
attack_close(struct attack *a)
{
	for (size_t i = 0; a->all != NULL && i < a->count; i++) {
		if (a->all[i].fd >= 0)
			close(a->all[i].fd);
	}
	free(a->all);
	if (a->poll >= 0)
		close(a->poll);
}

int
load_attack(const struct load_options *options, const struct sockaddr_in *to)
{
	struct attack a = { .options = options, .to = to };
	bool opened = attack_open(&a);

	if (opened) {
		(void)puts("attacking");
		(void)fflush(stdout);
		attack_go_on(&a);
		(void)printf("opened=%ju cut=%ju failed=%ju\n",
		    (uintmax_t)a.opened, (uintmax_t)a.cut,
		    (uintmax_t)a.failed);
	} else {
		(void)fputs("nrpe_load: out of memory\n", stderr);
	}
	attack_close(&a);
	return opened ? 0 : 2;
}
