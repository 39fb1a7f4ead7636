/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * disk_measure - looks at the filesystems of a plan
 *
 * What may hang is left to probes. A path may lead anywhere, so what of it is
 * excluded is known for sure only then.
 */
#ifndef PLUGINS_HOST_DISK_MEASURE_H
#define PLUGINS_HOST_DISK_MEASURE_H

#include "common/error.h"
#include "common/run.h"
#include "plugins/host/disk_plan.h"

/*
 * Fills in what was found. fresh is left empty, or takes the mounts that came
 * while we looked (an automounter's), and must outlive the plan too.
 */
int disk_measure(struct disk_plan *plan, const struct disk_config *cfg,
    struct mounts *fresh, const struct run *run, struct error *err);

#endif
