/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "plugins/host/cpus.h"
#include "tests/tap.h"

static const struct {
	const char *list;
	int count;
} cases[] = {
	{ "0", 1 },
	{ "0\n", 1 },
	{ "0-3", 4 },
	{ "0-3,8\n", 5 },
	{ "0-3,8-11,20", 9 },
	{ "7-7", 1 },
	{ "", 0 },
	{ "\n", 0 },
	{ "3-1", -1 },
	{ "a", -1 },
	{ "1-", -1 },
	{ "-1", -1 },
	{ "1;2", -1 },
	{ "1 2", -1 },
	{ "0-99999999999999999999", -1 },
	{ "0-2147483646,0-2147483646", -1 },
};

int
main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		tap_int(cpus_count_list(cases[i].list), cases[i].count,
		    cases[i].list);
	return tap_done();
}
