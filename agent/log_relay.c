/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records on their way to the supervisor, and there. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "agent/log.h"
#include "agent/log_internal.h"
#include "common/buf.h"

/* --- of all others --- */

struct log
log_relay(int socket, bool debug)
{
	return (struct log){ .fd = socket, .relay = true, .debug = debug };
}

static int
send_datagram(const struct log *l, const char *bytes, size_t n)
{
	return send(l->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

void
log_wait_in(struct log *l, struct log_waiting *w)
{
	l->waiting = w;
}

void
log_flush(struct log *l)
{
	struct log_waiting *w = l->waiting;

	if (w == NULL || w->count == 0)
		return;
	if (send_datagram(l, w->bytes, w->len) < 0)
		l->dropped += w->count;
	w->count = 0;
	w->len = 0;
}

static void
wait_for_others(struct log *l, const char *record, size_t n)
{
	struct log_waiting *w = l->waiting;

	if (w->len + n > sizeof w->bytes)
		log_flush(l);
	memcpy(w->bytes + w->len, record, n);
	w->len += n;
	if (w->count++ == 0)
		w->told(w->arg);
}

int
log_send_record(struct log *l, int priority, const char *raw)
{
	char record[1 + LOG_RAW_SIZE];
	struct buf b = buf_on(record, sizeof record - 1);

	buf_char(&b, (char)priority);
	buf_str(&b, raw);
	record[b.len++] = '\0';
	if (l->waiting != NULL && priority >= LOG_INFO) {
		wait_for_others(l, record, b.len);
		return 0;
	}
	log_flush(l); /* in order */
	return send_datagram(l, record, b.len);
}

/* --- the supervisor's --- */

static void
put_record(struct log *l, const char *record)
{
	int priority = (unsigned char)record[0];

	/* Not even LOG_EMERG, which goes to every terminal. */
	if (priority < LOG_ERR || priority > LOG_DEBUG)
		priority = LOG_WARNING;
	log_put(l, priority, record + 1, true);
}

bool
log_take(struct log *l, int socket)
{
	char datagram[LOG_TOGETHER + 1];
	ssize_t n = recv(socket, datagram, sizeof datagram - 1, MSG_DONTWAIT);

	if (n <= 0)
		return false;
	datagram[n] = '\0';
	for (const char *at = datagram; at < datagram + n;
	    at += 1 + strlen(at + 1) + 1)
		put_record(l, at);
	return true;
}
