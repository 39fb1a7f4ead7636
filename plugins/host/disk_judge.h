/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk_judge - what is to be thought of one filesystem, and how to say it */
#ifndef PLUGINS_HOST_DISK_JUDGE_H
#define PLUGINS_HOST_DISK_JUDGE_H

#include "common/buf.h"
#include "plugins/host/disk.h"

struct disk_opinion {
	const struct disk *disk; /* borrowed */
	const char *name;
	enum status status;      /* the worst of what follows */

	enum status state; /* of the answer, or that there was none */
	enum status readonly, errors;
	struct disk_verdict space, inodes;
	bool space_judged, inodes_judged;
	double percent, inodes_percent; /* used; -1: not known */
};

struct disk_opinion disk_judge(const struct disk_config *cfg,
    const struct disk *disk);

/* The reason of its status; or, if whole, all there is to say. */
void disk_put_opinion(struct buf *b, const struct disk_opinion *o, bool whole,
    double now);

#endif
