/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "common/quantity.h"
#include "common/voice.h"
#include "plugins/host/disk_report.h"
#include "tests/tap.h"

enum {
	NOW = 1700000000,
	HOUR = 3600,
};

static const struct disk_config standard = {
	.inaccessible = STATUS_CRITICAL,
	.readonly = STATUS_CRITICAL,
	.errors = STATUS_WARNING,
};

static const struct mount
    root = { .minor = 1, .point = "/", .type = "ext4", .source = "/dev/r" },
    home = { .minor = 2, .point = "/home", .type = "ext4",
	.source = "/dev/h" },
    dynamic = { .minor = 3, .point = "/xfs", .type = "xfs", .source = "x" },
    bind = { .minor = 4, .point = "/bind", .type = "ext4", .source = "b",
	.readonly = true },
    image = { .minor = 5, .point = "/image", .type = "ext4", .source = "i",
	.readonly = true, .super_readonly = true },
    broken = { .minor = 6, .point = "/broken", .type = "ext4",
	.source = "k", .super_readonly = true },
    failed = { .minor = 7, .point = "/failed", .type = "ext4",
	.source = "f", .failed = true },
    evil = { .minor = 8, .point = "/a|b\n\033[31m%s\\", .type = "ext4",
	.source = "e" };

/* What the plugin would print about these disks. */
static const char *
answer(const struct disk_config *cfg, const struct disk *disks, size_t count,
    enum status *status)
{
	static char text[16384];
	static _Alignas(max_align_t) char storage[65536];
	struct disk copy[16];
	struct mounts none = { 0 };
	struct disk_plan plan = { .disks = copy, .count = count,
		.mounts = &none };
	struct report *r = report_init(storage, sizeof storage);
	struct buf b = buf_on(text, sizeof text);
	struct error err;

	for (size_t i = 0; i < count; i++) {
		copy[i] = disks[i];
		if (copy[i].limits == NULL)
			copy[i].limits = &disk_default_limits;
	}
	if (disk_report(cfg, &plan, NOW, r, &err) < 0)
		tap_ok(false, err.text);
	voice_service(&b, "disk", r);
	*status = r->status;
	return text;
}

/* 1,000 MiB, with so many of them used. */
#define USED(mib) .state = DISK_MEASURED, .used = (mib) * MIB, \
    .free = (1000 - (mib)) * MIB

static const struct {
	struct disk disk;
	const char *line;
} lines[] = {
	{ { .mount = &root, USED(500) },
	    "[OK] / 50.0% used (500.0 MiB free)" },
	{ { .mount = &root, USED(900), .inodes_used = 1, .inodes_free = 9 },
	    "[WARNING] / 90.0% used (100.0 MiB free), limit 85%; "
	    "inodes 10.0%" },
	{ { .mount = &root, USED(960) },
	    "[CRITICAL] / 96.0% used (40.0 MiB free), limit 95%" },
	{ { .mount = &root, USED(500), .inodes_used = 97, .inodes_free = 3 },
	    "[CRITICAL] / 50.0% used (500.0 MiB free); "
	    "97.0% of inodes used (3 free), limit 95%" },
	{ { .mount = &dynamic, USED(500), .inodes_used = 97,
	    .inodes_free = 3 },
	    "[OK] /xfs 50.0% used (500.0 MiB free); inodes 97.0%" },
	{ { .mount = &root, USED(0) },
	    "[OK] / 0.0% used (1000.0 MiB free)" },
	{ { .mount = &root, USED(1000) },
	    "[CRITICAL] / 100.0% used (0 B free), limit 95%" },

	/* Read-only, in its four ways. */
	{ { .mount = &bind, USED(960) },
	    "[CRITICAL] /bind 96.0% used (40.0 MiB free), limit 95%" },
	{ { .mount = &image, USED(1000) },
	    "[OK] /image 100.0% used (0 B free); "
	    "mounted read-only, not judged" },
	{ { .mount = &image, USED(1000), .named = true },
	    "[CRITICAL] /image 100.0% used (0 B free), limit 95%; "
	    "mounted read-only" },
	{ { .mount = &broken, USED(500) },
	    "[CRITICAL] /broken read-only after an error; "
	    "50.0% used (500.0 MiB free)" },
	{ { .mount = &failed, USED(500) },
	    "[CRITICAL] /failed shut down after an error; "
	    "50.0% used (500.0 MiB free)" },

	/* Errors it has noted. */
	{ { .mount = &root, USED(500), .errors = { .count = 1 } },
	    "[WARNING] / 50.0% used (500.0 MiB free); 1 error recorded" },
	{ { .mount = &root, USED(500), .errors = { .count = 3,
	    .first = NOW - 5 * HOUR, .last = NOW - 2 * HOUR,
	    .where = "ext4_lookup" } },
	    "[WARNING] / 50.0% used (500.0 MiB free); 3 errors recorded, the "
	    "first 5 h ago, the last 2 h ago in ext4_lookup" },

	/* No answer. */
	{ { .mount = &home, .state = DISK_HUNG, .waiting = 17 },
	    "[CRITICAL] /home does not answer, waited for by pid 17" },
	{ { .mount = &home, .state = DISK_STUCK, .waiting = 17,
	    .since = NOW - HOUR },
	    "[CRITICAL] /home has been stuck for 1 h, waited for by pid 17" },
	{ { .mount = &home, .state = DISK_UNTOUCHED },
	    "[UNKNOWN] /home was not looked at: no time was left" },
	{ { .mount = &root, .path = "/root/x", .state = DISK_INACCESSIBLE,
	    .why = EACCES },
	    "[CRITICAL] /root/x is not accessible: Permission denied" },
	{ { .mount = &root, .path = "/dev/sdz", .state = DISK_NOT_MOUNTED },
	    "[CRITICAL] /dev/sdz is not mounted" },
	{ { .mount = &root, .path = "/x", .state = DISK_NOT_FOUND },
	    "[CRITICAL] /x is neither mount point nor device" },
	{ { .path = "^/x", .state = DISK_NO_MATCH },
	    "[UNKNOWN] ^/x fits no mount point and no device" },
	{ { .mount = &home, .state = DISK_SIZELESS, .named = true },
	    "[UNKNOWN] /home has no size" },

	/* A path that is not resolved tells nothing of the mount's state. */
	{ { .mount = &broken, .path = "/broken/x", .state = DISK_HUNG },
	    "[CRITICAL] /broken/x does not answer" },

	{ { .mount = &evil, USED(500) },
	    "[OK] /a\\x7cb\\n\\x1b[31m%s\\\\ 50.0% used (500.0 MiB free)" },
};

static void
test_lines(void)
{
	for (size_t i = 0; i < COUNT(lines); i++) {
		enum status status;
		const char *text = answer(&standard, &lines[i].disk, 1,
		    &status);
		const char *line = strchr(text, '\n');
		char got[512];

		(void)snprintf(got, sizeof got, "%s",
		    line != NULL ? line + 1 : text);
		got[strcspn(got, "\n")] = '\0';
		tap_str(got, lines[i].line, "line");
		tap_has(lines[i].line, status_name(status), "and status");
	}
}

static void
test_whole(void)
{
	const struct disk disks[] = {
		{ .mount = &root, USED(500), .inodes_used = 1,
		    .inodes_free = 3 },
		{ .mount = &home, USED(900) },
		{ .mount = &dynamic, .state = DISK_HUNG },
		{ .mount = &bind, .state = DISK_GONE },
		{ .mount = &image, .state = DISK_STATED },
		{ .mount = &failed, .state = DISK_SIZELESS },
	};
	struct disk_config cfg = standard;
	enum status status;
	const char *text = answer(&cfg, disks, COUNT(disks), &status);

	tap_str(text, "DISK CRITICAL - /xfs does not answer; 2 of 3 not OK | "
	    "/=524288000B;891289600;996147200;0;1048576000 "
	    "/home=943718400B;891289600;996147200;0;1048576000\n"
	    "[CRITICAL] /xfs does not answer\n"
	    "[WARNING] /home 90.0% used (100.0 MiB free), limit 85%\n"
	    "[OK] / 50.0% used (500.0 MiB free); inodes 25.0%\n",
	    "the worst first, perfdata in its own order");

	cfg.inode_perfdata = cfg.show_device = cfg.errors_only = true;
	text = answer(&cfg, disks, 2, &status);
	tap_str(text, "DISK WARNING - /dev/h 90.0% used (100.0 MiB free), "
	    "limit 85%; 1 of 2 not OK | "
	    "/dev/r=524288000B;891289600;996147200;0;1048576000 "
	    "'/dev/r (inodes)'=1;3;3;0;4 "
	    "/dev/h=943718400B;891289600;996147200;0;1048576000\n"
	    "[WARNING] /dev/h 90.0% used (100.0 MiB free), limit 85%\n",
	    "with -P, -M and -e");

	text = answer(&standard, disks, 1, &status);
	tap_has(text, "DISK OK - / 50.0% used (500.0 MiB free) | ", "one");
	text = answer(&standard, disks + 3, 3, &status);
	tap_str(text, "DISK UNKNOWN - there is no filesystem to judge\n",
	    "none that has anything to say");
	text = answer(&standard, (const struct disk[]){
	    { .mount = &home, USED(600) }, { .mount = &image, USED(1000) },
	    disks[0] }, 3, &status);
	tap_has(text, "DISK OK - 3 filesystems, fullest /home 60.0% used "
	    "(400.0 MiB free) | ", "of those that can be filled");
}

static void
test_states(void)
{
	const struct disk disks[] = {
		{ .mount = &image, USED(1000) },
		{ .mount = &broken, USED(500), .errors = { .count = 2 } },
		{ .mount = &home, .state = DISK_INACCESSIBLE, .why = EIO },
	};
	struct disk_config cfg = { .inaccessible = STATUS_OK,
		.readonly = STATUS_OK, .mounted_readonly = STATUS_OK,
		.errors = STATUS_OK };
	enum status status;

	(void)answer(&cfg, disks, COUNT(disks), &status);
	tap_int(status, STATUS_OK, "all of it is declared to be fine");
	cfg.mounted_readonly = STATUS_WARNING;
	tap_has(answer(&cfg, disks, COUNT(disks), &status), "DISK WARNING - "
	    "/image mounted read-only, not judged; 1 of 3 not OK",
	    "--mounted-readonly");
	cfg.readonly = STATUS_UNKNOWN;
	cfg.mounted_readonly = STATUS_OK;
	tap_has(answer(&cfg, disks, COUNT(disks), &status), "DISK UNKNOWN - "
	    "/broken read-only after an error; 1 of 3", "--readonly");
	cfg.errors = STATUS_CRITICAL;
	tap_has(answer(&cfg, disks, COUNT(disks), &status), "DISK CRITICAL - "
	    "/broken 2 errors recorded; 1 of 3", "--recorded-errors");
}

static void
test_groups(void)
{
	struct disk_limits limits = { 0 };
	const struct disk disks[] = {
		{ .mount = &root, USED(200), .group = "g", .limits = &limits },
		{ .mount = &home, USED(900), .group = "g", .limits = &limits },
		/* Another mount of the same filesystem. */
		{ .mount = &home, USED(900), .group = "g", .limits = &limits },
		{ .mount = &dynamic, USED(100) },
		{ .mount = &bind, .state = DISK_HUNG, .group = "g",
		    .limits = &limits },
	};
	enum status status;
	struct error err;
	const char *text;

	(void)disk_limits_add(&limits, 'w', "500", MIB, &err);
	text = answer(&standard, disks, 4, &status);
	tap_str(text, "DISK OK - 2 filesystems, fullest g 55.0% used "
	    "(900.0 MiB free) | g=1153433600B;1572864000;;0;2097152000 "
	    "/xfs=104857600B;891289600;996147200;0;1048576000\n"
	    "[OK] g 55.0% used (900.0 MiB free)\n"
	    "[OK] /xfs 10.0% used (900.0 MiB free)\n",
	    "by their sum, each device once");

	text = answer(&standard, disks, 5, &status);
	tap_has(text, "DISK CRITICAL - /bind does not answer; 2 of 3 not OK",
	    "one that hangs is named");
	tap_has(text, "[UNKNOWN] g is not known in full: not judged",
	    "and the sum is not made up");
	tap_ok(strstr(text, "g=") == NULL, "nor drawn");
}

static void
test_bad_list(void)
{
	static _Alignas(max_align_t) char storage[65536];
	struct report *r = report_init(storage, sizeof storage);
	struct disk disk = { .mount = &root, USED(500),
		.limits = &disk_default_limits };
	struct mounts m = { .bad_lines = 2, .bad = { "x: line 3: no" } };
	struct disk_plan plan = { .disks = &disk, .count = 1, .mounts = &m };
	struct error err;
	char text[2048];
	struct buf b = buf_on(text, sizeof text);

	(void)disk_report(&standard, &plan, NOW, r, &err);
	voice_service(&b, "disk", r);
	tap_has(text, "DISK UNKNOWN - x: line 3: no | /=", "it is named first");
	tap_has(text, "[UNKNOWN] x: line 3: no (and 1 more)\n[OK] / 50.0%",
	    "and the others are judged");
}

int
main(void)
{
	test_lines();
	test_whole();
	test_states();
	test_groups();
	test_bad_list();
	return tap_done();
}
