/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mounts - all that is mounted, what of it can be seen, and what is the same
 */
#ifndef PLUGINS_HOST_MOUNTS_H
#define PLUGINS_HOST_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/run.h"
#include "plugins/host/mount.h"

struct mounts {
	struct mount *all; /* in the kernel's order */
	size_t count;
	size_t bad_lines;
	struct error bad; /* what is wrong with the first of them */

	char *text;         /* where the strings lie */
	uint32_t *by_point; /* hash table of the uppermost at each point */
	size_t mask;
};

/*
 * Reads a whole list from text, allocated and from here on the table's own,
 * whatever is returned. Lines that are malformed are counted and left out.
 */
int mounts_parse(struct mounts *out, char *text, struct error *err);

/* The same from run->procfs. */
int mounts_read(struct mounts *out, const struct run *run, struct error *err);

void mounts_free(struct mounts *m);

/* The mount that is seen at exactly the first len bytes of path, or NULL. */
const struct mount *mounts_at(const struct mounts *m, const char *path,
    size_t len);

/* The mount that path lies on if no link leads elsewhere, or NULL. */
const struct mount *mounts_above(const struct mounts *m, const char *path);

/*
 * Whether asking the mount how full it is cannot hang: neither it nor any
 * mount on the way to it needs anything but memory. The names on that way are
 * mount points and what is above them, which the kernel never forgets.
 */
bool mounts_cannot_hang(const struct mounts *m, const struct mount *mount);

const struct mount *mounts_by_id(const struct mounts *m, uint64_t id);

/* Of those not hidden the one with the shortest mount point, or NULL. */
const struct mount *mounts_by_device(const struct mounts *m, unsigned major,
    unsigned minor);
const struct mount *mounts_by_source(const struct mounts *m,
    const char *source);

#endif
