/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <time.h>

#include "tests/bench/load.h"

static const char *const names[LOAD_ERRORS] = {
	[LOAD_CONNECT] = "connect",
	[LOAD_TLS] = "tls",
	[LOAD_CLOSED] = "closed",
	[LOAD_LATE] = "late",
	[LOAD_PACKET] = "packet",
	[LOAD_VERSION] = "version",
	[LOAD_RESULT] = "result",
	[LOAD_TEXT] = "text",
	[LOAD_ANSWERED] = "answered",
};

static const double step = 1.01;

double
load_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void
load_stats_add(struct load_stats *s, double seconds)
{
	double at = seconds > 1e-6 ? log(seconds * 1e6) / log(step) : 0;

	s->buckets[at < LOAD_BUCKETS - 1 ? (size_t)at : LOAD_BUCKETS - 1]++;
	if (seconds > s->longest)
		s->longest = seconds;
	s->done++;
}

/* In ms: what that share of all requests took at most. */
static double
quantile(const struct load_stats *s, double share)
{
	double rank = share * (double)s->done, sum = 0;
	size_t i = 0;

	while (i < LOAD_BUCKETS - 1 &&
	    (sum += (double)s->buckets[i]) < rank)
		i++;
	return pow(step, (double)i + 0.5) / 1e3;
}

bool
load_stats_print(const struct load_stats *s, FILE *out)
{
	double seconds = s->ended - s->started;
	uint64_t errors = 0;

	for (size_t i = 0; i < LOAD_ERRORS; i++)
		errors += s->errors[i];
	(void)fprintf(out, "requests=%ju seconds=%.3f rate=%.1f errors=%ju",
	    (uintmax_t)s->done, seconds, seconds > 0 ?
	    (double)s->done / seconds : 0, (uintmax_t)errors);
	for (size_t i = 0; i < LOAD_ERRORS; i++)
		(void)fprintf(out, " %s=%ju", names[i],
		    (uintmax_t)s->errors[i]);
	(void)fprintf(out, " p50=%.3f p90=%.3f p99=%.3f max=%.3f\n",
	    quantile(s, 0.5), quantile(s, 0.9), quantile(s, 0.99),
	    s->longest * 1e3);
	return errors == 0;
}
