/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>

#include "plugins/host/mount.h"
#include "tests/tap.h"

static bool
parse(struct mount *m, char *storage, size_t size, const char *line)
{
	struct error err;

	(void)snprintf(storage, size, "%s", line);
	return mount_parse(m, storage, &err) == 0;
}

static void
test_fields(void)
{
	struct mount m;
	char line[512];

	tap_ok(parse(&m, line, sizeof line, "36 35 98:7 /mnt1 /mnt/two rw,"
	    "noatime master:1 - ext3 /dev/root rw,errors=continue"),
	    "the example of proc(5)");
	tap_int(m.id, 36, "id");
	tap_int(m.parent, 35, "parent");
	tap_int(m.major, 98, "major");
	tap_int(m.minor, 7, "minor");
	tap_str(m.point, "/mnt/two", "mount point");
	tap_str(m.type, "ext3", "type");
	tap_str(m.source, "/dev/root", "source");
	tap_ok(!m.readonly && !m.super_readonly && !m.failed, "writable");

	tap_ok(parse(&m, line, sizeof line, "1 2 0:5 / / rw - tmpfs  rw"),
	    "an empty source");
	tap_str(m.source, "", "is empty");
	tap_str(m.type, "tmpfs", "and the type is not in its place");

	tap_ok(parse(&m, line, sizeof line, "1 2 8:1 / /x rw shared:1 "
	    "master:2 propagate_from:3 unbindable new:9 - xfs /dev/sda1 rw"),
	    "any number of optional fields");
	tap_str(m.type, "xfs", "are skipped");

	tap_ok(parse(&m, line, sizeof line, "4294967295 0 4095:1048575 / /x "
	    "rw - a b rw"), "the largest numbers");
	tap_ok(parse(&m, line, sizeof line, "1 2 8:1 / /x//deleted rw - ext4 "
	    "/dev/sda1 rw"), "a mount point that was removed");
	tap_ok(m.hidden, "cannot be reached");
}

static void
test_names(void)
{
	static const struct {
		const char *written, *name, *what;
	} cases[] = {
		{ "/a\\040b", "/a b", "blank" },
		{ "/a\\011b", "/a\tb", "tab" },
		{ "/a\\012b", "/a\nb", "newline" },
		{ "/a\\134b", "/a\\b", "backslash" },
		{ "/a\\134040b", "/a\\040b", "a backslash before digits" },
		{ "/a\\043b", "/a#b", "hash" },
		{ "/a\\303\\274", "/a\xc3\xbc", "any byte" },
		{ "/a|b\033[1m", "/a|b\033[1m", "what is not escaped" },
		{ "/a\\", "/a\\", "a lone backslash" },
		{ "/a\\04", "/a\\04", "too few digits" },
		{ "/a\\048", "/a\\048", "no octal digit" },
		{ "/a\\400", "/a\\400", "no byte" },
		{ "/a\\000b", "/a\\000b", "no end in the middle" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char line[512], text[512];
		struct mount m;

		(void)snprintf(text, sizeof text,
		    "1 2 8:1 / %s rw - ext4 /dev/sda1 rw", cases[i].written);
		tap_ok(parse(&m, line, sizeof line, text), cases[i].what);
		tap_str(m.point, cases[i].name, cases[i].what);
	}
}

static void
test_readonly(void)
{
	static const struct {
		const char *mount, *super;
		bool readonly, super_readonly, failed;
	} cases[] = {
		{ "rw", "rw", false, false, false },
		{ "ro,nosuid", "rw", true, false, false },
		{ "rw", "ro", false, true, false },
		{ "nosuid,ro", "rw,ro", true, true, false },
		{ "rw,root", "rw,errors=remount-ro", false, false, false },
		{ "rw,errors=ro", "rw,prro", false, false, false },
		{ "rw", "rw,emergency_ro", false, true, true },
		{ "ro", "rw,emergency_ro", true, true, true },
		{ "rw", "rw,shutdown,discard", false, false, true },
		{ "rw", "", false, false, false },
		{ "rw", ",,ro", false, true, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char line[512], text[256];
		struct mount m;

		(void)snprintf(text, sizeof text,
		    "1 2 8:1 / /x %s - ext4 /dev/sda1 %s", cases[i].mount,
		    cases[i].super);
		tap_ok(parse(&m, line, sizeof line, text) &&
		    m.readonly == cases[i].readonly &&
		    m.super_readonly == cases[i].super_readonly &&
		    m.failed == cases[i].failed, text);
	}
}

static void
test_malformed(void)
{
	static const char *const lines[] = {
		"",
		" ",
		"x",
		"1",
		"1 2",
		"1 2 8",
		"1 2 8:",
		"1 2 8:1",
		"1 2 8:1 /",
		"1 2 8:1 / /x",
		"1 2 8:1 / /x rw",
		"1 2 8:1 / /x rw -",
		"1 2 8:1 / /x rw - ext4",
		"1 2 8:1 / /x rw - ext4 /dev/sda1",
		"1 2 8:1 / /x rw ext4 /dev/sda1 rw",
		"1 2 8:1 / x rw - ext4 /dev/sda1 rw",
		"1 2 8:1 /  rw - ext4 /dev/sda1 rw",
		"-1 2 8:1 / /x rw - ext4 /dev/sda1 rw",
		"1 b 8:1 / /x rw - ext4 /dev/sda1 rw",
		"1 2 8,1 / /x rw - ext4 /dev/sda1 rw",
		"1 2 8:1x / /x rw - ext4 /dev/sda1 rw",
		"4294967296 2 8:1 / /x rw - ext4 /dev/sda1 rw",
		"99999999999999999999 2 8:1 / /x rw - ext4 /dev/sda1 rw",
		"1  2 8:1 / /x rw - ext4 /dev/sda1 rw",
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		char line[512];
		struct mount m;

		tap_ok(!parse(&m, line, sizeof line, lines[i]), lines[i]);
	}
}

/* What kind a filesystem of that device, type and source is. */
static void
test_kinds(void)
{
	static const struct {
		unsigned major;
		const char *type, *source, *point;
		bool real, remote, container;
	} cases[] = {
		{ 8, "ext4", "/dev/sda1", "/", true, false, false },
		{ 253, "xfs", "/dev/mapper/a-b", "/srv", true, false, false },
		{ 0, "btrfs", "/dev/sda1", "/home", true, false, false },
		{ 0, "zfs", "tank/a:b", "/tank", true, false, false },
		{ 8, "vfat", "/dev/disk/by-path/pci-0000:00:1f.2", "/boot",
		    true, false, false },
		{ 7, "squashfs", "/dev/loop0", "/snap/a/1", false, false,
		    true },
		{ 11, "iso9660", "/dev/sr0", "/cdrom", false, false, false },
		{ 0, "tmpfs", "tmpfs", "/tmp", false, false, false },
		{ 0, "overlay", "overlay", "/", false, false, false },
		{ 0, "proc", "proc", "/proc", false, false, false },
		{ 0, "nfs4", "host:/x", "/x", false, true, false },
		{ 0, "cifs", "//host/x", "/x", false, true, false },
		{ 0, "fuse.sshfs", "me@host:", "/x", false, true, false },
		{ 0, "fuse.other", "host:/x", "/x", false, true, false },
		{ 0, "ceph", "x", "/x", false, true, false },
		{ 0, "fuse.gvfsd-fuse", "gvfsd-fuse", "/run/user/1/gvfs",
		    false, false, false },
		{ 43, "ext4", "/dev/nbd0", "/n", true, false, false },
		{ 8, "ext4", "/dev/sda1", "/var/lib/docker", true, false,
		    false },
		{ 8, "ext4", "/dev/sda1", "/var/lib/docker/volumes/a", true,
		    false, true },
		{ 8, "ext4", "/dev/sda1", "/var/lib/kubelet/pods/1/v", true,
		    false, true },
		{ 8, "ext4", "/dev/sda1", "/etc/hosts", true, false, true },
		{ 8, "ext4", "/dev/sda1", "/etc/hosts.d", true, false, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mount m = {
			.major = cases[i].major,
			.type = cases[i].type,
			.source = cases[i].source,
			.point = cases[i].point,
		};

		tap_int(mount_is_real(&m), cases[i].real, cases[i].source);
		tap_int(mount_is_remote(&m), cases[i].remote, "remote");
		tap_int(mount_is_container(&m), cases[i].container,
		    cases[i].point);
	}
}

static void
test_nature(void)
{
	struct mount m = { .type = "ext4" };

	tap_ok(mount_counts_inodes(&m), "ext4 has its number of inodes");
	tap_ok(mount_knows_by_heart(&m), "and how full it is in memory");
	m.by_project = true;
	tap_ok(!mount_knows_by_heart(&m), "but not by project");
	m = (struct mount){ .type = "xfs" };
	tap_ok(!mount_counts_inodes(&m), "xfs makes inodes as it needs them");
	tap_ok(!mount_knows_by_heart(&m), "and may wait");
}

int
main(void)
{
	test_fields();
	test_names();
	test_readonly();
	test_malformed();
	test_kinds();
	test_nature();
	return tap_done();
}
