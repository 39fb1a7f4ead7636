/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/samples.h"
#include "common/window.h"
#include "plugins/host/cpu_interval.h"

/* One run's work: the two stores, and what was read. */
struct work {
	const struct run *run;
	const struct cpu_question *question;
	struct samples totals, cores;
	struct cpu_counters then;
	double then_at, now_at;
};

static int
read_now(struct work *w, struct cpu_interval *cpu, struct error *err)
{
	long n;

	w->now_at = w->run->uptime(w->run);
	if (cpu_read(w->run, w->question->cgroup, &cpu->now, err) < 0)
		return -1;
	if (!w->question->per_core)
		return 0;
	n = cpu_read_cores(w->run, &cpu->cores, err);
	if (n < 0)
		return -1;
	cpu->core_count = (size_t)n;
	return 0;
}

/* The sample to compare with, if the counters went on from there. */
static bool
recall_total(struct work *w, const struct cpu_interval *cpu)
{
	const struct sample *s =
	    samples_youngest(&w->totals, w->now_at, SAMPLES_MIN_AGE);

	if (s == NULL || s->size != sizeof w->then)
		return false;
	memcpy(&w->then, s->data, sizeof w->then);
	w->then_at = s->at;
	return cpu_follows(&w->then, &cpu->now);
}

static bool
recall_cores(struct work *w, struct cpu_interval *cpu, struct error *err)
{
	const struct sample *s =
	    samples_youngest(&w->cores, w->now_at, SAMPLES_MIN_AGE);

	if (s == NULL || s->size == 0 || s->size % sizeof *cpu->earlier != 0)
		return false;
	cpu->earlier = malloc(s->size);
	if (cpu->earlier == NULL) {
		error_set(err, "out of memory");
		return false;
	}
	memcpy(cpu->earlier, s->data, s->size);
	cpu->earlier_count = s->size / sizeof *cpu->earlier;
	return true;
}

/* Makes what was just read the earlier of two readings. */
static int
read_again(struct work *w, const struct report *r, struct cpu_interval *cpu,
    struct error *err)
{
	cpu->sampled = true;
	w->then = cpu->now;
	w->then_at = w->now_at;
	free(cpu->earlier);
	cpu->earlier = cpu->cores;
	cpu->earlier_count = cpu->core_count;
	cpu->cores = NULL;
	cpu->core_count = 0;

	run_publish(w->run, r, "taking two samples");
	w->run->sleep(w->run, SAMPLES_PAUSE);
	return read_now(w, cpu, err);
}

static void
keep(struct work *w, struct cpu_interval *cpu)
{
	samples_add(&w->totals, w->now_at, &cpu->now, sizeof cpu->now);
	if (cpu->core_count > 0)
		samples_add(&w->cores, w->now_at, cpu->cores,
		    cpu->core_count * sizeof *cpu->cores);
	cpu->why = w->totals.why;
}

static int
compare(struct work *w, struct cpu_interval *cpu, struct error *err)
{
	const struct cpu_question *q = w->question;
	bool passed;

	cpu->seconds = w->now_at - w->then_at;
	passed = cpu_compare(&w->then, &cpu->now, cpu->seconds, &cpu->rates);
	cpu->now.busy = cpu->rates.busy;
	cpu->held = window_held(&w->totals, w->now_at, q->damping,
	    offsetof(struct cpu_counters, busy), cpu->rates.busy, q->warn,
	    q->crit);
	keep(w, cpu);
	if (!passed)
		return error_set(err, "%s/stat: no processor time passed "
		    "within %.1f s", w->run->procfs, cpu->seconds);
	return 0;
}

static int
measure(struct work *w, const struct report *r, struct cpu_interval *cpu,
    struct error *err)
{
	bool recalled;

	if (read_now(w, cpu, err) < 0)
		return -1;
	recalled = recall_total(w, cpu) &&
	    (cpu->core_count == 0 || recall_cores(w, cpu, err));
	if (!recalled && read_again(w, r, cpu, err) < 0)
		return -1;
	return compare(w, cpu, err);
}

int
cpu_interval_measure(const struct run *run, const struct cpu_question *q,
    const struct report *r, struct cpu_interval *out, struct error *err)
{
	struct work w = { .run = run, .question = q };
	int rc;

	*out = (struct cpu_interval){ 0 };
	samples_open(&w.totals, run, "cpu", q->cgroup, CPU_SCHEMA);
	if (q->per_core)
		samples_open(&w.cores, run, "cpu-cores", "", CPU_SCHEMA);
	rc = measure(&w, r, out, err);
	if (q->per_core)
		samples_close(&w.cores);
	samples_close(&w.totals);
	if (rc < 0)
		cpu_interval_free(out);
	return rc;
}

void
cpu_interval_free(struct cpu_interval *cpu)
{
	free(cpu->cores);
	free(cpu->earlier);
	cpu->cores = cpu->earlier = NULL;
}
