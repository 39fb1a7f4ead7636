/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "common/quantity.h"
#include "plugins/host/disk_limits.h"
#include "tests/tap.h"

/* Of 1,000 MiB, of which free are left. */
static struct disk_verdict
judge(const char *warn, const char *crit, double free, double unit)
{
	struct disk_limits l = { 0 };
	struct error err;
	double all = 1000 * MIB;

	if (warn != NULL && disk_limits_add(&l, 'w', warn, unit, &err) < 0)
		tap_ok(false, err.text);
	if (crit != NULL && disk_limits_add(&l, 'c', crit, unit, &err) < 0)
		tap_ok(false, err.text);
	return disk_limits_judge(&l, DISK_SPACE, all - free, free);
}

/* One limit at its edge: the last free space that alerts, in MiB. */
static const struct {
	const char *limit;
	double alerts; /* MiB free; -1: none does */
	const char *perfdata;
	const char *words;
} edges[] = {
	{ "10%", 100, "943718400", "10% free" },
	{ "@10%", 100, "943718400", "10% free" },
	{ "0:10%", 100, "943718400", "10% free" },
	{ "10%free", 100, "943718400", "10% free" },
	{ "12.5%", 125, "917504000", "12.5% free" },
	{ "100", 100, "943718400", "100.0 MiB free" },
	{ "@100", 100, "943718400", "100.0 MiB free" },
	{ "100M", 100, "943718400", "100.0 MiB free" },
	{ "100MiBfree", 100, "943718400", "100.0 MiB free" },
	{ "0.5G", 512, "511705088", "512.0 MiB free" },
	{ "0", 0, "1048576000", "0 B free" },
	{ "0%", 0, "1048576000", "0% free" },
	{ "100%", 1000, "0", "100% free" },
	{ "5000", 1000, "0", "4.9 GiB free" },
};

static void
test_edges(void)
{
	for (size_t i = 0; i < COUNT(edges); i++) {
		double bytes = edges[i].alerts * MIB;
		struct disk_verdict v = judge(edges[i].limit, NULL, bytes,
		    MIB);

		tap_int(v.status, STATUS_WARNING, edges[i].limit);
		tap_str(v.limit, edges[i].words, "in words");
		tap_str(range_text(&v.warn).s, edges[i].perfdata,
		    "as perfdata shows it");
		if (bytes >= 1000 * MIB)
			continue;
		v = judge(edges[i].limit, NULL, bytes + 1, MIB);
		tap_int(v.status, STATUS_OK, "not with a byte more");
	}
}

/* Limits on what is used alert above, not at them. */
static void
test_used(void)
{
	static const struct {
		const char *limit;
		double free; /* MiB, the least that does not alert */
		const char *perfdata, *words;
	} cases[] = {
		{ "85%used", 150, "891289600", "85%" },
		{ "85%USED", 150, "891289600", "85%" },
		{ "850used", 150, "891289600", "850.0 MiB used" },
		{ "850Mused", 150, "891289600", "850.0 MiB used" },
		{ "0%used", 1000, "0", "0%" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		double free = cases[i].free * MIB;
		struct disk_verdict v = judge(cases[i].limit, NULL, free, MIB);

		tap_int(v.status, STATUS_OK, cases[i].limit);
		v = judge(cases[i].limit, NULL, free - 1, MIB);
		tap_int(v.status, STATUS_WARNING, "a byte less is free");
		tap_str(v.limit, cases[i].words, "in words");
		tap_str(range_text(&v.warn).s, cases[i].perfdata,
		    "as perfdata shows it");
	}
}

static void
test_ranges(void)
{
	struct disk_verdict v = judge("10:20%", NULL, 150 * MIB, MIB);

	tap_int(v.status, STATUS_WARNING, "within the range of free space");
	tap_str(v.limit, "@10:20% free", "in words");
	tap_str(range_text(&v.warn).s, "@838860800:943718400", "in perfdata");
	tap_int(judge("10:20%", NULL, 99 * MIB, MIB).status, STATUS_OK,
	    "below it");
	tap_int(judge("10:20%", NULL, 100 * MIB, MIB).status, STATUS_WARNING,
	    "at its lower end");
	tap_int(judge("10:20%", NULL, 201 * MIB, MIB).status, STATUS_OK,
	    "above it");
	tap_int(judge("~:10%", NULL, 50 * MIB, MIB).status, STATUS_WARNING,
	    "without a lower end");
	tap_int(judge("900:", NULL, 950 * MIB, MIB).status, STATUS_WARNING,
	    "without an upper end");
	tap_int(judge("900:", NULL, 850 * MIB, MIB).status, STATUS_OK,
	    "below the lower end");
	tap_int(judge("10:90%used", NULL, 500 * MIB, MIB).status, STATUS_OK,
	    "inside a range of used space");
	tap_int(judge("10:90%used", NULL, 950 * MIB, MIB).status,
	    STATUS_WARNING, "too little used");
	tap_int(judge("@0:50%used", NULL, 950 * MIB, MIB).status,
	    STATUS_WARNING, "inside a range that alerts inside");
}

static void
test_together(void)
{
	struct disk_limits l = { 0 };
	struct disk_verdict v;
	struct error err;

	(void)disk_limits_add(&l, 'w', "10%", MIB, &err);
	(void)disk_limits_add(&l, 'w', "300", MIB, &err);
	v = disk_limits_judge(&l, DISK_SPACE, 750 * MIB, 250 * MIB);
	tap_int(v.status, STATUS_WARNING, "the tighter of two holds");
	tap_str(v.limit, "300.0 MiB free", "and is named");
	tap_str(range_text(&v.warn).s, "734003200", "and shown");
	v = disk_limits_judge(&l, DISK_INODES, 999, 1);
	tap_int(v.status, STATUS_OK, "limits of space are not for inodes");

	(void)disk_limits_add(&l, 'w', "20", MIB, &err);
	v = disk_limits_judge(&l, DISK_SPACE, 750 * MIB, 250 * MIB);
	tap_int(v.status, STATUS_OK, "the same kind again replaces it");

	(void)disk_limits_add(&l, 'K', "5", MIB, &err);
	(void)disk_limits_add(&l, 'W', "90%used", MIB, &err);
	v = disk_limits_judge(&l, DISK_INODES, 950, 50);
	tap_int(v.status, STATUS_CRITICAL, "inodes by percent free");
	tap_str(v.limit, "5% free", "the worse limit is named");
	tap_str(range_text(&v.crit).s, "950", "in inodes");
	tap_str(range_text(&v.warn).s, "900", "both");
	v = disk_limits_judge(&l, DISK_INODES, 949, 51);
	tap_int(v.status, STATUS_WARNING, "or used");

	v = judge("20%", "10%", 50 * MIB, MIB);
	tap_int(v.status, STATUS_CRITICAL, "both levels");
	tap_str(v.limit, "10% free", "the critical one is named");
	v = judge("10", NULL, 10 * GIB, GIB);
	tap_str(v.limit, "10.0 GiB free", "a plain number is in units");
}

static void
test_rejected(void)
{
	static const char *const texts[] = { "", "x", "10x", "20:10%", "5:1",
		"10,20", "0x10", "nan", "-5", "10%%", "10% ", "5:10G",
		"5G:10", "used", "%", "10%usedfree", "1e400", ":", "@", "~",
		"10%:x" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct disk_limits l = { 0 };
		struct error err = { .text = "" };

		tap_int(disk_limits_add(&l, 'w', texts[i], MIB, &err), -1,
		    texts[i]);
		tap_ok(err.text[0] != '\0' && !l.given, "with a reason");
	}
}

/* Limits are explained, not the ranges that they may be. */
static void
test_reason(void)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "foo", "'foo' is not a limit (10%, 2G, 85%used)" },
		{ "5xused", "'5xused' is not a limit (10%, 2G, 85%used)" },
		{ "-5", "'-5' is not a limit (10%, 2G, 85%used)" },
		{ "20:10%", "range '20:10%' starts at 20, above its end" },
		{ "1:x", "'1:x' is not a range "
		    "(10, 10:, ~:10, 10:20, @10:20)" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct disk_limits l = { 0 };
		struct error err = { .text = "" };

		(void)disk_limits_add(&l, 'w', cases[i].text, MIB, &err);
		tap_str(err.text, cases[i].why, cases[i].text);
	}
}

static void
test_default(void)
{
	struct disk_verdict v = disk_limits_judge(&disk_default_limits,
	    DISK_SPACE, 85, 15);

	tap_int(v.status, STATUS_OK, "85 % used");
	v = disk_limits_judge(&disk_default_limits, DISK_SPACE, 86, 14);
	tap_int(v.status, STATUS_WARNING, "86 % used");
	v = disk_limits_judge(&disk_default_limits, DISK_INODES, 96, 4);
	tap_int(v.status, STATUS_CRITICAL, "96 % of inodes used");
	v = disk_limits_judge(&disk_default_limits, DISK_SPACE, 0, 0);
	tap_int(v.status, STATUS_OK, "nothing at all");
}

int
main(void)
{
	test_edges();
	test_used();
	test_ranges();
	test_together();
	test_rejected();
	test_reason();
	test_default();
	return tap_done();
}
