/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk_filter - what is left out whatever the order of options */
#ifndef PLUGINS_HOST_DISK_FILTER_H
#define PLUGINS_HOST_DISK_FILTER_H

#include "plugins/host/disk_plan.h"

/* Whether any of these options was given. */
bool disk_filter_is_given(const struct disk_config *cfg, const char *letters);

/* Is judged if nothing else is selected. */
bool disk_filter_default(const struct disk_config *cfg, const struct mount *m);

/*
 * Leaves out what -x, -X, -N, -l and -L exclude, of the disks whose mount is
 * known for sure: those that were named by a path are kept.
 */
void disk_filter(struct disk_plan *plan, const struct disk_config *cfg);

#endif
