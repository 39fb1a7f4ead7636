/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/host/mount.h"

/* What the kernel puts behind the name of a mount point that was removed. */
static const char deleted[] = "//deleted";

/* --- one line of the list --- */

/* The text up to the next blank, NULL after the last; may be empty. */
static char *
next_field(char **rest)
{
	return strsep(rest, " ");
}

static bool
parse_number(const char *text, char stop, unsigned *out, const char **end)
{
	unsigned long value;
	char *after;

	if (text == NULL || *text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoul(text, &after, 10);
	if (*after != stop || errno != 0 || value > UINT_MAX)
		return false;
	*out = (unsigned)value;
	*end = after + 1;
	return true;
}

static bool
is_octal(char c, char most)
{
	return c >= '0' && c <= most;
}

/* \ooo to its byte, in place. What is no such thing stays as it is. */
static void
unescape(char *text)
{
	char *to = strchr(text, '\\');

	if (to == NULL)
		return;
	for (const char *p = to; *p != '\0';) {
		int c = 0;

		if (p[0] == '\\' && is_octal(p[1], '3') &&
		    is_octal(p[2], '7') && is_octal(p[3], '7'))
			c = (p[1] - '0') * 64 + (p[2] - '0') * 8 + p[3] - '0';
		*to++ = c != 0 ? (char)c : *p;
		p += c != 0 ? 4 : 1;
	}
	*to = '\0';
}

/* name is one of the options between commas, and not just a part of one. */
static bool
has_option(const char *options, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = options; p != NULL; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, name, len) == 0 &&
		    (p[len] == ',' || p[len] == '\0'))
			return true;
	}
	return false;
}

static bool
is_deleted(const char *point)
{
	size_t len = strlen(point), n = sizeof deleted - 1;

	return len > n && strcmp(point + len - n, deleted) == 0;
}

/* "shared:1 master:2 -": their number is any, the dash ends them. */
static bool
skip_optional_fields(char **rest)
{
	const char *field;

	do {
		field = next_field(rest);
	} while (field != NULL && strcmp(field, "-") != 0);
	return field != NULL;
}

int
mount_parse(struct mount *out, char *line, struct error *err)
{
	struct mount m = { 0 };
	char *rest = line, *point, *source, *type;
	const char *options, *end;

	if (!parse_number(next_field(&rest), '\0', &m.id, &end) ||
	    !parse_number(next_field(&rest), '\0', &m.parent, &end))
		return error_set(err, "it does not start with two numbers");
	if (!parse_number(next_field(&rest), ':', &m.major, &end) ||
	    !parse_number(end, '\0', &m.minor, &end))
		return error_set(err, "no device number");
	(void)next_field(&rest); /* what of the filesystem is seen */
	point = next_field(&rest);
	options = next_field(&rest);
	if (options == NULL || *point != '/')
		return error_set(err, "no mount point");
	m.readonly = has_option(options, "ro");
	if (!skip_optional_fields(&rest))
		return error_set(err, "no \" - \"");
	type = next_field(&rest);
	source = next_field(&rest);
	options = next_field(&rest);
	if (options == NULL)
		return error_set(err, "it ends too early");
	/*
	 * Since Linux 6.15 ext4 keeps the "rw" after an error; and says so in a
	 * way that cannot be meant, whatever this mount of it is.
	 */
	m.failed = has_option(options, "shutdown") ||
	    has_option(options, "emergency_ro");
	m.super_readonly = has_option(options, "ro") ||
	    has_option(options, "emergency_ro");

	m.by_project = has_option(options, "prjquota");
	m.hidden = is_deleted(point);
	unescape(point);
	unescape(source);
	unescape(type);
	m.point = point;
	m.source = source;
	m.type = type;
	*out = m;
	return 0;
}

/* --- what kind of filesystem it is --- */

/* The names lie one after the other, an empty one at the end. */
static bool
is_among(const char *names, const char *type)
{
	for (; *names != '\0'; names += strlen(names) + 1) {
		if (strcmp(names, type) == 0)
			return true;
	}
	return false;
}

bool
mount_is_remote(const struct mount *m)
{
	static const char types[] = "nfs\0nfs4\0cifs\0smb3\0smbfs\0ncpfs\0afs\0"
	    "ceph\0coda\0glusterfs\0lustre\0beegfs\0orangefs\0fuse.sshfs\0"
	    "fuse.glusterfs\0fuse.ceph\0fuse.rclone\0fuse.s3fs\0fuse.davfs\0"
	    "fuse.curlftpfs\0fuse.smbnetfs\0fuse.juicefs\0";

	/* A disk by its path (pci-0000:00...) is none. */
	return is_among(types, m->type) ||
	    (m->major == 0 && !mount_is_real(m) &&
	    (strchr(m->source, ':') != NULL ||
	    strncmp(m->source, "//", 2) == 0));
}

bool
mount_is_image(const struct mount *m)
{
	static const char types[] = "squashfs\0iso9660\0erofs\0cramfs\0"
	    "romfs\0";

	return is_among(types, m->type);
}

bool
mount_is_real(const struct mount *m)
{
	/* Filesystems on devices whose own device number is made up. */
	static const char anonymous[] = "btrfs\0zfs\0bcachefs\0ubifs\0";

	return m->major != 0 ? !mount_is_image(m) :
	    is_among(anonymous, m->type);
}

bool
mount_is_container(const struct mount *m)
{
	static const char below[] = "/var/lib/docker/\0/var/lib/containers/\0"
	    "/var/lib/containerd/\0/var/lib/kubelet/\0/var/lib/lxcfs/\0"
	    "/run/docker/\0/run/containerd/\0/run/netns/\0/var/snap/\0/snap/\0";
	/* Files of the host, seen from inside. */
	static const char files[] = "/etc/hosts\0/etc/hostname\0"
	    "/etc/resolv.conf\0/dev/termination-log\0";

	for (const char *p = below; *p != '\0'; p += strlen(p) + 1) {
		if (strncmp(m->point, p, strlen(p)) == 0)
			return true;
	}
	return is_among(files, m->point);
}

bool
mount_knows_by_heart(const struct mount *m)
{
	/*
	 * Not xfs, which may wait for its garbage to be cleared, nor vfat,
	 * which may have to count; with project quotas ext4 reads them.
	 */
	static const char types[] = "ext2\0ext3\0ext4\0tmpfs\0devtmpfs\0"
	    "ramfs\0";

	return is_among(types, m->type) && !m->by_project;
}

bool
mount_counts_inodes(const struct mount *m)
{
	static const char dynamic[] = "xfs\0zfs\0btrfs\0bcachefs\0";

	return !is_among(dynamic, m->type);
}
