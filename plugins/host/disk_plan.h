/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk_plan - the filesystems that are selected so far, each of them once */
#ifndef PLUGINS_HOST_DISK_PLAN_H
#define PLUGINS_HOST_DISK_PLAN_H

#include <stddef.h>

#include "common/error.h"
#include "plugins/host/disk.h"
#include "plugins/host/mounts.h"

struct disk_plan {
	struct disk *disks; /* in the order of their selection */
	size_t count;
	const struct mounts *mounts; /* borrowed */

	struct disk_limits *limits; /* where those of the disks lie */
	size_t limits_count;

	/* 1 + number of the disk, 0: none; both by number of the mount. */
	size_t *by_mount;
	size_t *by_device; /* selected by pattern, at a device's first mount */
};

/* An empty plan with room for what so many options can select. */
int disk_plan_init(struct disk_plan *plan, const struct mounts *m,
    size_t options, struct error *err);

void disk_plan_free(struct disk_plan *plan);

/* A copy of limits that lives as long as the plan; one for each option. */
const struct disk_limits *disk_plan_keep(struct disk_plan *plan,
    const struct disk_limits *limits);

/*
 * The disk of this very mount, or of this path of which the mount is only
 * guessed. It is added if it is not there; either way it has these limits and
 * this group now.
 */
struct disk *disk_plan_put(struct disk_plan *plan, const struct mount *m,
    const char *path, const struct disk_limits *limits, const char *group);

/*
 * The same for a mount that a pattern fits: its device is selected once, at
 * whichever mount came first.
 */
struct disk *disk_plan_put_device(struct disk_plan *plan,
    const struct mount *m, const struct disk_limits *limits,
    const char *group);

/* Drops the disks of whose mount drops() says so. */
void disk_plan_drop(struct disk_plan *plan,
    bool (*drops)(const void *arg, const struct mount *m), const void *arg);

#endif
