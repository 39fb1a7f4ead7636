/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "common/quantity.h"
#include "plugins/host/cpu_judge.h"

struct part {
	const char *label;
	double value; /* percent; negative: not known */
	const struct cpu_limits *limits;
};

enum {
	PARTS_MAX = 10,
};

/* What busy consists of and what goes beside it, in the order of perfdata. */
static size_t
list_parts(const struct cpu_policy *policy, const struct cpu_rates *rates,
    struct part parts[PARTS_MAX])
{
	static const struct cpu_limits none = { 0 };
	const struct part all[] = {
		{ "busy", rates->busy, &policy->busy },
		{ "user", rates->user, &none },
		{ "nice", rates->nice, &none },
		{ "system", rates->system, &none },
		{ "iowait", rates->iowait, &policy->iowait },
		{ "irq", rates->irq, &none },
		{ "steal", rates->steal, &policy->steal },
		{ "guest", rates->guest, &none },
		{ "throttled", rates->throttled, &policy->throttled },
		{ "pressure", rates->pressure, &policy->pressure },
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		if (all[i].value >= 0)
			parts[n++] = all[i];
	}
	return n;
}

/* Without history nothing lasted long enough, ever: then it alarms at once. */
static bool
is_damped(const struct cpu_policy *policy, const struct cpu_interval *cpu)
{
	return policy->damping > 0 && cpu->why.text[0] == '\0';
}

/* A threshold on what this system does not count must not look like OK. */
static void
report_missing(const struct cpu_policy *policy, const struct cpu_interval *cpu,
    struct report *r)
{
	const struct cpu_rates *rates = &cpu->rates;

	if (rates->throttled < 0 &&
	    (policy->throttled.warn.set || policy->throttled.crit.set))
		report_line(r, STATUS_UNKNOWN, "throttling is not known: %s "
		    "cgroup has no quota (cpu.max)",
		    *policy->cgroup != '\0' ? "the" : "the topmost");
	if (rates->pressure < 0 &&
	    (policy->pressure.warn.set || policy->pressure.crit.set))
		report_line(r, STATUS_UNKNOWN, "pressure is not known: this "
		    "kernel has no /proc/pressure/cpu");
	if ((cpu->core_count == 0 || cpu->earlier_count == 0) &&
	    (policy->core.warn.set || policy->core.crit.set))
		report_line(r, STATUS_UNKNOWN, "no core is known by itself");
	if (policy->damping > 0 && !is_damped(policy, cpu))
		report_note(r, "cannot wait for %s before an alarm: %s",
		    duration_text(policy->damping).s, cpu->why.text);
}

static enum status
judge_part(const struct part *part, bool damped, enum status held,
    struct report *r)
{
	struct metric m = {
		.label = part->label,
		.unit = "%",
		.value = part->value,
		.warn = part->limits->warn,
		.crit = part->limits->crit,
		.max = 100,
		.capped = damped,
		.cap = held,
	};

	return report_metric(r, &m);
}

/* Ticks of each kind, which Munin and Prometheus make rates of. */
static void
add_feeds(const struct cputimes *t, struct report *r)
{
	const double hz = (double)sysconf(_SC_CLK_TCK);
	const struct {
		const char *label;
		uint64_t ticks;
	} feeds[] = {
		{ "user_time", t->user },
		{ "nice_time", t->nice },
		{ "system_time", t->system },
		{ "idle_time", t->idle },
		{ "iowait_time", t->iowait },
		{ "irq_time", t->irq },
		{ "softirq_time", t->softirq },
		{ "steal_time", t->steal },
		{ "guest_time", t->guest + t->guest_nice },
	};

	for (size_t i = 0; i < sizeof feeds / sizeof feeds[0]; i++) {
		struct metric m = {
			.label = feeds[i].label,
			.unit = "s",
			.value = (double)feeds[i].ticks / hz,
			.kind = METRIC_COUNTER,
		};

		report_metric(r, &m);
	}
}

/* Judges each core, and words the worst of them. */
static enum status
judge_cores(const struct cpu_policy *policy, const struct cpu_interval *cpu,
    struct report *r, struct buf *reason)
{
	enum status worst = STATUS_OK;

	for (size_t i = 0; i < cpu->core_count; i++) {
		const struct cpu_core *core = &cpu->cores[i];
		char label[32];
		struct part part = { label, 0, &policy->core };
		enum status status;

		part.value = cpu_compare_core(cpu->earlier, cpu->earlier_count,
		    core);
		if (part.value < 0)
			continue;
		(void)snprintf(label, sizeof label, "core%llu",
		    (unsigned long long)core->number);
		status = judge_part(&part, false, STATUS_OK, r);
		if (status == STATUS_OK ||
		    status_worse(worst, status) == worst)
			continue;
		worst = status;
		buf_cut(reason, 0);
		buf_fmt(reason, "%s %.1f%% busy; ", label, part.value);
	}
	return worst;
}

/* What alarms besides busy: "38.0% iowait (limit 30); " */
static void
put_reason(struct buf *b, const struct part *part, enum status status)
{
	const struct range *limit = status == STATUS_CRITICAL ?
	    &part->limits->crit : &part->limits->warn;

	buf_fmt(b, "%.1f%% %s (limit %s); ", part->value, part->label,
	    range_text(limit).s);
}

static void
put_summary(const struct cpu_policy *policy, const struct cpu_interval *cpu,
    enum status busy, struct buf *b)
{
	const struct cpu_rates *rates = &cpu->rates;

	buf_fmt(b, "%.1f%% busy", rates->busy);
	if (busy != STATUS_OK)
		buf_fmt(b, " (limit %s)", range_text(busy == STATUS_CRITICAL ?
		    &policy->busy.crit : &policy->busy.warn).s);
	else if (range_alerts(&policy->busy.warn, rates->busy) ||
	    range_alerts(&policy->busy.crit, rates->busy))
		buf_fmt(b, " (high, but not for %s)",
		    duration_text(policy->damping).s);
	buf_fmt(b, " over %s: user %.1f%%, system %.1f%%, iowait %.1f%%",
	    duration_text(cpu->seconds).s, rates->user, rates->system,
	    rates->iowait);
	if (rates->steal >= 0.05)
		buf_fmt(b, ", steal %.1f%%", rates->steal);
	if (rates->throttled > 0)
		buf_fmt(b, ", throttled %.1f%%", rates->throttled);
}

enum status
cpu_judge(const struct cpu_policy *policy, const struct cpu_interval *cpu,
    struct report *r, struct buf *b)
{
	struct part parts[PARTS_MAX];
	size_t n = list_parts(policy, &cpu->rates, parts);
	enum status busy = STATUS_OK, worst = STATUS_OK, status;
	char text[128];
	struct buf core = buf_on(text, sizeof text);

	for (size_t i = 0; i < n; i++) {
		status = judge_part(&parts[i], i == 0 && is_damped(policy, cpu),
		    cpu->held, r);
		worst = status_worse(worst, status);
		if (i == 0)
			busy = status;
		else if (status != STATUS_OK)
			put_reason(b, &parts[i], status);
	}
	worst = status_worse(worst, judge_cores(policy, cpu, r, &core));
	add_feeds(&cpu->now.times, r);
	report_missing(policy, cpu, r);

	buf_str(b, core.data);
	put_summary(policy, cpu, busy, b);
	return worst;
}
