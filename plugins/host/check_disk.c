/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_disk - space, inodes and health of filesystems
 *
 * Takes the options of the monitoring-plugins check of that name and prints
 * its perfdata. Percentages are those of df: of what can be used, without the
 * blocks reserved for root; limits and sizes in perfdata are of the same.
 */
#include "config.h"

#include <strings.h>

#include "common/check.h"
#include "plugins/host/disk_measure.h"
#include "plugins/host/disk_report.h"
#include "plugins/host/disk_select.h"

static const struct disk_config defaults = {
	.unit = { .bytes = MIB },
	.patience = 5,
	.inaccessible = STATUS_CRITICAL,
	.readonly = STATUS_CRITICAL,
	.mounted_readonly = STATUS_OK,
	.errors = STATUS_WARNING,
};

static int
parse_unit(const char *value, void *field, struct error *err)
{
	static const struct {
		const char *name, *iec;
		double bytes;
	} units[] = {
		{ "bytes", "B", 1 },
		{ "kB", "KiB", KIB },
		{ "MB", "MiB", MIB },
		{ "GB", "GiB", GIB },
		{ "TB", "TiB", GIB * KIB },
		{ "PB", "PiB", GIB * MIB },
	};
	struct disk_unit *unit = field;

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strcasecmp(value, units[i].name) != 0 &&
		    strcasecmp(value, units[i].iec) != 0)
			continue;
		unit->bytes = units[i].bytes;
		return 0;
	}
	return error_set(err, "'%s' is not a unit (bytes, kB, MB, GB, TB, PB)",
	    value);
}

static int
take_kilobytes(const char *value, void *field, struct error *err)
{
	(void)value;
	return parse_unit("kB", field, err);
}

static int
take_megabytes(const char *value, void *field, struct error *err)
{
	(void)value;
	return parse_unit("MB", field, err);
}

#define STEP(letter, name, ...) \
	OPT(letter, name, struct disk_config, steps, __VA_ARGS__)
#define FIELD(letter, name, field, ...) \
	OPT(letter, name, struct disk_config, field, __VA_ARGS__)
#define STATE(name, field, ...) \
	OPT(0, name, struct disk_config, field, __VA_ARGS__, \
	    .parse = opt_parse_status, .metavar = "STATE")

static const struct opt opts[] = {
	STEP('w', "warning", "warn if no more than this is free: a size, a "
	    "percentage, or a range; with 'used' behind it (85%used) if more "
	    "than this is used", .metavar = "LIMIT", .initial = "85%used"),
	STEP('c', "critical", "alarm by such a limit", .metavar = "LIMIT",
	    .initial = "95%used"),
	STEP('W', "iwarning", "warn if no more than this share of the inodes "
	    "is free, or with 'used' behind it if more is used",
	    .metavar = "PERCENT", .initial = "85%used, if -w and -c are left "
	    "out too"),
	STEP('K', "icritical", "alarm by such a limit", .metavar = "PERCENT",
	    .initial = "95%used, if -w and -c are left out too"),
	STEP('p', "path", "judge the filesystem of this path or device, by "
	    "the limits given before it; may be repeated",
	    .alias = "partition", .metavar = "PATH",
	    .initial = "every local filesystem on a disk, and /"),
	STEP('r', "ereg-path", "judge all whose mount point or device fits "
	    "the regular expression", .alias = "ereg-partition",
	    .metavar = "REGEX"),
	STEP('R', "eregi-path", "the same in any case",
	    .alias = "eregi-partition", .metavar = "REGEX"),
	STEP('A', "all", "judge all that have a size, even in memory and on "
	    "other machines", .bare = true),
	STEP('i', "ignore-ereg-path", "drop those that fit from what was "
	    "selected before", .alias = "ignore-ereg-partition",
	    .metavar = "REGEX"),
	STEP('I', "ignore-eregi-path", "the same in any case",
	    .alias = "ignore-eregi-partition", .metavar = "REGEX"),
	STEP('g', "group", "judge what is selected after it by the sum of its "
	    "space, under this name", .metavar = "NAME"),
	STEP('E', "exact-match", "a path after -p has to be a mount point or "
	    "a device", .bare = true),
	STEP('C', "clear", "forget limits and group; without a selection "
	    "before it, those limits hold for all not selected later",
	    .bare = true),
	STEP('x', "exclude_device", "leave out this mount point or device",
	    .alias = "exclude-device", .metavar = "PATH"),
	STEP('X', "exclude-type", "leave out filesystems of this type; "
	    "iso9660 is, unless it is named", .metavar = "TYPE"),
	STEP('N', "include-type", "judge only filesystems of these types",
	    .metavar = "TYPE"),
	FIELD('l', "local", local_only, "leave out what lies on other "
	    "machines, even if it is selected"),
	FIELD('L', "stat-remote-fs", stat_remote, "the same, but see if it "
	    "can be accessed"),
	FIELD(0, "remote", remote, "judge what lies on other machines too, if "
	    "nothing is selected"),
	FIELD('u', "units", unit, "the unit of limits without one",
	    .parse = parse_unit, .metavar = "UNIT", .initial = "MB"),
	FIELD('k', "kilobytes", unit, "the same as --units=kB",
	    .parse = take_kilobytes, .bare = true),
	FIELD('m', "megabytes", unit, "the same as --units=MB",
	    .parse = take_megabytes, .bare = true),
	FIELD('e', "errors-only", errors_only, "show only those with trouble"),
	FIELD('q', "quiet", errors_only, "the same"),
	FIELD('f', "freespace-ignore-reserved", ignore_reserved,
	    "leave blocks reserved for root out of all figures: always so"),
	FIELD('P', "iperfdata", inode_perfdata, "show inodes in perfdata"),
	FIELD('M', "mountpoint", show_device,
	    "show the device instead of the mount point"),
	FIELD(0, "mount-timeout", patience, "wait that long in all for "
	    "filesystems to answer; those that do not are CRITICAL",
	    .units = UNITS_TIME, .least = 0.1, .most = 86400),
	STATE("inaccessible", inaccessible, "state of one that answers with "
	    "an error", .initial = "CRITICAL"),
	STATE("readonly", readonly, "state of one that was mounted to be "
	    "written, and turned read-only by an error",
	    .initial = "CRITICAL"),
	STATE("mounted-readonly", mounted_readonly, "state of one that was "
	    "mounted read-only; its space is judged only if it is named by -p",
	    .initial = "OK"),
	STATE("recorded-errors", errors, "state of one that has noted errors "
	    "of its own", .initial = "WARNING"),
	OPT_END,
};

static int
prepare(void *config, struct error *err)
{
	return disk_select_check(config, err);
}

static int
run_plan(const struct disk_config *cfg, struct disk_plan *plan,
    struct run *run, struct report *r, struct error *err)
{
	struct mounts fresh = { 0 };
	int rc = disk_measure(plan, cfg, &fresh, run, err);

	if (rc == 0)
		rc = disk_report(cfg, plan, run->now, r, err);
	mounts_free(&fresh);
	return rc;
}

static int
run_check(const void *config, struct run *run, struct report *r,
    struct error *err)
{
	const struct disk_config *cfg = config;
	struct disk_plan plan;
	struct mounts mounts;
	int rc;

	if (mounts_read(&mounts, run, err) < 0)
		return -1;
	rc = disk_select(&plan, cfg, &mounts, err);
	if (rc == 0) {
		rc = run_plan(cfg, &plan, run, r, err);
		disk_plan_free(&plan);
	}
	mounts_free(&mounts);
	return rc;
}

const struct check check_disk = {
	.name = "disk",
	.title = "Filesystems",
	.about = "Judges space, inodes and health of mounted filesystems, each "
	    "of them once.\nOne that hangs costs only its own line.",
	.opts = opts,
	.defaults = &defaults,
	.config_size = sizeof defaults,
	.flags = CHECK_RESIDENT,
	.prepare = prepare,
	.run = run_check,
};

CHECK_MAIN(check_disk)
