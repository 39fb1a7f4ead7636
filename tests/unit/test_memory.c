/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "plugins/host/memory.h"
#include "tests/tap.h"

/* A host's total and available, a cgroup's limit (0: none) and use. */
static const struct {
	const char *what;
	uint64_t total, available, limit, used;
	bool cgroup;
	double percent;
} cases[] = {
	{ "no cgroup", 100, 40, 0, 0, false, 60 },
	{ "less left in the cgroup", 100, 40, 20, 10, true, 50 },
	{ "less left on the host", 100, 5, 20, 10, false, 95 },
	{ "as much left in both", 100, 10, 20, 10, false, 90 },
	{ "a limit above all there is", 100, 40, 1000, 99, false, 60 },
	{ "a full cgroup", 100, 40, 20, 20, true, 100 },
	{ "an overfull cgroup", 100, 40, 20, 21, true, 105 },
	{ "16 EiB", UINT64_MAX, UINT64_MAX / 2, 0, 0, false, 50 },
};

int
main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct memory m = {
			.info = { .total = cases[i].total,
			    .available = cases[i].available },
			.cgroup = { .limited = cases[i].limit > 0,
			    .limit = cases[i].limit, .used = cases[i].used },
		};
		bool cgroup = memory_cgroup_is_tighter(&m);
		struct memory_share share = cgroup ? memory_of_cgroup(&m) :
		    memory_of_host(&m);

		tap_int(cgroup, cases[i].cgroup, cases[i].what);
		tap_num(share.percent, cases[i].percent, "its share");
	}
	return tap_done();
}
