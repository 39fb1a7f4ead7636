/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk - one filesystem on its way through check_disk: asked, found, judged */
#ifndef PLUGINS_HOST_DISK_H
#define PLUGINS_HOST_DISK_H

#include <stdbool.h>

#include "common/opt.h"
#include "common/status.h"
#include "plugins/host/disk_errors.h"
#include "plugins/host/disk_limits.h"
#include "plugins/host/mount.h"

/* Its own type, so that -u, -k and -m can fill it. */
struct disk_unit {
	double bytes;
};

struct disk_config {
	struct opt_steps steps; /* -w -c -W -K -p -r -R -A -i -I -g ... */
	struct disk_unit unit;  /* of plain numbers in -w and -c */
	bool local_only, stat_remote, remote;
	bool show_device, errors_only, inode_perfdata, ignore_reserved;
	double patience; /* s to wait for all filesystems */

	/* What a trouble is worth. */
	enum status inaccessible, readonly, mounted_readonly, errors;
};

enum disk_state {
	DISK_ASKED, /* not looked at yet */
	DISK_MEASURED,
	DISK_STATED,       /* only whether it answers was asked; it did */
	DISK_SIZELESS,     /* answers, but holds nothing: /proc */
	DISK_GONE,         /* unmounted meanwhile */
	DISK_HUNG,         /* did not answer in time */
	DISK_STUCK,        /* not touched: an earlier run still waits for it */
	DISK_UNTOUCHED,    /* not touched: too many others hang */
	DISK_INACCESSIBLE, /* an error, see .why */
	DISK_NOT_MOUNTED,  /* a device without a filesystem */
	DISK_NOT_FOUND,    /* -E, and neither a mount point nor a device */
	DISK_NO_MATCH,     /* a regular expression that fits nothing */
	DISK_INCOMPLETE,   /* a group, some of which cannot be told */
};

struct disk {
	/* Asked for. */
	const struct mount *mount; /* NULL: not known yet, or none */
	const char *path;          /* by that name, if it is no mount point */
	const char *group;         /* NULL: none */
	const struct disk_limits *limits; /* NULL: space is not judged */
	bool named;                /* by -p, not by a pattern or by default */
	bool only_stat;
	bool member; /* its space is judged with that of its group */

	/* Found. */
	enum disk_state state;
	int why;      /* errno */
	int waiting;  /* pid of the process that still waits */
	double since; /* s since 1970, when it got stuck */
	double used, free;               /* bytes; as df counts them */
	double inodes_used, inodes_free; /* 0 and 0: it counts none */
	struct disk_errors errors;
};

#endif
