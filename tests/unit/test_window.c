/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "common/window.h"
#include "tests/tap.h"

struct data {
	double value;
	uint64_t count;
};

/* One sample a minute, up to five; the newest is at the time 10000. */
static void
fill(struct samples *s, const struct data *data, size_t n)
{
	*s = (struct samples){ .count = n };
	for (size_t i = 0; i < n; i++)
		s->all[i] = (struct sample){
			.at = 10000 - 60 * (double)(n - 1 - i),
			.data = &data[i],
			.size = sizeof data[i],
		};
}

static const struct {
	const char *what;
	uint64_t earlier[5];
	size_t n;
	double now, span;
	uint64_t current, events;
	double covered;
} counts[] = {
	{ "no history, but none ever", { 0 }, 0, 10060, 3600, 0, 0, 3600 },
	{ "no history, some once", { 0 }, 0, 10060, 3600, 4, 0, 0 },
	{ "booted within the window", { 0 }, 0, 3000, 3600, 4, 4, 3600 },
	{ "none within it", { 4, 4, 4, 4, 4 }, 5, 10060, 240, 4, 0, 240 },
	{ "all within it", { 4, 4, 4, 4, 4 }, 5, 10060, 240, 6, 2, 240 },
	{ "one of two", { 4, 5, 5, 5, 5 }, 5, 10060, 200, 6, 1, 200 },
	{ "history shorter than the window", { 4, 5, 5, 5, 5 }, 5, 10060,
	    3600, 6, 2, 300 },
	{ "a counter that began anew", { 9, 9, 9, 9, 9 }, 5, 10060, 240, 2, 2,
	    240 },
};

static void
test_count(void)
{
	for (size_t i = 0; i < COUNT(counts); i++) {
		struct data data[5];
		struct samples s;
		struct window w;

		for (size_t j = 0; j < 5; j++)
			data[j] = (struct data){ 0, counts[i].earlier[j] };
		fill(&s, data, counts[i].n);
		w = window_count(&s, counts[i].now, counts[i].span,
		    offsetof(struct data, count), counts[i].current);
		tap_int((long long)w.events, (long long)counts[i].events,
		    counts[i].what);
		tap_num(w.covered, counts[i].covered, "the time covered");
	}
}

static const struct {
	const char *what;
	double earlier[5];
	size_t n;
	double span, current;
	enum status held;
} holds[] = {
	{ "alone it is not held", { 0 }, 0, 300, 99, STATUS_OK },
	{ "asked less often than that", { 10, 10, 10, 10, 99 }, 5, 30, 99,
	    STATUS_CRITICAL },
	{ "asked less often, and good before", { 99, 99, 99, 99, 10 }, 5, 30,
	    99, STATUS_OK },
	{ "bad all the time", { 99, 99, 99, 99, 99 }, 5, 300, 99,
	    STATUS_CRITICAL },
	{ "as bad as the mildest", { 99, 85, 99, 99, 99 }, 5, 300, 99,
	    STATUS_WARNING },
	{ "good once", { 99, 99, 10, 99, 99 }, 5, 300, 99, STATUS_OK },
	{ "good before that time", { 10, 10, 99, 99, 99 }, 5, 200, 99,
	    STATUS_CRITICAL },
	{ "good again", { 99, 99, 99, 99, 99 }, 5, 300, 10, STATUS_OK },
	{ "two are enough", { 99 }, 1, 300, 99, STATUS_CRITICAL },
};

static void
test_held(void)
{
	const struct range warn = RANGE_MAX(80), crit = RANGE_MAX(90);

	for (size_t i = 0; i < COUNT(holds); i++) {
		struct data data[5];
		struct samples s;

		for (size_t j = 0; j < 5; j++)
			data[j] = (struct data){ holds[i].earlier[j], 0 };
		fill(&s, data, holds[i].n);
		tap_int(window_held(&s, 10060, holds[i].span,
		    offsetof(struct data, value), holds[i].current, &warn,
		    &crit), holds[i].held, holds[i].what);
	}
}

int
main(void)
{
	test_count();
	test_held();
	return tap_done();
}
