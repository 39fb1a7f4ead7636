/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/host/disk_group.h"

static bool
has_nothing_to_say(const struct disk *disk)
{
	return disk->state == DISK_GONE || disk->state == DISK_STATED ||
	    (disk->state == DISK_SIZELESS && !disk->named);
}

static bool
is_member(const struct disk *disk, const char *group)
{
	return disk->group != NULL && strcmp(disk->group, group) == 0 &&
	    !has_nothing_to_say(disk);
}

static bool
is_same_device(const struct disk *a, const struct disk *b)
{
	return a->mount != NULL && b->mount != NULL &&
	    a->mount->major == b->mount->major &&
	    a->mount->minor == b->mount->minor;
}

/* An earlier member is another mount of the same filesystem. */
static bool
is_counted(const struct disk_plan *plan, size_t number)
{
	const struct disk *disk = &plan->disks[number];

	for (size_t i = 0; i < number; i++) {
		if (is_member(&plan->disks[i], disk->group) &&
		    is_same_device(&plan->disks[i], disk))
			return true;
	}
	return false;
}

static struct disk
sum_up(const struct disk_plan *plan, const char *group)
{
	struct disk sum = { .state = DISK_MEASURED, .group = group };

	for (size_t i = 0; i < plan->count; i++) {
		const struct disk *disk = &plan->disks[i];

		if (!is_member(disk, group))
			continue;
		sum.limits = disk->limits;
		if (disk->state != DISK_MEASURED)
			sum.state = DISK_INCOMPLETE;
		if (is_counted(plan, i))
			continue;
		sum.used += disk->used;
		sum.free += disk->free;
		sum.inodes_used += disk->inodes_used;
		sum.inodes_free += disk->inodes_free;
	}
	return sum;
}

static bool
is_first_of_group(const struct disk_plan *plan, size_t number)
{
	const char *group = plan->disks[number].group;

	for (size_t i = 0; i < number; i++) {
		if (is_member(&plan->disks[i], group))
			return false;
	}
	return true;
}

struct disk *
disk_group(const struct disk_plan *plan, size_t *count, struct error *err)
{
	struct disk *disks = calloc(2 * plan->count + 1, sizeof *disks);

	*count = 0;
	if (disks == NULL) {
		error_set(err, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < plan->count; i++) {
		const struct disk *disk = &plan->disks[i];

		if (has_nothing_to_say(disk))
			continue;
		if (disk->group != NULL && is_first_of_group(plan, i))
			disks[(*count)++] = sum_up(plan, disk->group);
		disks[*count] = *disk;
		disks[(*count)++].member = disk->group != NULL;
	}
	return disks;
}
