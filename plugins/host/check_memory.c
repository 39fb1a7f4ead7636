/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_memory - physical memory that applications can no longer get
 *
 * Used is total minus available by the kernel's own estimate: page cache
 * counts as free, shared memory does not. Where a cgroup leaves less than the
 * host has, as in a container, that is what is judged.
 */
#include "config.h"

#include <stdint.h>

#include "common/check.h"
#include "common/samples.h"
#include "plugins/host/memory_judge.h"

struct config {
	struct memory_policy policy;
	uint64_t processes; /* to name when it alarms */
};

/* What a run leaves to the next. */
struct kept {
	double percent;
	uint64_t oom_kills;
};

enum {
	KEPT_SCHEMA = 1,
};

static const struct config defaults = {
	.policy = {
		.warn = RANGE_MAX(80),
		.crit = RANGE_MAX(90),
		.oom_warn = RANGE_MAX(0),
		.window = 3600,
		.cgroup = "",
	},
	.processes = 3,
};

static const struct opt opts[] = {
	OPT('w', "warning", struct config, policy.warn,
	    "warn if the percentage used is outside this range",
	    .units = UNITS_PERCENT),
	OPT('c', "critical", struct config, policy.crit,
	    "alarm if the percentage used is outside this range",
	    .units = UNITS_PERCENT),
	OPT(0, "oom-warning", struct config, policy.oom_warn,
	    "warn if the number of processes that the kernel killed for lack "
	    "of memory within the window is outside this range"),
	OPT(0, "oom-critical", struct config, policy.oom_crit,
	    "alarm if that number is outside this range"),
	OPT(0, "window", struct config, policy.window,
	    "how far back kills count, at most 2h", .units = UNITS_TIME,
	    .least = 1, .most = SAMPLES_SPAN),
	OPT(0, "for", struct config, policy.damping,
	    "alarm only on use that was that high for this long, at most 2h",
	    .units = UNITS_TIME, .least = 0, .most = SAMPLES_SPAN),
	OPT(0, "cgroup", struct config, policy.cgroup,
	    "judge the limit of this cgroup (system.slice/mariadb.service), "
	    "not of the topmost visible one", .metavar = "PATH"),
	OPT(0, "processes", struct config, processes,
	    "name that many of the biggest processes when it alarms"),
	OPT_END,
};

static int
prepare(void *config, struct error *err)
{
	const struct config *cfg = config;

	if (range_check_order(&cfg->policy.warn, &cfg->policy.crit,
	    &defaults.policy.warn, err) < 0)
		return -1;
	return cgroup_check_path(cfg->policy.cgroup, err);
}

static void
look_back(const struct memory_policy *policy, const struct run *run,
    struct memory_findings *f)
{
	double now = run->uptime(run);
	struct kept kept = {
		.percent = f->share.percent,
		.oom_kills = f->memory.oom_kills,
	};
	struct samples s;

	samples_open(&s, run, "memory", policy->cgroup, KEPT_SCHEMA);
	samples_keep_changes(&s, offsetof(struct kept, oom_kills));
	f->kills = window_count(&s, now, policy->window,
	    offsetof(struct kept, oom_kills), kept.oom_kills);
	f->held = window_held(&s, now, policy->damping,
	    offsetof(struct kept, percent), kept.percent, &policy->warn,
	    &policy->crit);
	samples_add(&s, now, &kept, sizeof kept);
	f->why = s.why;
	samples_close(&s);
}

static int
measure(const struct memory_policy *policy, const struct run *run,
    struct memory_findings *f, struct error *err)
{
	if (memory_read(run, policy->cgroup, &f->memory, err) < 0)
		return -1;
	if (*policy->cgroup != '\0' && !f->memory.cgroup.limited)
		return error_set(err, "cgroup %s has no memory limit",
		    policy->cgroup);
	f->in_cgroup = *policy->cgroup != '\0' ||
	    memory_cgroup_is_tighter(&f->memory);
	f->share = f->in_cgroup ? memory_of_cgroup(&f->memory) :
	    memory_of_host(&f->memory);
	look_back(policy, run, f);
	return 0;
}

static int
run_check(const void *config, struct run *run, struct report *r,
    struct error *err)
{
	const struct config *cfg = config;
	const struct memory_policy *policy = &cfg->policy;
	struct memory_findings f = { 0 };
	struct procs procs = { 0 };
	double percent;
	struct error why;

	if (measure(policy, run, &f, err) < 0)
		return -1;
	percent = f.share.percent;
	if (cfg->processes > 0 && (range_alerts(&policy->warn, percent) ||
	    range_alerts(&policy->crit, percent)) &&
	    procs_read_big(run, &procs, &why) < 0)
		report_note(r, "processes are not known: %s", why.text);

	memory_judge(policy, &f, &procs, r);
	if (procs.listed > 0)
		procs_note_big(&procs, (size_t)cfg->processes, r);
	procs_free(&procs);
	return 0;
}

const struct check check_memory = {
	.name = "memory",
	.title = "Memory usage",
	.about = "Judges the share of physical memory that is not available "
	    "to applications,\nof the host or of the cgroup that limits it "
	    "more, and OOM kills.",
	.opts = opts,
	.defaults = &defaults,
	.config_size = sizeof defaults,
	.flags = CHECK_RESIDENT,
	.prepare = prepare,
	.run = run_check,
};

CHECK_MAIN(check_memory)
