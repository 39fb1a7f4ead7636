/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "plugins/host/cgroup.h"
#include "plugins/host/cpu.h"

/* "some avg10=... avg60=... avg300=... total=MICROSECONDS", Linux 4.20 on. */
static void
read_pressure(const struct run *run, struct cpu_counters *c)
{
	struct run_path path = run_path(run->procfs, "pressure/cpu");
	char text[512];
	struct error err;

	if (file_read(path.s, text, sizeof text, &err) == 0 &&
	    sscanf(text, "some avg10=%*f avg60=%*f avg300=%*f total=%" SCNu64,
	    &c->pressure) == 1)
		c->has_pressure = 1;
}

int
cpu_read(const struct run *run, const char *cgroup, struct cpu_counters *out,
    struct error *err)
{
	struct cgroup_cpu quota;

	*out = (struct cpu_counters){ 0 };
	if (cputimes_read(run, &out->times, err) < 0 ||
	    cgroup_read_cpu(run, cgroup, &quota, err) < 0)
		return -1;
	out->has_quota = quota.has_quota;
	out->periods = quota.periods;
	out->throttled = quota.throttled;
	read_pressure(run, out);
	return 0;
}

static uint64_t
working(const struct cputimes *t)
{
	return t->user + t->nice + t->system + t->irq + t->softirq;
}

long
cpu_read_cores(const struct run *run, struct cpu_core **out,
    struct error *err)
{
	struct cputimes_core *cores;
	long n = cputimes_read_cores(run, &cores, err);

	if (n <= 0) {
		if (n == 0)
			free(cores);
		return n;
	}
	*out = calloc((size_t)n, sizeof **out);
	for (long i = 0; *out != NULL && i < n; i++) {
		const struct cputimes *t = &cores[i].times;
		uint64_t busy = working(t) + t->steal;

		(*out)[i] = (struct cpu_core){
			.number = cores[i].number,
			.busy = busy,
			.total = busy + t->idle + t->iowait,
		};
	}
	free(cores);
	return *out == NULL ? error_set(err, "out of memory") : n;
}

bool
cpu_follows(const struct cpu_counters *a, const struct cpu_counters *b)
{
	return working(&b->times) >= working(&a->times);
}

/* Counters may fall a little, or for good: never a negative rate. */
static double
grown(uint64_t a, uint64_t b)
{
	return b > a ? (double)(b - a) : 0;
}

/* The part of outer's growth that is not inner's. */
static double
grown_without(double outer, double inner)
{
	return outer > inner ? outer - inner : 0;
}

static double
share_of(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

bool
cpu_compare(const struct cpu_counters *a, const struct cpu_counters *b,
    double seconds, struct cpu_rates *out)
{
	const struct cputimes *s = &a->times, *t = &b->times;
	double user = grown(s->user, t->user), nice = grown(s->nice, t->nice);
	double guest = grown(s->guest, t->guest);
	double guest_nice = grown(s->guest_nice, t->guest_nice);
	double system = grown(s->system, t->system);
	double irq = grown(s->irq, t->irq) + grown(s->softirq, t->softirq);
	double steal = grown(s->steal, t->steal);
	double iowait = grown(s->iowait, t->iowait);
	double busy = user + nice + system + irq + steal;
	double total = busy + iowait + grown(s->idle, t->idle);

	if (!(total > 0))
		return false;
	*out = (struct cpu_rates){
		.busy = share_of(busy, total),
		.user = share_of(grown_without(user, guest), total),
		.nice = share_of(grown_without(nice, guest_nice), total),
		.guest = share_of(guest + guest_nice, total),
		.system = share_of(system, total),
		.irq = share_of(irq, total),
		.steal = share_of(steal, total),
		.iowait = share_of(iowait, total),
		.throttled = -1,
		.pressure = -1,
	};
	if (a->has_quota && b->has_quota)
		out->throttled = share_of(grown(a->throttled, b->throttled),
		    grown(a->periods, b->periods));
	if (a->has_pressure && b->has_pressure && seconds > 0)
		out->pressure = share_of(grown(a->pressure, b->pressure),
		    seconds * 1e6);
	if (out->pressure > 100)
		out->pressure = 100; /* the clocks differ by a little */
	return true;
}

static int
by_number(const void *a, const void *b)
{
	const struct cpu_core *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

double
cpu_compare_core(const struct cpu_core *earlier, size_t n,
    const struct cpu_core *b)
{
	const struct cpu_core *a = n == 0 ? NULL :
	    bsearch(b, earlier, n, sizeof *b, by_number);

	/* One that was switched off meanwhile may have begun anew. */
	if (a == NULL || b->total <= a->total || b->busy < a->busy)
		return -1;
	return share_of((double)(b->busy - a->busy),
	    (double)(b->total - a->total));
}
