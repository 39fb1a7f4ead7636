/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * disk_probe - asks all disks how full they are, and paths where they lead
 *
 * Whatever may hang is asked in a process of its own (common/probe.h).
 */
#ifndef PLUGINS_HOST_DISK_PROBE_H
#define PLUGINS_HOST_DISK_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/run.h"
#include "plugins/host/disk_plan.h"

/* Where a path led. */
struct disk_place {
	bool known;         /* the rest says something */
	bool has_mount;     /* the kernel tells the mount */
	uint64_t mount;     /* as struct mount's id */
	unsigned major, minor; /* of the filesystem */
	bool is_device;     /* a block device, with these numbers */
	unsigned device_major, device_minor;
};

/*
 * Looks at each disk in state DISK_ASKED, which is in another one then. Fills
 * places, one for each disk of the plan, where a disk is named by a path.
 */
int disk_probe(struct disk_plan *plan, struct disk_place *places,
    double patience, const struct run *run, struct error *err);

#endif
