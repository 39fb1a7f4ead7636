/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_cpu - how busy the processors were since an earlier run
 *
 * Busy is all time but idle and iowait: time stolen by the hypervisor was
 * wanted and not had. Waiting for disks is no work of the processor, so iowait
 * alarms only if asked to.
 */
#include "config.h"

#include "common/check.h"
#include "common/samples.h"
#include "plugins/host/cgroup.h"
#include "plugins/host/cpu_interval.h"
#include "plugins/host/cpu_judge.h"
#include "plugins/host/procs.h"

struct config {
	struct cpu_policy policy;
	bool per_core;
	uint64_t processes; /* to name when it alarms */
};

static const struct config defaults = {
	.policy = {
		.busy = { .warn = RANGE_MAX(70), .crit = RANGE_MAX(90) },
		.cgroup = "",
	},
	.processes = 3,
};

static const struct opt opts[] = {
	OPT('w', "warning", struct config, policy.busy.warn,
	    "warn if the percentage busy is outside this range",
	    .units = UNITS_PERCENT),
	OPT('c', "critical", struct config, policy.busy.crit,
	    "alarm if the percentage busy is outside this range",
	    .units = UNITS_PERCENT),
	OPT(0, "iowait-warning", struct config, policy.iowait.warn,
	    "warn about the percentage idle while disks were waited for",
	    .units = UNITS_PERCENT),
	OPT(0, "iowait-critical", struct config, policy.iowait.crit,
	    "alarm about it", .units = UNITS_PERCENT),
	OPT(0, "steal-warning", struct config, policy.steal.warn,
	    "warn about the percentage that the hypervisor took",
	    .units = UNITS_PERCENT),
	OPT(0, "steal-critical", struct config, policy.steal.crit,
	    "alarm about it", .units = UNITS_PERCENT),
	OPT(0, "throttled-warning", struct config, policy.throttled.warn,
	    "warn about the percentage of periods in which the cgroup's quota "
	    "was used up", .units = UNITS_PERCENT),
	OPT(0, "throttled-critical", struct config, policy.throttled.crit,
	    "alarm about it", .units = UNITS_PERCENT),
	OPT(0, "pressure-warning", struct config, policy.pressure.warn,
	    "warn about the percentage of time in which something waited for "
	    "a processor", .units = UNITS_PERCENT),
	OPT(0, "pressure-critical", struct config, policy.pressure.crit,
	    "alarm about it", .units = UNITS_PERCENT),
	OPT(0, "per-core", struct config, per_core,
	    "show each core by itself"),
	OPT(0, "core-warning", struct config, policy.core.warn,
	    "warn if any core's percentage busy is outside this range",
	    .units = UNITS_PERCENT),
	OPT(0, "core-critical", struct config, policy.core.crit,
	    "alarm if any core's is", .units = UNITS_PERCENT),
	OPT(0, "for", struct config, policy.damping,
	    "alarm only if it was that busy for this long, at most 2h",
	    .units = UNITS_TIME, .least = 0, .most = SAMPLES_SPAN),
	OPT(0, "cgroup", struct config, policy.cgroup,
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

	if (cfg->policy.core.warn.set || cfg->policy.core.crit.set)
		cfg->per_core = true;
	if (range_check_order(&cfg->policy.busy.warn, &cfg->policy.busy.crit,
	    &defaults.policy.busy.warn, err) < 0)
		return -1;
	return cgroup_check_path(cfg->policy.cgroup, err);
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
		buf_fmt(summary, "; busiest: %s %.1f%% of a CPU",
		    proc_text(&procs.all[0]).s, procs.all[0].percent);
	procs_note_busy(&procs, (size_t)cfg->processes, r);
	procs_free(&procs);
}

static int
run_check(const void *config, struct run *run, struct report *r,
    struct error *err)
{
	const struct config *cfg = config;
	const struct cpu_question question = {
		.cgroup = cfg->policy.cgroup,
		.per_core = cfg->per_core,
		.damping = cfg->policy.damping,
		.warn = &cfg->policy.busy.warn,
		.crit = &cfg->policy.busy.crit,
	};
	struct cpu_interval cpu;
	char text[1024];
	struct buf summary = buf_on(text, sizeof text);
	enum status status;

	if (cpu_interval_measure(run, &question, r, &cpu, err) < 0)
		return -1;
	status = cpu_judge(&cfg->policy, &cpu, r, &summary);
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
