/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * disk_limits - how much of something may be used, said in one of six ways
 *
 * Limits on what is free and on what is used are judged and shown on the used
 * side alike, so that verdict, text and graph are one.
 */
#ifndef PLUGINS_HOST_DISK_LIMITS_H
#define PLUGINS_HOST_DISK_LIMITS_H

#include <stdbool.h>

#include "common/error.h"
#include "common/range.h"
#include "common/status.h"

enum disk_resource {
	DISK_SPACE,
	DISK_INODES,
	DISK_RESOURCES,
};

enum disk_measure {
	DISK_FREE_PERCENT,
	DISK_FREE,
	DISK_USED_PERCENT,
	DISK_USED,
	DISK_MEASURES,
};

enum disk_level {
	DISK_CRIT,
	DISK_WARN,
	DISK_LEVELS,
};

/* All that is set holds at the same time. */
struct disk_limits {
	bool given; /* by the user; else the defaults hold */
	struct range ranges[DISK_RESOURCES][DISK_LEVELS][DISK_MEASURES];
};

extern const struct disk_limits disk_default_limits;

/*
 * Adds what -w, -c, -W or -K (the letter) say; a plain size is in unit bytes.
 * Alerts are inside a range of what is free ("10%" is 0..10), but outside a
 * range of what is used ("85%used" is above 85).
 */
int disk_limits_add(struct disk_limits *l, int letter, const char *text,
    double unit, struct error *err);

struct disk_verdict {
	enum status status;
	struct range warn, crit; /* of what is used, as perfdata shows it */
	char limit[64];          /* that was crossed: "95%", "2.0 GiB free" */
};

/* Used and free together are all there is. */
struct disk_verdict disk_limits_judge(const struct disk_limits *l,
    enum disk_resource what, double used, double free);

#endif
