/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "agent/doors.h"
#include "agent/timer.h"

enum {
	ACCEPT_MAX = 64, /* in a row, before others have their turn */
	BACKLOG_MAX = 65536, /* that any kernel has */
};

/* Without descriptors or memory a connection would be announced for ever. */
#define PAUSE_SECONDS 0.1

/* 0 or errno. */
static int
accept_one(struct doors *d, int listener)
{
	struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof peer;
	int fd = accept4(listener, (struct sockaddr *)&peer, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return errno;
	d->enter(d->arg, fd, (struct sockaddr *)&peer);
	return 0;
}

/* 0 if none is left, or as many as were asked for have come; else errno. */
static int
accept_all(struct doors *d, int listener, int most)
{
	for (int i = 0; i < most; i++) {
		int why = accept_one(d, listener);

		if (why == EAGAIN || why == EWOULDBLOCK)
			return 0;
		if (why != 0 && why != ECONNABORTED && why != EINTR &&
		    !d->crowded(d->arg, why))
			return why;
	}
	return 0;
}

static void
on_connection(evutil_socket_t listener, short what, void *arg)
{
	struct doors *d = arg;

	(void)what;
	if (accept_all(d, listener, ACCEPT_MAX) == 0)
		return;
	for (size_t i = 0; i < LISTENERS_MAX; i++) {
		if (d->open[i] != NULL)
			(void)event_del(d->open[i]);
	}
	timer_set(&d->pause, deadline_now() + PAUSE_SECONDS);
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct doors *d = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < LISTENERS_MAX; i++) {
		if (d->open[i] != NULL)
			(void)event_add(d->open[i], NULL);
	}
}

static void
shut(struct doors *d, size_t i)
{
	/* First: as others have it open, too, epoll would keep it. */
	(void)event_del(d->open[i]);
	close(event_get_fd(d->open[i]));
	event_free(d->open[i]);
	d->open[i] = NULL;
}

void
doors_shut(struct doors *d)
{
	for (size_t i = 0; i < LISTENERS_MAX; i++) {
		if (d->open[i] == NULL)
			continue;
		(void)accept_all(d, event_get_fd(d->open[i]), BACKLOG_MAX);
		shut(d, i);
	}
}

static void
on_leave(evutil_socket_t fd, short what, void *arg)
{
	struct doors *d = arg;

	(void)fd;
	(void)what;
	doors_shut(d);
	d->all_shut(d->arg);
}

bool
doors_open(struct doors *d, struct event_base *base, const struct listeners *l)
{
	(void)event_assign(&d->pause, base, -1, 0, on_pause_over, d);
	(void)event_assign(&d->leave, base, -1, 0, on_leave, d);
	for (size_t i = 0; i < l->count; i++) {
		d->open[i] = event_new(base, l->all[i].fd,
		    EV_READ | EV_PERSIST, on_connection, d);
		if (d->open[i] == NULL || event_add(d->open[i], NULL) < 0)
			return false;
	}
	return true;
}

void
doors_leave(struct doors *d, uint32_t kept)
{
	for (size_t i = 0; i < LISTENERS_MAX; i++) {
		if (d->open[i] != NULL && (kept >> i & 1) != 0)
			shut(d, i);
	}
	timer_set(&d->leave, deadline_now() +
	    (doors_any(d) ? DOORS_LEAVE_SECONDS : 0));
}

bool
doors_any(const struct doors *d)
{
	for (size_t i = 0; i < LISTENERS_MAX; i++) {
		if (d->open[i] != NULL)
			return true;
	}
	return false;
}

void
doors_free(struct doors *d)
{
	for (size_t i = 0; i < LISTENERS_MAX; i++) {
		if (d->open[i] != NULL)
			shut(d, i);
	}
	if (event_initialized(&d->pause)) {
		(void)event_del(&d->pause);
		(void)event_del(&d->leave);
	}
}
