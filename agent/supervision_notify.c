/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What systemd hears of the supervisor and its generations. */
#include "config.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "agent/message.h"
#include "agent/supervision.h"
#include "common/buf.h"
#include "common/escape.h"
#include "common/run.h"

/*
 * Parts of the watchdog's time: till it is fed again, and till, if nothing came
 * of a probe, there is another.
 */
#define FEED_PART 0.5
#define RETRY_PART 0.1

/* A line's worth: systemctl shows it on one. */
struct line {
	char text[1024];
};

static struct line
one_line(const char *text)
{
	struct line line;
	struct buf b = buf_on(line.text, sizeof line.text);

	escape_line(&b, text);
	return line;
}

/* Not while another reload is to come: that one's end is what is waited for. */
static const char *
ready(const struct supervisor *s)
{
	return s->reload_wanted ? "" : "READY=1\n";
}

/* "port 5666", or all ports where they differ, as they may with systemd's. */
static void
put_ports(struct buf *b, const struct listeners *l)
{
	const char *before = "";

	for (size_t i = 0; i < l->count; i++) {
		const char *port = strrchr(l->all[i].text, ':') + 1;

		if (strcmp(port, before) != 0)
			buf_fmt(b, ", port %s", port);
		before = port;
	}
}

void
supervision_tell_ready(struct supervisor *s, const struct generation *g)
{
	size_t n = g->settings->command_count;
	struct line line;
	struct buf b = buf_on(line.text, sizeof line.text);

	if (!s->plan->foreground)
		buf_fmt(&b, "MAINPID=%ld\n", (long)getpid());
	buf_fmt(&b, "STATUS=ready: %zu command%s, %s", n, n == 1 ? "" : "s",
	    s->plan->plain || !g->settings->tls ? "no TLS" : "TLS");
	put_ports(&b, &g->listeners);
	notify_send(&s->notify, "%s%s", ready(s), line.text);
}

void
supervision_tell_refused(struct supervisor *s, const char *why)
{
	notify_send(&s->notify, "%sSTATUS=reload refused: %s", ready(s),
	    one_line(why).text);
}

void
supervision_tell_reloading(struct supervisor *s)
{
	notify_send(&s->notify, "RELOADING=1\nMONOTONIC_USEC=%lld\n"
	    "STATUS=reloading", notify_now());
}

void
supervision_tell_ending(struct supervisor *s)
{
	notify_send(&s->notify, "STOPPING=1\nSTATUS=ending");
}

void
supervision_tell_failed(struct supervisor *s, const char *why)
{
	/* Where it is a file's fault, the first one's is the one to mend. */
	if (s->complaint.text[0] != '\0')
		why = s->complaint.text;
	notify_send(&s->notify, "STATUS=not started: %s", one_line(why).text);
}

/* --- the watchdog --- */

double
supervision_probe(struct supervisor *s, double now)
{
	struct probe *p = &s->probe;
	struct message m = { .type = MESSAGE_PROBE };

	if (s->notify.watchdog <= 0 || !s->current->ready || s->ending)
		return now + 3600;
	if (now < p->due)
		return p->due;
	/* One that was lost with its gatekeeper is asked for once more. */
	p->number += !p->open;
	p->open = true;
	p->due = now + s->notify.watchdog * RETRY_PART;
	m.number = p->number;
	if (s->current->up && s->current->control >= 0)
		(void)message_send(s->current->control, &m, NULL, 0, -1);
	return p->due;
}

void
supervision_take_alive(struct supervisor *s, const struct generation *g,
    uint32_t number)
{
	struct probe *p = &s->probe;

	if (g != s->current || !p->open || number != p->number)
		return;
	p->open = false;
	p->due = deadline_now() + s->notify.watchdog * FEED_PART;
	notify_send(&s->notify, "WATCHDOG=1");
}
