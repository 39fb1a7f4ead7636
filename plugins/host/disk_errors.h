/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk_errors - what a filesystem has noted of its own damage */
#ifndef PLUGINS_HOST_DISK_ERRORS_H
#define PLUGINS_HOST_DISK_ERRORS_H

#include <stddef.h>
#include <stdint.h>

#include "common/run.h"
#include "plugins/host/mount.h"

/* ext2 to ext4 keep it in the superblock until the next fsck. */
struct disk_errors {
	uint64_t count;
	uint64_t first, last; /* s since 1970; 0: not known */
	char where[64];       /* the function that met the last one; or "" */
};

/* All zero for a filesystem that keeps no count. */
void disk_errors_read(const struct run *run, const struct mount *m,
    struct disk_errors *out);

/* The kernel's name of a block device ("dm-0"); "" if it has none. */
void disk_device_name(const struct run *run, unsigned major, unsigned minor,
    char *name, size_t size);

#endif
