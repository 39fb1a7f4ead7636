/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * disk_select - which filesystems are judged, by which limits
 *
 * Options work in the order in which they were given, as in the
 * monitoring-plugins check of that name: limits hold for the selections after
 * them, a later selection of the same filesystem overrides an earlier one.
 */
#ifndef PLUGINS_HOST_DISK_SELECT_H
#define PLUGINS_HOST_DISK_SELECT_H

#include "common/error.h"
#include "plugins/host/disk_plan.h"

/* Sizes, ranges and expressions, without knowing what is mounted. */
int disk_select_check(const struct disk_config *cfg, struct error *err);

/* A plan to be freed; cfg and m are borrowed and must outlive it. */
int disk_select(struct disk_plan *out, const struct disk_config *cfg,
    const struct mounts *m, struct error *err);

#endif
