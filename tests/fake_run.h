/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fake_run - a struct run whose clock the test sets */
#ifndef TESTS_FAKE_RUN_H
#define TESTS_FAKE_RUN_H

#include "common/run.h"

static double fake_now;

static inline double
fake_uptime(const struct run *run)
{
	(void)run;
	return fake_now;
}

static inline struct run
fake_run(const char *state_dir)
{
	return (struct run){
		.procfs = "/proc",
		.sysfs = "/sys",
		.rootfs = "",
		.state_dir = state_dir,
		.now = 1700000000,
		.deadline = deadline_now() + 60,
		.boot_id = "one boot",
		.uptime = fake_uptime,
	};
}

#endif
