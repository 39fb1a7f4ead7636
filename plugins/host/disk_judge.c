/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "common/quantity.h"
#include "plugins/host/disk_judge.h"

/* --- judging --- */

/* The kernel turned it read-only: whoever mounted it wanted to write. */
static bool
is_broken(const struct disk *disk)
{
	const struct mount *m = disk->mount;

	return m != NULL && disk->path == NULL &&
	    (m->failed || (m->super_readonly && !m->readonly &&
	    !mount_is_image(m)));
}

/* Nobody can fill it, so how full it is alarms nobody. */
static bool
is_readonly(const struct disk *disk)
{
	const struct mount *m = disk->mount;

	return m != NULL && disk->path == NULL && m->super_readonly &&
	    (m->readonly || mount_is_image(m)) && !m->failed;
}

static enum status
judge_state(const struct disk_config *cfg, enum disk_state state)
{
	switch (state) {
	case DISK_HUNG:
	case DISK_STUCK:
	case DISK_NOT_MOUNTED:
	case DISK_NOT_FOUND:
		return STATUS_CRITICAL;
	case DISK_INACCESSIBLE:
		return cfg->inaccessible;
	case DISK_UNTOUCHED:
	case DISK_SIZELESS:
	case DISK_NO_MATCH:
	case DISK_INCOMPLETE:
		return STATUS_UNKNOWN;
	case DISK_ASKED:
	case DISK_MEASURED:
	case DISK_STATED:
	case DISK_GONE:
		break;
	}
	return STATUS_OK;
}

static double
percent_of(double used, double free)
{
	return used + free > 0 ? 100 * used / (used + free) : 0;
}

static void
judge_amounts(struct disk_opinion *o)
{
	const struct disk *d = o->disk;
	double inodes = d->inodes_used + d->inodes_free;

	o->space_judged = d->limits != NULL && !d->member &&
	    (d->named || !is_readonly(d));
	o->percent = percent_of(d->used, d->free);
	if (o->space_judged)
		o->space = disk_limits_judge(d->limits, DISK_SPACE, d->used,
		    d->free);
	if (inodes <= 0)
		return;

	o->inodes_percent = percent_of(d->inodes_used, d->inodes_free);
	/* By default not where their number follows from the space left. */
	o->inodes_judged = o->space_judged && (d->limits->given ||
	    d->mount == NULL || mount_counts_inodes(d->mount));
	if (o->inodes_judged)
		o->inodes = disk_limits_judge(d->limits, DISK_INODES,
		    d->inodes_used, d->inodes_free);
}

static const char *
name_of(const struct disk_config *cfg, const struct disk *disk)
{
	if (disk->path != NULL)
		return disk->path;
	if (disk->mount != NULL)
		return cfg->show_device ? disk->mount->source :
		    disk->mount->point;
	return disk->group != NULL ? disk->group : "";
}

struct disk_opinion
disk_judge(const struct disk_config *cfg, const struct disk *disk)
{
	struct disk_opinion o = {
		.disk = disk,
		.name = name_of(cfg, disk),
		.state = judge_state(cfg, disk->state),
		.percent = -1,
		.inodes_percent = -1,
	};

	if (is_broken(disk))
		o.readonly = cfg->readonly;
	else if (is_readonly(disk))
		o.readonly = cfg->mounted_readonly;
	if (disk->errors.count > 0)
		o.errors = cfg->errors;
	if (disk->state == DISK_MEASURED)
		judge_amounts(&o);

	const enum status all[] = { o.state, o.readonly, o.space.status,
		o.inodes.status, o.errors };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		o.status = status_worse(o.status, all[i]);
	return o;
}

/* --- wording --- */

static void
put_waiting(struct buf *b, const struct disk *disk)
{
	if (disk->waiting > 0)
		buf_fmt(b, ", waited for by pid %d", disk->waiting);
}

static void
put_state(struct buf *b, const struct disk_opinion *o, double now)
{
	static const char *const words[] = {
		[DISK_SIZELESS] = "has no size",
		[DISK_HUNG] = "does not answer",
		[DISK_UNTOUCHED] = "was not looked at: no time was left",
		[DISK_NOT_MOUNTED] = "is not mounted",
		[DISK_NOT_FOUND] = "is neither mount point nor device",
		[DISK_NO_MATCH] = "fits no mount point and no device",
		[DISK_INCOMPLETE] = "is not known in full: not judged",
	};
	const struct disk *disk = o->disk;

	switch (disk->state) {
	case DISK_INACCESSIBLE:
		buf_fmt(b, "is not accessible: %s", strerror(disk->why));
		break;
	case DISK_STUCK:
		buf_fmt(b, "has been stuck for %s",
		    duration_text(now - disk->since).s);
		put_waiting(b, disk);
		break;
	case DISK_HUNG:
		buf_str(b, words[DISK_HUNG]);
		put_waiting(b, disk);
		break;
	case DISK_MEASURED:
		break;
	default:
		if (words[disk->state] != NULL)
			buf_str(b, words[disk->state]);
	}
}

static void
put_readonly(struct buf *b, const struct disk_opinion *o, double now)
{
	const struct disk *disk = o->disk;

	(void)now;
	if (is_readonly(disk))
		buf_fmt(b, "mounted read-only%s",
		    o->space_judged || disk->member ? "" : ", not judged");
	else if (disk->mount != NULL && disk->mount->super_readonly)
		buf_str(b, "read-only after an error");
	else
		buf_str(b, "shut down after an error");
}

static void
put_limit(struct buf *b, const struct disk_verdict *v)
{
	if (v->status != STATUS_OK)
		buf_fmt(b, ", limit %s", v->limit);
}

static void
put_space(struct buf *b, const struct disk_opinion *o, double now)
{
	(void)now;
	buf_fmt(b, "%.1f%% used (%s free)", o->percent,
	    size_text(o->disk->free).s);
	put_limit(b, &o->space);
}

static void
put_inodes(struct buf *b, const struct disk_opinion *o, double now)
{
	(void)now;
	if (o->inodes.status == STATUS_OK)
		buf_fmt(b, "inodes %.1f%%", o->inodes_percent);
	else
		buf_fmt(b, "%.1f%% of inodes used (%s free)",
		    o->inodes_percent, number_text(o->disk->inodes_free).s);
	put_limit(b, &o->inodes);
}

static void
put_errors(struct buf *b, const struct disk_opinion *o, double now)
{
	const struct disk_errors *e = &o->disk->errors;

	buf_fmt(b, "%s error%s recorded", number_text((double)e->count).s,
	    e->count == 1 ? "" : "s");
	if (e->first != e->last && e->first > 0)
		buf_fmt(b, ", the first %s ago",
		    duration_text(now - (double)e->first).s);
	if (e->last > 0)
		buf_fmt(b, ", the last %s ago",
		    duration_text(now - (double)e->last).s);
	if (*e->where != '\0')
		buf_fmt(b, " in %s", e->where);
}

void
disk_put_opinion(struct buf *b, const struct disk_opinion *o, bool whole,
    double now)
{
	const struct disk *disk = o->disk;
	const struct {
		bool there;
		enum status status;
		void (*put)(struct buf *b, const struct disk_opinion *o,
		    double now);
	} parts[] = {
		{ disk->state != DISK_MEASURED, o->state, put_state },
		{ is_broken(disk), o->readonly, put_readonly },
		{ o->percent >= 0, o->space.status, put_space },
		{ o->inodes_percent >= 0, o->inodes.status, put_inodes },
		{ is_readonly(disk), o->readonly, put_readonly },
		{ disk->errors.count > 0, o->errors, put_errors },
	};
	bool first = true;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (!parts[i].there || (!whole && parts[i].status != o->status))
			continue;
		if (!first)
			buf_str(b, "; ");
		parts[i].put(b, o, now);
		if (!whole)
			return;
		first = false;
	}
}
