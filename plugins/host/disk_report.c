/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/quantity.h"
#include "plugins/host/disk_group.h"
#include "plugins/host/disk_judge.h"
#include "plugins/host/disk_report.h"

enum {
	TEXT_MAX = 512,
	LABEL_MAX = 4096 + 32,
};

/* In the first line of status UNKNOWN. */
static const char nothing[] = "there is no filesystem to judge";

/* The worst first, of those the fullest, of those in their order. */
static int
compare(const void *a, const void *b)
{
	const struct disk_opinion *x = a, *y = b;

	if (x->status != y->status)
		return status_worse(x->status, y->status) == x->status ?
		    -1 : 1;
	if (x->space_judged != y->space_judged)
		return x->space_judged ? -1 : 1;
	if (x->percent < y->percent || x->percent > y->percent)
		return x->percent > y->percent ? -1 : 1;
	return x->disk < y->disk ? -1 : 1;
}

static void
add_metrics(const struct disk_config *cfg, const struct disk_opinion *o,
    struct report *r)
{
	const struct disk *disk = o->disk;
	char label[LABEL_MAX];
	struct metric space = {
		.label = o->name,
		.name = "used",
		.object = o->name,
		.unit = "B",
		.value = disk->used,
		.warn = o->space.warn,
		.crit = o->space.crit,
		.max = disk->used + disk->free,
	};
	struct metric inodes = {
		.label = label,
		.name = "inodes",
		.object = o->name,
		.unit = "",
		.value = disk->inodes_used,
		.warn = o->inodes.warn,
		.crit = o->inodes.crit,
		.max = disk->inodes_used + disk->inodes_free,
		.kind = cfg->inode_perfdata ? METRIC_JUDGED : METRIC_GAUGE,
	};

	if (disk->member || o->percent < 0)
		return;
	(void)report_metric(r, &space);
	(void)snprintf(label, sizeof label, "%s (inodes)", o->name);
	if (o->inodes_percent >= 0)
		(void)report_metric(r, &inodes);
}

static void
add_line(const struct disk_opinion *o, double now, struct report *r)
{
	char text[TEXT_MAX];
	struct buf b = buf_on(text, sizeof text);

	disk_put_opinion(&b, o, true, now);
	report_line(r, o->status, "%s %s", o->name, text);
}

/* The first of them is the worst, or else the fullest. */
static void
summarize(const struct disk_opinion *all, size_t count, size_t bad, double now,
    struct report *r)
{
	const struct disk_opinion *o = &all[0];
	char text[TEXT_MAX], rest[64] = "";
	struct buf b = buf_on(text, sizeof text);

	disk_put_opinion(&b, o, false, now);
	if (bad > 0 && count > 1)
		(void)snprintf(rest, sizeof rest, "; %zu of %zu not OK", bad,
		    count);
	if (bad > 0 || count == 1 || o->percent < 0)
		report_summary(r, "%s %s%s", o->name, text, rest);
	else
		report_summary(r, "%zu filesystems, fullest %s %.1f%% used "
		    "(%s free)", count, o->name, o->percent,
		    size_text(o->disk->free).s);
}

static void
add_bad_lines(const struct mounts *m, struct report *r)
{
	if (m->bad_lines == 1)
		report_line(r, STATUS_UNKNOWN, "%s", m->bad.text);
	else if (m->bad_lines > 1)
		report_line(r, STATUS_UNKNOWN, "%s (and %zu more)",
		    m->bad.text, m->bad_lines - 1);
}

static void
add_all(const struct disk_config *cfg, struct disk_opinion *all, size_t count,
    double now, struct report *r)
{
	size_t bad = 0;

	for (size_t i = 0; i < count; i++)
		add_metrics(cfg, &all[i], r);
	qsort(all, count, sizeof *all, compare);
	for (size_t i = 0; i < count; i++) {
		bool ok = all[i].status == STATUS_OK;

		bad += !ok;
		if (!ok || !cfg->errors_only)
			add_line(&all[i], now, r);
	}
	summarize(all, count, bad, now, r);
}

int
disk_report(const struct disk_config *cfg, const struct disk_plan *plan,
    double now, struct report *r, struct error *err)
{
	struct disk_opinion *all;
	struct disk *disks;
	size_t found, count = 0;

	disks = disk_group(plan, &found, err);
	if (disks == NULL)
		return -1;
	all = calloc(found + 1, sizeof *all);
	if (all == NULL) {
		free(disks);
		return error_set(err, "out of memory");
	}
	for (size_t i = 0; i < found; i++) {
		all[count] = disk_judge(cfg, &disks[i]);
		/* A member speaks up only if it has a trouble of its own. */
		count += !disks[i].member || all[count].status != STATUS_OK;
	}

	if (count > 0) {
		add_all(cfg, all, count, now, r);
	} else {
		report_raise(r, STATUS_UNKNOWN);
		report_summary(r, "%s", nothing);
	}
	add_bad_lines(plan->mounts, r);
	if (r->status == STATUS_UNKNOWN && plan->mounts->bad_lines > 0)
		report_summary(r, "%s", plan->mounts->bad.text);
	free(all);
	free(disks);
	return 0;
}
