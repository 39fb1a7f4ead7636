/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "plugins/host/cpu.h"
#include "tests/tap.h"

/* Two readings of all processors, and the shares in percent between them. */
static const struct {
	const char *what;
	struct cputimes a, b;
	double busy, user, nice, system, iowait, irq, steal, guest;
} cases[] = {
	{ "all idle", { .idle = 10 }, { .idle = 20 }, .busy = 0 },
	{ "all busy", { .user = 10 }, { .user = 20 }, .busy = 100,
	    .user = 100 },
	{ "a quarter each", { 0 },
	    { .user = 25, .system = 25, .idle = 25, .iowait = 25 },
	    .busy = 50, .user = 25, .system = 25, .iowait = 25 },
	{ "both kinds of interrupts", { 0 },
	    { .irq = 10, .softirq = 30, .idle = 60 }, .busy = 40, .irq = 40 },
	{ "stolen time is in the whole", { 0 },
	    { .steal = 60, .idle = 40 }, .busy = 60, .steal = 60 },
	{ "guests within user and nice", { 0 },
	    { .user = 60, .nice = 20, .guest = 50, .guest_nice = 20,
	    .idle = 20 }, .busy = 80, .user = 10, .nice = 0, .guest = 70 },
	{ "more guest than user, as some kernels count", { 0 },
	    { .user = 10, .guest = 11, .idle = 90 }, .busy = 10, .user = 0,
	    .guest = 11 },
	{ "idle that fell", { .user = 5, .idle = 50 },
	    { .user = 15, .idle = 40 }, .busy = 100, .user = 100 },
	{ "iowait that fell", { .iowait = 50 }, { .idle = 10, .iowait = 40 },
	    .busy = 0, .iowait = 0 },
	{ "near the end of 64 bits", { .user = UINT64_MAX - 100 },
	    { .user = UINT64_MAX, .idle = 100 }, .busy = 50, .user = 50 },
};

static void
test_compare(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cpu_counters a = { .times = cases[i].a };
		struct cpu_counters b = { .times = cases[i].b };
		struct cpu_rates r = { 0 };

		tap_ok(cpu_compare(&a, &b, 60, &r), cases[i].what);
		tap_num(r.busy, cases[i].busy, "busy");
		tap_num(r.user, cases[i].user, "user");
		tap_num(r.nice, cases[i].nice, "nice");
		tap_num(r.system, cases[i].system, "system");
		tap_num(r.iowait, cases[i].iowait, "iowait");
		tap_num(r.irq, cases[i].irq, "irq");
		tap_num(r.steal, cases[i].steal, "steal");
		tap_num(r.guest, cases[i].guest, "guest");
		tap_ok(r.throttled < 0 && r.pressure < 0, "nothing else known");
	}
}

static void
test_no_time(void)
{
	struct cpu_counters a = { .times = { .user = 7, .idle = 9 } };
	struct cpu_counters fell = { .times = { .user = 1, .idle = 2 } };
	struct cpu_counters idle = { .times = { .user = 7, .idle = 8 } };
	struct cpu_rates r;

	tap_ok(!cpu_compare(&a, &a, 60, &r), "no time passed, no rates");
	tap_ok(!cpu_compare(&a, &fell, 60, &r), "nor if all counters fell");
	tap_ok(cpu_follows(&a, &a), "a reading follows on itself");
	tap_ok(!cpu_follows(&a, &fell), "not if work was undone");
	tap_ok(cpu_follows(&a, &idle), "idle may fall");
}

static void
test_beside(void)
{
	struct cpu_counters a = { .has_quota = 1, .periods = 100,
		.throttled = 10, .has_pressure = 1, .pressure = 1000000 };
	struct cpu_counters b = { .times = { .idle = 1 }, .has_quota = 1,
		.periods = 300, .throttled = 60, .has_pressure = 1,
		.pressure = 4000000 };
	struct cpu_rates r;

	cpu_compare(&a, &b, 30, &r);
	tap_num(r.throttled, 25, "throttled: a share of the periods");
	tap_num(r.pressure, 10, "pressure: a share of the time");
	cpu_compare(&a, &b, 2.9, &r);
	tap_num(r.pressure, 100, "never more than all of it");

	b.periods = a.periods;
	b.throttled = a.throttled;
	cpu_compare(&a, &b, 30, &r);
	tap_num(r.throttled, 0, "no period passed, none was throttled");
	b.has_quota = 0;
	cpu_compare(&a, &b, 30, &r);
	tap_ok(r.throttled < 0, "the quota was lifted");
}

static void
test_cores(void)
{
	const struct cpu_core earlier[] = {
		{ 0, 10, 100 }, { 1, 50, 100 }, { 3, 0, 0 },
	};
	const struct {
		const char *what;
		struct cpu_core now;
		double percent;
	} rows[] = {
		{ "half busy", { 0, 60, 200 }, 50 },
		{ "idle", { 1, 50, 200 }, 0 },
		{ "the last", { 3, 7, 7 }, 100 },
		{ "switched on meanwhile", { 2, 5, 10 }, -1 },
		{ "no time passed", { 1, 50, 100 }, -1 },
		{ "began anew", { 1, 5, 300 }, -1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		tap_num(cpu_compare_core(earlier, COUNT(earlier),
		    &rows[i].now), rows[i].percent, rows[i].what);
	tap_num(cpu_compare_core(NULL, 0, &rows[0].now), -1, "no earlier");
}

int
main(void)
{
	test_compare();
	test_no_time();
	test_beside();
	test_cores();
	return tap_done();
}
