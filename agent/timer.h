/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timer - an event at a time on the clock of deadline_now(), never before it */
#ifndef AGENT_TIMER_H
#define AGENT_TIMER_H

#include <event2/event.h>
#include <sys/time.h>

#include "common/run.h"

/* s; libevent's clock is a coarse one, behind by a tick of the kernel's. */
#define TIMER_TICK 0.01

/* Sets it anew, if it was set before. */
static inline void
timer_set(struct event *timer, double when)
{
	double left = when - deadline_now();
	struct timeval tv = { 0 };

	if (left > 0) {
		left += TIMER_TICK;
		tv.tv_sec = (time_t)left;
		tv.tv_usec = (suseconds_t)((left - (double)tv.tv_sec) * 1e6);
	}
	/* Else it counts from when this round of the loop began. */
	(void)event_base_update_cache_time(event_get_base(timer));
	(void)event_add(timer, &tv);
}

#endif
