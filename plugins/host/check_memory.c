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
#include "common/window.h"
#include "plugins/host/memory.h"
#include "plugins/host/procs.h"

struct config {
	struct range warn, crit;         /* percent used */
	struct range oom_warn, oom_crit; /* kills within the window */
	double window, damping;          /* s */
	const char *cgroup;
	uint64_t processes; /* to name when it alarms */
};

/* What this run found, and what it makes of earlier ones. */
struct findings {
	struct memory memory;
	struct memory_share share; /* the one that is judged */
	bool in_cgroup;            /* and whose it is */
	struct window kills;
	enum status held; /* throughout the damping time */
	struct error why; /* there is no history, "" if there may be */
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
	.warn = RANGE_MAX(80),
	.crit = RANGE_MAX(90),
	.oom_warn = RANGE_MAX(0),
	.window = 3600,
	.cgroup = "",
	.processes = 3,
};

static const struct opt opts[] = {
	OPT('w', "warning", struct config, warn,
	    "warn if the percentage used is outside this range",
	    .units = UNITS_PERCENT),
	OPT('c', "critical", struct config, crit,
	    "alarm if the percentage used is outside this range",
	    .units = UNITS_PERCENT),
	OPT(0, "oom-warning", struct config, oom_warn,
	    "warn if the number of processes that the kernel killed for lack "
	    "of memory within the window is outside this range"),
	OPT(0, "oom-critical", struct config, oom_crit,
	    "alarm if that number is outside this range"),
	OPT(0, "window", struct config, window,
	    "how far back kills count, at most 2h", .units = UNITS_TIME,
	    .least = 1, .most = SAMPLES_SPAN),
	OPT(0, "for", struct config, damping,
	    "alarm only on use that was that high for this long, at most 2h",
	    .units = UNITS_TIME, .least = 0, .most = SAMPLES_SPAN),
	OPT(0, "cgroup", struct config, cgroup,
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

	return cgroup_check_path(cfg->cgroup, err);
}

static void
look_back(const struct config *cfg, const struct run *run, struct findings *f)
{
	double now = run->uptime(run);
	struct kept kept = {
		.percent = f->share.percent,
		.oom_kills = f->memory.oom_kills,
	};
	struct samples s;

	samples_open(&s, run, "memory", cfg->cgroup, KEPT_SCHEMA);
	samples_keep_changes(&s, offsetof(struct kept, oom_kills));
	f->kills = window_count(&s, now, cfg->window,
	    offsetof(struct kept, oom_kills), kept.oom_kills);
	f->held = window_held(&s, now, cfg->damping,
	    offsetof(struct kept, percent), kept.percent, &cfg->warn,
	    &cfg->crit);
	samples_add(&s, now, &kept, sizeof kept);
	f->why = s.why;
	samples_close(&s);
}

static int
measure(const struct config *cfg, const struct run *run, struct findings *f,
    struct error *err)
{
	if (memory_read(run, cfg->cgroup, &f->memory, err) < 0)
		return -1;
	if (*cfg->cgroup != '\0' && !f->memory.cgroup.limited)
		return error_set(err, "cgroup %s has no memory limit",
		    cfg->cgroup);
	f->in_cgroup = *cfg->cgroup != '\0' ||
	    memory_cgroup_is_tighter(&f->memory);
	f->share = f->in_cgroup ? memory_of_cgroup(&f->memory) :
	    memory_of_host(&f->memory);
	look_back(cfg, run, f);
	return 0;
}

static enum status
judge_use(const struct config *cfg, const struct findings *f,
    struct report *r)
{
	struct metric used = {
		.label = "used",
		.unit = "%",
		.value = f->share.percent,
		.warn = cfg->warn,
		.crit = cfg->crit,
		.max = 100,
		.capped = cfg->damping > 0,
		.cap = f->held,
	};
	struct metric bytes = {
		.label = "used_bytes",
		.unit = "B",
		.value = f->share.used,
		.max = f->share.total,
	};
	struct metric available = {
		.label = "available",
		.unit = "B",
		.value = f->share.total - f->share.used,
		.max = f->share.total,
	};
	enum status status = report_metric(r, &used);

	report_metric(r, &bytes);
	report_metric(r, &available);
	return status;
}

/* The state of both shares where there are two. */
static void
add_shares(const struct findings *f, struct report *r)
{
	struct metric host = {
		.label = "host_used",
		.unit = "%",
		.value = memory_of_host(&f->memory).percent,
		.max = 100,
	};
	struct metric cgroup = { .label = "cgroup_used", .unit = "%" };

	if (!f->memory.cgroup.limited)
		return;
	cgroup.value = memory_of_cgroup(&f->memory).percent;
	cgroup.max = 100;
	report_metric(r, &host);
	report_metric(r, &cgroup);
}

static enum status
judge_kills(const struct config *cfg, const struct findings *f,
    struct report *r)
{
	struct metric kills = {
		.label = "oom_kills",
		.unit = "",
		.value = (double)f->kills.events,
		.warn = cfg->oom_warn,
		.crit = cfg->oom_crit,
	};

	if (!f->memory.counts_kills) {
		report_note(r, "this kernel does not count OOM kills");
		return STATUS_OK;
	}
	/* Some time there were kills, and no way to tell when. */
	if (f->kills.covered <= 0 && f->why.text[0] != '\0') {
		report_line(r, STATUS_UNKNOWN, "%llu OOM kills since boot, "
		    "when is not known: %s; see --state-dir",
		    (unsigned long long)f->memory.oom_kills, f->why.text);
		return STATUS_UNKNOWN;
	}
	if (f->kills.covered < cfg->window)
		report_note(r, "OOM kills are watched since %s",
		    duration_text(f->kills.covered).s);
	return report_metric(r, &kills);
}

/* The cached, free and shared memory that Munin stacks, as feeds. */
static void
add_feeds(const struct meminfo *info, struct report *r)
{
	const struct {
		const char *label;
		uint64_t value;
	} feeds[] = {
		{ "free", info->free },
		{ "buffers", info->buffers },
		{ "cached", info->cached },
		{ "shared", info->shared },
		{ "slab", info->slab },
		{ "swap", info->swap_total - info->swap_free },
	};

	for (size_t i = 0; i < sizeof feeds / sizeof feeds[0]; i++) {
		struct metric m = {
			.label = feeds[i].label,
			.unit = "B",
			.value = (double)feeds[i].value,
			.max = (double)info->total,
			.kind = METRIC_GAUGE,
		};

		report_metric(r, &m);
	}
}

static void
put_use(struct buf *b, const struct config *cfg, const struct findings *f,
    enum status status)
{
	const struct range *limit = status == STATUS_CRITICAL ? &cfg->crit :
	    &cfg->warn;
	double left = f->share.total - f->share.used;

	buf_fmt(b, "%.1f%% ", f->share.percent);
	if (*cfg->cgroup != '\0')
		buf_fmt(b, "of %s ", cfg->cgroup);
	else if (f->in_cgroup)
		buf_str(b, "of the cgroup's memory ");
	buf_str(b, "used");
	if (status != STATUS_OK)
		buf_fmt(b, " (limit %s)", range_text(limit).s);
	else if (range_alerts(&cfg->warn, f->share.percent) ||
	    range_alerts(&cfg->crit, f->share.percent))
		buf_fmt(b, " (high, but not for %s)",
		    duration_text(cfg->damping).s);
	buf_fmt(b, ", %s of %s available", size_text(left > 0 ? left : 0).s,
	    size_text(f->share.total).s);
}

static void
judge(const struct config *cfg, const struct findings *f,
    const struct procs *procs, struct report *r)
{
	char text[512];
	struct buf b = buf_on(text, sizeof text);
	enum status use = judge_use(cfg, f, r);
	enum status kills;

	add_shares(f, r);
	kills = judge_kills(cfg, f, r);
	add_feeds(&f->memory.info, r);

	if (kills == STATUS_UNKNOWN)
		buf_str(&b, "cannot tell about OOM kills; ");
	else if (kills != STATUS_OK)
		buf_fmt(&b, "%llu OOM kill%s in the last %s; ",
		    (unsigned long long)f->kills.events,
		    f->kills.events == 1 ? "" : "s",
		    duration_text(cfg->window).s);
	put_use(&b, cfg, f, use);
	if (use != STATUS_OK && procs->count > 0)
		buf_fmt(&b, "; biggest: %s %s", proc_text(&procs->all[0]).s,
		    size_text(procs->all[0].rss).s);
	report_summary(r, "%s", b.data);

	if (kills == STATUS_WARNING || kills == STATUS_CRITICAL)
		report_note(r, "who was killed: journalctl -k -g 'Killed "
		    "process', or dmesg");
	if (f->memory.arc > 0)
		report_note(r, "%s of ZFS cache counted as available",
		    size_text((double)f->memory.arc).s);
	if (f->memory.info.estimated)
		report_note(r, "available memory is estimated");
}

static int
run_check(const void *config, struct run *run, struct report *r,
    struct error *err)
{
	const struct config *cfg = config;
	struct findings f = { 0 };
	struct procs procs = { 0 };
	double percent;
	struct error why;

	if (measure(cfg, run, &f, err) < 0)
		return -1;
	percent = f.share.percent;
	if (cfg->processes > 0 && (range_alerts(&cfg->warn, percent) ||
	    range_alerts(&cfg->crit, percent)) &&
	    procs_read_big(run, &procs, &why) < 0)
		report_note(r, "processes are not known: %s", why.text);

	judge(cfg, &f, &procs, r);
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
