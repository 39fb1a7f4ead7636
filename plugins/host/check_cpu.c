/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_cpu - how busy the processors were since an earlier run
 *
 * Busy is all time but idle and iowait: time stolen by the hypervisor was
 * wanted and not had. Waiting for disks is no work of the processor, so iowait
 * alarms only if asked to.
 */
#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "common/check.h"
#include "common/samples.h"
#include "plugins/host/cgroup.h"
#include "plugins/host/cpu_interval.h"
#include "plugins/host/procs.h"

struct limits {
	struct range warn, crit; /* percent */
};

struct config {
	struct limits busy, iowait, steal, throttled, pressure, core;
	bool per_core;
	double damping; /* s */
	const char *cgroup;
	uint64_t processes; /* to name when it alarms */
};

static const struct config defaults = {
	.busy = { .warn = RANGE_MAX(70), .crit = RANGE_MAX(90) },
	.cgroup = "",
	.processes = 3,
};

static const struct opt opts[] = {
	OPT('w', "warning", struct config, busy.warn,
	    "warn if the percentage busy is outside this range",
	    .units = UNITS_PERCENT),
	OPT('c', "critical", struct config, busy.crit,
	    "alarm if the percentage busy is outside this range",
	    .units = UNITS_PERCENT),
	OPT(0, "iowait-warning", struct config, iowait.warn,
	    "warn about the percentage idle while disks were waited for",
	    .units = UNITS_PERCENT),
	OPT(0, "iowait-critical", struct config, iowait.crit,
	    "alarm about it", .units = UNITS_PERCENT),
	OPT(0, "steal-warning", struct config, steal.warn,
	    "warn about the percentage that the hypervisor took",
	    .units = UNITS_PERCENT),
	OPT(0, "steal-critical", struct config, steal.crit,
	    "alarm about it", .units = UNITS_PERCENT),
	OPT(0, "throttled-warning", struct config, throttled.warn,
	    "warn about the percentage of periods in which the cgroup's quota "
	    "was used up", .units = UNITS_PERCENT),
	OPT(0, "throttled-critical", struct config, throttled.crit,
	    "alarm about it", .units = UNITS_PERCENT),
	OPT(0, "pressure-warning", struct config, pressure.warn,
	    "warn about the percentage of time in which something waited for "
	    "a processor", .units = UNITS_PERCENT),
	OPT(0, "pressure-critical", struct config, pressure.crit,
	    "alarm about it", .units = UNITS_PERCENT),
	OPT(0, "per-core", struct config, per_core,
	    "show each core by itself"),
	OPT(0, "core-warning", struct config, core.warn,
	    "warn if any core's percentage busy is outside this range",
	    .units = UNITS_PERCENT),
	OPT(0, "core-critical", struct config, core.crit,
	    "alarm if any core's is", .units = UNITS_PERCENT),
	OPT(0, "for", struct config, damping,
	    "alarm only if it was that busy for this long, at most 2h",
	    .units = UNITS_TIME, .least = 0, .most = SAMPLES_SPAN),
	OPT(0, "cgroup", struct config, cgroup,
	    "look at the quota of this cgroup (system.slice/mariadb.service), "
	    "not of the topmost visible one", .metavar = "PATH"),
	OPT(0, "processes", struct config, processes,
	    "name that many of the busiest processes when it alarms"),
	OPT_END,
};

static int
prepare(void *config, struct error *err)
{
	struct config *cfg = config;

	if (cfg->core.warn.set || cfg->core.crit.set)
		cfg->per_core = true;
	return cgroup_check_path(cfg->cgroup, err);
}

struct part {
	const char *label;
	double value; /* percent; negative: not known */
	const struct limits *limits;
};

enum {
	PARTS_MAX = 10,
};

/* What busy consists of and what goes beside it, in the order of perfdata. */
static size_t
list_parts(const struct config *cfg, const struct cpu_rates *rates,
    struct part parts[PARTS_MAX])
{
	static const struct limits none = { 0 };
	const struct part all[] = {
		{ "busy", rates->busy, &cfg->busy },
		{ "user", rates->user, &none },
		{ "nice", rates->nice, &none },
		{ "system", rates->system, &none },
		{ "iowait", rates->iowait, &cfg->iowait },
		{ "irq", rates->irq, &none },
		{ "steal", rates->steal, &cfg->steal },
		{ "guest", rates->guest, &none },
		{ "throttled", rates->throttled, &cfg->throttled },
		{ "pressure", rates->pressure, &cfg->pressure },
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		if (all[i].value >= 0)
			parts[n++] = all[i];
	}
	return n;
}

/* A threshold on what this system does not count must not look like OK. */
static void
report_missing(const struct config *cfg, const struct cpu_rates *rates,
    struct report *r)
{
	if (rates->throttled < 0 &&
	    (cfg->throttled.warn.set || cfg->throttled.crit.set))
		report_line(r, STATUS_UNKNOWN, "throttling is not known: %s "
		    "cgroup has no quota (cpu.max)",
		    *cfg->cgroup != '\0' ? "the" : "the topmost");
	if (rates->pressure < 0 &&
	    (cfg->pressure.warn.set || cfg->pressure.crit.set))
		report_line(r, STATUS_UNKNOWN, "pressure is not known: this "
		    "kernel has no /proc/pressure/cpu");
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
judge_cores(const struct config *cfg, const struct cpu_interval *cpu,
    struct report *r, struct buf *reason)
{
	enum status worst = STATUS_OK;

	for (size_t i = 0; i < cpu->core_count; i++) {
		const struct cpu_core *core = &cpu->cores[i];
		char label[32];
		struct part part = { label, 0, &cfg->core };
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
put_summary(const struct config *cfg, const struct cpu_interval *cpu,
    enum status busy, struct buf *b)
{
	const struct cpu_rates *rates = &cpu->rates;

	buf_fmt(b, "%.1f%% busy", rates->busy);
	if (busy != STATUS_OK)
		buf_fmt(b, " (limit %s)", range_text(busy == STATUS_CRITICAL ?
		    &cfg->busy.crit : &cfg->busy.warn).s);
	else if (range_alerts(&cfg->busy.warn, rates->busy) ||
	    range_alerts(&cfg->busy.crit, rates->busy))
		buf_fmt(b, " (high, but not for %s)",
		    duration_text(cfg->damping).s);
	buf_fmt(b, " over %s: user %.1f%%, system %.1f%%, iowait %.1f%%",
	    duration_text(cpu->seconds).s, rates->user, rates->system,
	    rates->iowait);
	if (rates->steal >= 0.05)
		buf_fmt(b, ", steal %.1f%%", rates->steal);
	if (rates->throttled > 0)
		buf_fmt(b, ", throttled %.1f%%", rates->throttled);
}

/* Whether anything alarms; the rest of the summary goes to b. */
static enum status
judge(const struct config *cfg, const struct cpu_interval *cpu,
    struct report *r, struct buf *b)
{
	struct part parts[PARTS_MAX];
	size_t n = list_parts(cfg, &cpu->rates, parts);
	enum status busy = STATUS_OK, worst = STATUS_OK, status;
	char text[128];
	struct buf core = buf_on(text, sizeof text);

	for (size_t i = 0; i < n; i++) {
		status = judge_part(&parts[i], i == 0 && cfg->damping > 0,
		    cpu->held, r);
		worst = status_worse(worst, status);
		if (i == 0)
			busy = status;
		else if (status != STATUS_OK)
			put_reason(b, &parts[i], status);
	}
	worst = status_worse(worst, judge_cores(cfg, cpu, r, &core));
	add_feeds(&cpu->now.times, r);
	report_missing(cfg, &cpu->rates, r);

	buf_str(b, core.data);
	put_summary(cfg, cpu, busy, b);
	return worst;
}

static void
name_processes(const struct config *cfg, struct run *run, struct report *r,
    struct buf *summary)
{
	struct procs procs;
	struct error why;

	report_summary(r, "%s", summary->data);
	run_publish(run, r, "looking for the busiest processes");
	if (procs_read_busy(run, &procs, &why) < 0) {
		report_note(r, "processes are not known: %s", why.text);
		return;
	}
	if (procs.count > 0 && procs.all[0].percent > 0)
		buf_fmt(summary, "; busiest: %s", proc_text(&procs.all[0]).s);
	procs_note_busy(&procs, (size_t)cfg->processes, r);
	procs_free(&procs);
}

static int
run_check(const void *config, struct run *run, struct report *r,
    struct error *err)
{
	const struct config *cfg = config;
	const struct cpu_question question = {
		.cgroup = cfg->cgroup,
		.per_core = cfg->per_core,
		.damping = cfg->damping,
		.warn = &cfg->busy.warn,
		.crit = &cfg->busy.crit,
	};
	struct cpu_interval cpu;
	char text[1024];
	struct buf summary = buf_on(text, sizeof text);
	enum status status;

	if (cpu_interval_measure(run, &question, r, &cpu, err) < 0)
		return -1;
	status = judge(cfg, &cpu, r, &summary);
	if (cpu.sampled)
		report_note(r, "measured over two samples taken now: there is "
		    "no earlier one at least %s old%s%s",
		    duration_text(SAMPLES_MIN_AGE).s,
		    cpu.why.text[0] != '\0' ? "; none can be kept: " : "",
		    cpu.why.text);
	if (status != STATUS_OK && cfg->processes > 0)
		name_processes(cfg, run, r, &summary);
	report_summary(r, "%s", summary.data);
	cpu_interval_free(&cpu);
	return 0;
}

const struct check check_cpu = {
	.name = "cpu",
	.title = "Processor usage",
	.about = "Judges how busy the processors were since an earlier run, "
	    "half a minute ago or\nmore; without one, over a second.",
	.opts = opts,
	.defaults = &defaults,
	.config_size = sizeof defaults,
	.flags = CHECK_RESIDENT,
	.prepare = prepare,
	.run = run_check,
};

CHECK_MAIN(check_cpu)
