/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memory_judge - the verdict of check_memory, free of I/O */
#ifndef PLUGINS_HOST_MEMORY_JUDGE_H
#define PLUGINS_HOST_MEMORY_JUDGE_H

#include <stdbool.h>

#include "common/error.h"
#include "common/range.h"
#include "common/report.h"
#include "common/window.h"
#include "plugins/host/memory.h"
#include "plugins/host/procs.h"

struct memory_policy {
	struct range warn, crit;         /* percent used */
	struct range oom_warn, oom_crit; /* kills within the window */
	double window;      /* s that kills count */
	double damping;     /* s that the use must have been that high */
	const char *cgroup; /* as for cgroup_read_memory() */
};

/* What this run found, and what it makes of earlier ones. */
struct memory_findings {
	struct memory memory;
	struct memory_share share; /* the one that is judged */
	bool in_cgroup;            /* and whose it is */
	struct window kills;
	enum status held; /* throughout the damping time */
	struct error why; /* there is no history, "" if there may be */
};

/* Fills the report; procs has the biggest first, or none. */
void memory_judge(const struct memory_policy *policy,
    const struct memory_findings *f, const struct procs *procs,
    struct report *r);

#endif
