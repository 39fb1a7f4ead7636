/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/host/disk_filter.h"
#include "plugins/host/disk_measure.h"
#include "plugins/host/disk_probe.h"

struct finder {
	struct disk_plan *plan;
	struct mounts *fresh;
	bool tried_fresh;
	const struct run *run;
};

/* The mount of that number, even if it came only now. */
static const struct mount *
find_mount(struct finder *f, uint64_t id)
{
	const struct mount *m = mounts_by_id(f->plan->mounts, id);
	struct error why;

	if (m != NULL)
		return m;
	if (!f->tried_fresh)
		(void)mounts_read(f->fresh, f->run, &why);
	f->tried_fresh = true;
	return mounts_by_id(f->fresh, id);
}

/* What is mounted from a device, which the kernel may know by other names. */
static const struct mount *
find_device(const struct finder *f, unsigned major, unsigned minor)
{
	const struct mounts *all = f->plan->mounts;
	const struct mount *m = mounts_by_device(all, major, minor);
	char name[64], source[128];

	if (m != NULL)
		return m;
	/* Where the device number of a mount is made up, as of btrfs. */
	disk_device_name(f->run, major, minor, name, sizeof name);
	(void)snprintf(source, sizeof source, "/dev/%s", name);
	return *name == '\0' ? NULL : mounts_by_source(all, source);
}

/* The mount that a path lies on: by the kernel's word, else by its name. */
static const struct mount *
find_place(struct finder *f, const struct disk *disk,
    const struct disk_place *place)
{
	const struct mount *guess = disk->mount, *m;

	if (f->run->replayed)
		return guess; /* the numbers are of another machine */
	if (place->has_mount) {
		m = find_mount(f, place->mount);
		return m != NULL ? m : guess;
	}
	if (guess != NULL && guess->major == place->major &&
	    guess->minor == place->minor)
		return guess;
	m = mounts_by_device(f->plan->mounts, place->major, place->minor);
	return m != NULL ? m : guess;
}

/* Each mount is judged once, by whatever names it is known. */
static void
take_mount(struct finder *f, struct disk *disk, const struct mount *m)
{
	const struct mounts *all = f->plan->mounts;
	size_t *known;

	if (m == NULL)
		return;
	disk->mount = m;
	disk->path = NULL;
	if (m < all->all || m >= all->all + all->count)
		return;
	known = &f->plan->by_mount[m - all->all];
	if (*known != 0)
		disk->state = DISK_GONE;
	else
		*known = (size_t)(disk - f->plan->disks) + 1;
}

/* True if the disk has to be looked at again, now that its mount is known. */
static bool
resolve(struct finder *f, struct disk *disk, const struct disk_place *place)
{
	const struct mount *m;

	if (disk->path == NULL || !place->known)
		return false;
	if (!place->is_device) {
		if (disk->state != DISK_INACCESSIBLE)
			take_mount(f, disk, find_place(f, disk, place));
		return false;
	}
	m = find_device(f, place->device_major, place->device_minor);
	if (m == NULL) {
		disk->state = DISK_NOT_MOUNTED;
		return false;
	}
	disk->state = DISK_ASKED;
	take_mount(f, disk, m);
	return disk->state == DISK_ASKED;
}

static int
probe_all(struct finder *f, struct disk_place *places, double patience,
    struct error *err)
{
	struct disk_plan *plan = f->plan;
	bool again = false;

	if (disk_probe(plan, places, patience, f->run, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->count; i++)
		again |= resolve(f, &plan->disks[i], &places[i]);
	return again ? disk_probe(plan, places, patience, f->run, err) : 0;
}

int
disk_measure(struct disk_plan *plan, const struct disk_config *cfg,
    struct mounts *fresh, const struct run *run, struct error *err)
{
	struct finder f = { .plan = plan, .fresh = fresh, .run = run };
	struct disk_place *places = calloc(plan->count + 1, sizeof *places);
	int rc;

	if (places == NULL)
		return error_set(err, "out of memory");
	rc = probe_all(&f, places, cfg->patience, err);
	free(places);
	if (rc < 0)
		return -1;
	disk_filter(plan, cfg);
	for (size_t i = 0; i < plan->count; i++) {
		struct disk *disk = &plan->disks[i];

		if (disk->state == DISK_MEASURED && disk->mount != NULL)
			disk_errors_read(run, disk->mount, &disk->errors);
	}
	return 0;
}
