/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk_report - all filesystems judged, and the worst of them named first */
#ifndef PLUGINS_HOST_DISK_REPORT_H
#define PLUGINS_HOST_DISK_REPORT_H

#include "common/error.h"
#include "common/report.h"
#include "plugins/host/disk_plan.h"

/* now: s since 1970. -1 and err if there is no memory. */
int disk_report(const struct disk_config *cfg, const struct disk_plan *plan,
    double now, struct report *r, struct error *err);

#endif
