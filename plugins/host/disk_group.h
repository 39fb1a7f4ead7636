/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk_group - filesystems that are judged as one, by the sum of their space */
#ifndef PLUGINS_HOST_DISK_GROUP_H
#define PLUGINS_HOST_DISK_GROUP_H

#include <stddef.h>

#include "common/error.h"
#include "plugins/host/disk_plan.h"

/*
 * The disks of a measured plan, to be freed, without those that have nothing
 * to say. A group's sum (no mount, no path) comes before its members. NULL and
 * err if there is no memory.
 */
struct disk *disk_group(const struct disk_plan *plan, size_t *count,
    struct error *err);

#endif
