/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "common/probe.h"
#include "plugins/host/disk_probe.h"

/* One thing to look at. */
struct target {
	char *name; /* the same in each run, for as long as it is the same */
	char *path;
	size_t disk; /* number in the plan */
	bool find_place, only_stat;
};

struct survey {
	struct target *targets;
	size_t count;
};

/* What came of it; written by another process. */
struct sight {
	int why; /* errno; 0: all is well */
	struct disk_place place;
	double block; /* bytes */
	double blocks, blocks_free, blocks_available;
	double inodes, inodes_free, inodes_available;
};

/* --- in the child --- */

/* Mounts what an automounter has in store for the path. */
static int
find_place(const char *path, struct disk_place *place)
{
	struct statx st;

	if (statx(AT_FDCWD, path, 0, STATX_TYPE | STATX_MNT_ID, &st) < 0)
		return errno;
	*place = (struct disk_place){
		.known = true,
		.has_mount = (st.stx_mask & STATX_MNT_ID) != 0,
		.mount = st.stx_mnt_id,
		.major = st.stx_dev_major,
		.minor = st.stx_dev_minor,
		.is_device = S_ISBLK(st.stx_mode),
		.device_major = st.stx_rdev_major,
		.device_minor = st.stx_rdev_minor,
	};
	return 0;
}

static int
count(const char *path, struct sight *sight)
{
	struct statvfs vfs;

	if (statvfs(path, &vfs) < 0)
		return errno;
	sight->block = (double)(vfs.f_frsize != 0 ? vfs.f_frsize :
	    vfs.f_bsize);
	sight->blocks = (double)vfs.f_blocks;
	sight->blocks_free = (double)vfs.f_bfree;
	sight->blocks_available = (double)vfs.f_bavail;
	sight->inodes = (double)vfs.f_files;
	sight->inodes_free = (double)vfs.f_ffree;
	sight->inodes_available = (double)vfs.f_favail;
	return 0;
}

static void
look(const void *arg, size_t i, void *result)
{
	const struct survey *survey = arg;
	const struct target *t = &survey->targets[i];
	struct sight *sight = result;

	if (t->find_place || t->only_stat)
		sight->why = find_place(t->path, &sight->place);
	if (sight->why == 0 && !t->only_stat)
		sight->why = count(t->path, sight);
}

/* --- in the parent --- */

static const char *
name_target(const void *arg, size_t i)
{
	const struct survey *survey = arg;

	return survey->targets[i].name;
}

/*
 * A mount's number is part of its name, so that what an administrator mounts
 * in the place of something stuck is looked at. What lies on a mount that may
 * hang as a whole goes by its name too: one process waits for all of it.
 */
static char *
name_of(const struct disk *disk)
{
	const struct mount *m = disk->mount;
	char *name;
	int rc;

	if (disk->path != NULL && (m == NULL || mount_knows_by_heart(m)))
		rc = asprintf(&name, "%s", disk->path);
	else
		rc = asprintf(&name, "%u %s", m->id, m->point);
	return rc < 0 ? NULL : name;
}

static int
add_target(struct survey *survey, const struct disk *disk, size_t number,
    const struct run *run)
{
	struct target *t = &survey->targets[survey->count];
	const char *path = disk->path != NULL ? disk->path :
	    disk->mount->point;

	t->disk = number;
	t->find_place = disk->path != NULL;
	t->only_stat = disk->only_stat;
	if (asprintf(&t->path, "%s%s", run->rootfs, path) < 0) {
		t->path = NULL;
		return -1;
	}
	t->name = name_of(disk);
	survey->count++;
	return t->name == NULL ? -1 : 0;
}

static void
free_targets(struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++) {
		free(survey->targets[i].name);
		free(survey->targets[i].path);
	}
	free(survey->targets);
}

/* a - b, but counters that disagree do not make a negative amount. */
static double
less(double a, double b)
{
	return a > b ? a - b : 0;
}

/* As df: what only root may use is neither used nor free. */
static void
take_numbers(struct disk *disk, const struct sight *sight)
{
	double available = sight->blocks_available;

	/* A server may say "less than nothing", unsigned. */
	if (available > sight->blocks)
		available = 0;
	disk->state = sight->blocks > 0 ? DISK_MEASURED : DISK_SIZELESS;
	disk->used = less(sight->blocks, sight->blocks_free) * sight->block;
	disk->free = available * sight->block;
	if (sight->inodes <= 0)
		return;
	disk->inodes_used = less(sight->inodes, sight->inodes_free);
	disk->inodes_free = sight->inodes_available > sight->inodes ? 0 :
	    sight->inodes_available;
}

static void
take_sight(struct disk *disk, const struct sight *sight)
{
	disk->why = sight->why;
	if (sight->why == ENOENT && !disk->named)
		disk->state = DISK_GONE;
	else if (sight->why != 0)
		disk->state = DISK_INACCESSIBLE;
	else if (disk->only_stat)
		disk->state = DISK_STATED;
	else
		take_numbers(disk, sight);
}

static void
take_result(struct disk *disk, const struct probe *p, size_t i)
{
	disk->waiting = atomic_load(&p->items[i].pid);
	disk->since = p->items[i].since;
	switch (probe_get_state(p, i)) {
	case PROBE_WAITING:
		disk->state = DISK_UNTOUCHED;
		break;
	case PROBE_BEGUN:
		disk->state = DISK_HUNG;
		break;
	case PROBE_LEFT:
		disk->state = DISK_STUCK;
		break;
	case PROBE_DONE:
		take_sight(disk, probe_get_result(p, i));
		break;
	}
}

static int
look_at(struct survey *survey, struct disk_plan *plan,
    struct disk_place *places, double patience, const struct run *run,
    struct error *err)
{
	struct probe p = {
		.name = "disk",
		.count = survey->count,
		.result_size = sizeof(struct sight),
		.patience = patience,
		.object = name_target,
		.look = look,
		.arg = survey,
	};

	if (probe_run(&p, run, err) < 0) {
		probe_free(&p);
		return -1;
	}
	for (size_t i = 0; i < survey->count; i++) {
		size_t number = survey->targets[i].disk;
		const struct sight *sight = probe_get_result(&p, i);

		take_result(&plan->disks[number], &p, i);
		if (probe_get_state(&p, i) == PROBE_DONE)
			places[number] = sight->place;
	}
	probe_free(&p);
	return 0;
}

/* Spares the common host a process: starting one takes longer than all else. */
static bool
can_ask_here(const struct disk_plan *plan, const struct disk *disk,
    const struct run *run)
{
	const struct mounts *all = plan->mounts;
	const struct mount *m = disk->mount;

	return disk->path == NULL && !disk->only_stat && !run->replayed &&
	    *run->rootfs == '\0' && m >= all->all &&
	    m < all->all + all->count && mounts_cannot_hang(all, m);
}

static void
ask_here(struct disk *disk)
{
	struct sight sight = { 0 };

	sight.why = count(disk->mount->point, &sight);
	take_sight(disk, &sight);
}

int
disk_probe(struct disk_plan *plan, struct disk_place *places, double patience,
    const struct run *run, struct error *err)
{
	struct survey survey = { 0 };
	int rc = 0;

	survey.targets = calloc(plan->count + 1, sizeof *survey.targets);
	if (survey.targets == NULL)
		return error_set(err, "out of memory");
	for (size_t i = 0; i < plan->count && rc == 0; i++) {
		struct disk *disk = &plan->disks[i];

		if (disk->state != DISK_ASKED)
			continue;
		if (can_ask_here(plan, disk, run))
			ask_here(disk);
		else
			rc = add_target(&survey, disk, i, run);
	}
	if (rc < 0)
		error_set(err, "out of memory");
	else if (survey.count > 0)
		rc = look_at(&survey, plan, places, patience, run, err);
	free_targets(&survey);
	return rc;
}
