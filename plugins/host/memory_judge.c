/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "common/quantity.h"
#include "plugins/host/memory_judge.h"

/* Without history nothing lasted long enough, ever: then it alarms at once. */
static bool
is_damped(const struct memory_policy *policy, const struct memory_findings *f)
{
	return policy->damping > 0 && f->why.text[0] == '\0';
}

static enum status
judge_use(const struct memory_policy *policy, const struct memory_findings *f,
    struct report *r)
{
	struct metric used = {
		.label = "used",
		.unit = "%",
		.value = f->share.percent,
		.warn = policy->warn,
		.crit = policy->crit,
		.max = 100,
		.capped = is_damped(policy, f),
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
add_shares(const struct memory_findings *f, struct report *r)
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
judge_kills(const struct memory_policy *policy, const struct memory_findings *f,
    struct report *r)
{
	struct metric kills = {
		.label = "oom_kills",
		.unit = "",
		.value = (double)f->kills.events,
		.warn = policy->oom_warn,
		.crit = policy->oom_crit,
	};

	if (f->memory.kills_why.text[0] != '\0') {
		report_line(r, STATUS_UNKNOWN, "OOM kills are not known: %s",
		    f->memory.kills_why.text);
		return STATUS_UNKNOWN;
	}
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
	if (f->kills.covered < policy->window)
		report_note(r, "%llu OOM kill%s since boot; watched only for "
		    "%s so far", (unsigned long long)f->memory.oom_kills,
		    f->memory.oom_kills == 1 ? "" : "s",
		    duration_text(f->kills.covered).s);
	return f->kills.covered > 0 ? report_metric(r, &kills) : STATUS_OK;
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
put_use(struct buf *b, const struct memory_policy *policy,
    const struct memory_findings *f, enum status status)
{
	const struct range *limit = status == STATUS_CRITICAL ? &policy->crit :
	    &policy->warn;
	double left = f->share.total - f->share.used;

	buf_fmt(b, "%.1f%% ", f->share.percent);
	if (*policy->cgroup != '\0')
		buf_fmt(b, "of %s ", policy->cgroup);
	else if (f->in_cgroup)
		buf_str(b, "of the cgroup's memory ");
	buf_str(b, "used");
	if (status != STATUS_OK)
		buf_fmt(b, " (limit %s)", range_text(limit).s);
	else if (range_alerts(&policy->warn, f->share.percent) ||
	    range_alerts(&policy->crit, f->share.percent))
		buf_fmt(b, " (high, but not for %s)",
		    duration_text(policy->damping).s);
	buf_fmt(b, ", %s of %s available", size_text(left > 0 ? left : 0).s,
	    size_text(f->share.total).s);
}

void
memory_judge(const struct memory_policy *policy,
    const struct memory_findings *f, const struct procs *procs,
    struct report *r)
{
	char text[512];
	struct buf b = buf_on(text, sizeof text);
	enum status use = judge_use(policy, f, r);
	enum status kills;

	add_shares(f, r);
	kills = judge_kills(policy, f, r);
	add_feeds(&f->memory.info, r);

	if (kills == STATUS_UNKNOWN)
		buf_str(&b, "cannot tell about OOM kills; ");
	else if (kills != STATUS_OK)
		buf_fmt(&b, "%llu OOM kill%s in the last %s; ",
		    (unsigned long long)f->kills.events,
		    f->kills.events == 1 ? "" : "s",
		    duration_text(policy->window).s);
	put_use(&b, policy, f, use);
	if (use != STATUS_OK && procs->count > 0)
		buf_fmt(&b, "; biggest: %s %s", proc_text(&procs->all[0]).s,
		    size_text(procs->all[0].rss).s);
	report_summary(r, "%s", b.data);

	if (kills == STATUS_WARNING || kills == STATUS_CRITICAL)
		report_note(r, "who was killed: journalctl -k -g 'Killed "
		    "process', or dmesg");
	if (policy->damping > 0 && !is_damped(policy, f))
		report_note(r, "cannot wait for %s before an alarm: %s",
		    duration_text(policy->damping).s, f->why.text);
	if (f->memory.arc > 0)
		report_note(r, "%s of ZFS cache counted as available",
		    size_text((double)f->memory.arc).s);
	if (f->memory.info.estimated)
		report_note(r, "available memory is estimated");
}
