/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/host/disk_plan.h"

int
disk_plan_init(struct disk_plan *plan, const struct mounts *m, size_t options,
    struct error *err)
{
	*plan = (struct disk_plan){ .mounts = m };

	/* An option adds one disk, or some of the mounts not there yet. */
	plan->disks = calloc(m->count + options, sizeof *plan->disks);
	plan->limits = calloc(options, sizeof *plan->limits);
	plan->by_mount = calloc(2 * m->count + 1, sizeof *plan->by_mount);
	if (plan->disks == NULL || plan->limits == NULL ||
	    plan->by_mount == NULL) {
		disk_plan_free(plan);
		return error_set(err, "out of memory");
	}
	plan->by_device = plan->by_mount + m->count;
	return 0;
}

void
disk_plan_free(struct disk_plan *plan)
{
	free(plan->disks);
	free(plan->limits);
	free(plan->by_mount);
	*plan = (struct disk_plan){ 0 };
}

const struct disk_limits *
disk_plan_keep(struct disk_plan *plan, const struct disk_limits *limits)
{
	struct disk_limits *kept = &plan->limits[plan->limits_count++];

	*kept = *limits;
	return kept;
}

static size_t
number_of(const struct disk_plan *plan, const struct mount *m)
{
	return (size_t)(m - plan->mounts->all);
}

static struct disk *
find_path(const struct disk_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct disk *disk = &plan->disks[i];

		if (disk->path != NULL && strcmp(disk->path, path) == 0)
			return disk;
	}
	return NULL;
}

struct disk *
disk_plan_put(struct disk_plan *plan, const struct mount *m, const char *path,
    const struct disk_limits *limits, const char *group)
{
	size_t none = 0;
	size_t *known = path == NULL ? &plan->by_mount[number_of(plan, m)] :
	    &none;
	struct disk *disk = path != NULL ? find_path(plan, path) :
	    *known != 0 ? &plan->disks[*known - 1] : NULL;

	if (disk == NULL) {
		disk = &plan->disks[plan->count++];
		*disk = (struct disk){ .mount = m, .path = path };
		*known = plan->count;
	}
	disk->limits = limits;
	disk->group = group;
	return disk;
}

struct disk *
disk_plan_put_device(struct disk_plan *plan, const struct mount *m,
    const struct disk_limits *limits, const char *group)
{
	size_t *known = &plan->by_device[m->device];
	struct disk *disk = disk_plan_put(plan, *known == 0 ? m :
	    plan->disks[*known - 1].mount, NULL, limits, group);

	*known = (size_t)(disk - plan->disks) + 1;
	return disk;
}

/* Closes the gaps and tells the mounts where their disks are now. */
void
disk_plan_drop(struct disk_plan *plan,
    bool (*drops)(const void *arg, const struct mount *m), const void *arg)
{
	size_t kept = 0, n = plan->mounts->count;

	memset(plan->by_mount, 0, 2 * n * sizeof *plan->by_mount);
	for (size_t i = 0; i < plan->count; i++) {
		struct disk *disk = &plan->disks[i];
		const struct mount *m = disk->mount;

		if (m != NULL && drops(arg, m))
			continue;
		plan->disks[kept++] = *disk;
		if (m == NULL || disk->path != NULL)
			continue;
		plan->by_mount[number_of(plan, m)] = kept;
		if (!disk->named)
			plan->by_device[m->device] = kept;
	}
	plan->count = kept;
}
