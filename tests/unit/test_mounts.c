/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "plugins/host/mounts.h"
#include "tests/tap.h"

static struct mounts
parse(const char *text)
{
	struct mounts m = { 0 };
	struct error err;

	if (mounts_parse(&m, strdup(text), &err) < 0)
		tap_ok(false, err.text);
	return m;
}

/* The numbers of the mounts that can be seen, as "1 2 4". */
static const char *
seen(const struct mounts *m, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < m->count; i++) {
		if (!m->all[i].hidden)
			len += (size_t)snprintf(text + len, size - len,
			    "%s%u", len > 0 ? " " : "", m->all[i].id);
	}
	return text;
}

#define EXT4 " - ext4 /dev/sda1 rw\n"

static void
test_hiding(void)
{
	static const struct {
		const char *text, *seen, *what;
	} cases[] = {
		{ "1 0 8:1 / / rw" EXT4 "2 1 8:2 / /a rw" EXT4,
		    "1 2", "side by side" },
		{ "1 0 8:1 / / rw" EXT4 "2 1 8:2 / /a rw" EXT4
		    "3 2 8:3 / /a rw" EXT4, "1 3", "over it" },
		{ "1 0 8:1 / / rw" EXT4 "3 2 8:3 / /a rw" EXT4
		    "2 1 8:2 / /a rw" EXT4, "1 3", "over it by a move" },
		{ "1 0 0:2 / / rw - rootfs rootfs rw\n"
		    "2 1 8:2 / / rw" EXT4 "3 2 8:3 / /a rw" EXT4, "2 3",
		    "over the first root" },
		{ "1 0 8:1 / / rw" EXT4 "2 1 8:2 / /a/b rw" EXT4
		    "3 1 8:3 / /a rw" EXT4, "1 3", "buried" },
		{ "1 0 8:1 / / rw" EXT4 "2 1 8:2 / /a/b rw" EXT4
		    "3 1 8:3 / /a rw" EXT4 "4 3 8:2 / /a/b rw" EXT4, "1 3 4",
		    "buried, and there again" },
		{ "1 0 8:1 / / rw" EXT4 "2 1 8:2 / /ab rw" EXT4
		    "3 1 8:3 / /a rw" EXT4, "1 2 3", "names that begin alike" },
		{ "2 1 8:2 / /a rw" EXT4 "3 2 8:3 / /a/b rw" EXT4, "2 3",
		    "in a chroot, without its root" },
		{ "1 0 8:1 / / rw" EXT4 "2 1 8:2 / /a//deleted rw" EXT4, "1",
		    "removed" },
		{ "", "", "nothing" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mounts m = parse(cases[i].text);
		char text[64];

		tap_str(seen(&m, text, sizeof text), cases[i].seen,
		    cases[i].what);
		mounts_free(&m);
	}
}

static void
test_lookup(void)
{
	struct mounts m = parse("1 0 8:1 / / rw" EXT4
	    "2 1 8:2 / /a/long/way rw - ext4 /dev/sdb1 rw\n"
	    "3 1 8:2 / /short rw - ext4 /dev/sdb1 rw\n"
	    "4 1 0:9 / /with\\040blank rw - tmpfs tmpfs rw\n");
	const struct mount *found;

	tap_ok(mounts_at(&m, "/short", 6) == &m.all[2], "at its point");
	tap_ok(mounts_at(&m, "/short/", 6) == &m.all[2], "up to its length");
	tap_ok(mounts_at(&m, "/sho", 4) == NULL, "not at a part of it");
	tap_ok(mounts_at(&m, "", 0) == NULL, "not at nothing");
	tap_ok(mounts_above(&m, "/short/x/y") == &m.all[2], "below");
	tap_ok(mounts_above(&m, "/shorter") == &m.all[0], "beside");
	tap_ok(mounts_above(&m, "/a/long/way/x") == &m.all[1], "far below");
	tap_ok(mounts_above(&m, "/a/long") == &m.all[0], "above");
	tap_ok(mounts_above(&m, "/") == &m.all[0], "the root");
	tap_ok(mounts_above(&m, "/with blank//") == &m.all[3], "slashes");
	tap_ok(mounts_above(&m, "relative") == NULL, "no absolute path");
	tap_ok(mounts_above(&m, "") == NULL, "no path");

	found = mounts_by_device(&m, 8, 2);
	tap_ok(found == &m.all[2], "the shortest of a device");
	tap_ok(mounts_by_source(&m, "/dev/sdb1") == found, "or of its name");
	tap_ok(mounts_by_source(&m, "/dev/sdc1") == NULL, "no such device");
	tap_ok(mounts_by_device(&m, 8, 3) == NULL, "no such number");
	tap_ok(mounts_by_id(&m, 4) == &m.all[3], "by id");
	tap_ok(mounts_by_id(&m, 5) == NULL, "no such id");
	tap_int((long long)m.all[2].device, 1, "the same device as another");
	tap_int((long long)m.all[3].device, 3, "a device of its own");
	mounts_free(&m);
	tap_ok(mounts_at(&m, "/", 1) == NULL, "nothing in an empty table");
}

static void
test_hanging(void)
{
	struct mounts m = parse("1 0 8:1 / / rw" EXT4
	    "2 1 8:2 / /a rw" EXT4
	    "3 2 0:5 / /a/tmp rw - tmpfs tmpfs rw\n"
	    "4 1 0:6 / /nfs rw - nfs4 host:/x rw\n"
	    "5 4 8:3 / /nfs/local rw" EXT4
	    "6 1 8:4 / /xfs rw - xfs /dev/sdd1 rw\n"
	    "7 1 8:5 / /p rw - ext4 /dev/sde1 rw,prjquota\n");
	static const char *const expected = "yyynnnn";
	char got[16] = "";

	for (size_t i = 0; i < m.count; i++)
		got[i] = mounts_cannot_hang(&m, &m.all[i]) ? 'y' : 'n';
	tap_str(got, expected, "which cannot hang, the way there included");
	mounts_free(&m);

	m = parse("2 1 8:2 / /a rw" EXT4);
	tap_ok(!mounts_cannot_hang(&m, &m.all[0]), "a way that is not known");
	mounts_free(&m);
}

static void
test_malformed(void)
{
	struct mounts m = parse("1 0 8:1 / / rw" EXT4 "nonsense\n\n"
	    "2 1 8:2 / /a rw" EXT4 "3 1");

	tap_int((long long)m.count, 2, "those that are sound");
	tap_int((long long)m.bad_lines, 3, "those that are not");
	tap_has(m.bad.text, "line 2: ", "the first of them is named");
	mounts_free(&m);
}

/* All at /mN of 10 devices; twice as many may not take four times as long. */
static double
seconds_for(int count)
{
	char *text = malloc((size_t)count * 80 + 80);
	size_t len = (size_t)sprintf(text, "1 0 8:1 / / rw" EXT4);
	struct timespec from, to;
	struct error err;
	struct mounts m;

	for (int i = 0; i < count; i++)
		len += (size_t)sprintf(text + len, "%d 1 8:%d / /m%d rw" EXT4,
		    i + 2, i % 10, i);
	clock_gettime(CLOCK_MONOTONIC, &from);
	if (mounts_parse(&m, text, &err) == 0)
		mounts_free(&m);
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (double)(to.tv_sec - from.tv_sec) +
	    (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

int
main(void)
{
	test_hiding();
	test_lookup();
	test_hanging();
	test_malformed();
	tap_ok(seconds_for(100000) < 5, "100,000 mounts in no time");
	return tap_done();
}
