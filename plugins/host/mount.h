/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mount - one mounted filesystem, by the kernel's own list
 *
 * /proc/self/mountinfo, see proc_pid_mountinfo(5): fields between single
 * blanks, of which a source may be empty, with blanks, newlines and
 * backslashes in names as \ooo.
 */
#ifndef PLUGINS_HOST_MOUNT_H
#define PLUGINS_HOST_MOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

struct mount {
	unsigned id, parent;
	unsigned major, minor;
	const char *point, *source, *type;
	bool readonly;       /* this mount of it */
	bool super_readonly; /* the filesystem itself */
	bool failed;         /* the kernel says that an error did it */
	bool by_project;     /* its size depends on who asks about which part */

	/* Filled in for a whole table. */
	bool hidden;   /* by another mount: its path leads elsewhere */
	bool stacked;  /* lies on top of another at the same point */
	size_t device; /* the first mount in the table of the same device */
};

/*
 * Reads one line, without its newline. Its strings lie in line, which is
 * changed. -1 and err if it is none.
 */
int mount_parse(struct mount *out, char *line, struct error *err);

/* Lies on another machine, which may be down. */
bool mount_is_remote(const struct mount *m);

/* Keeps its data on a disk of this machine, and can be filled. */
bool mount_is_real(const struct mount *m);

/* Is made once, full, and never written, whatever its options say. */
bool mount_is_image(const struct mount *m);

/* Belongs to a container, or is something of the host shown to one. */
bool mount_is_container(const struct mount *m);

/*
 * Says how full it is without touching a disk or another process, if only the
 * way to it does not either.
 */
bool mount_knows_by_heart(const struct mount *m);

/* Has a number of inodes of its own, which does not follow from its space. */
bool mount_counts_inodes(const struct mount *m);

#endif
