/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "plugins/host/disk_filter.h"

static bool
is_listed(const struct disk_config *cfg, int letter, const char *value)
{
	for (size_t i = 0; i < cfg->steps.count; i++) {
		const struct opt_step *step = &cfg->steps.steps[i];

		if (step->letter == letter && strcmp(step->value, value) == 0)
			return true;
	}
	return false;
}

bool
disk_filter_is_given(const struct disk_config *cfg, const char *letters)
{
	for (size_t i = 0; i < cfg->steps.count; i++) {
		if (strchr(letters, cfg->steps.steps[i].letter) != NULL)
			return true;
	}
	return false;
}

static bool
is_excluded(const struct disk_config *cfg, const struct disk *disk)
{
	const struct mount *m = disk->mount;
	bool only_some = disk_filter_is_given(cfg, "N");
	bool asked_type = only_some && is_listed(cfg, 'N', m->type);

	if (cfg->local_only && !cfg->stat_remote && mount_is_remote(m))
		return true;
	if (strcmp(m->type, "iso9660") == 0 && !disk->named && !asked_type)
		return true;
	return (only_some && !asked_type) || is_listed(cfg, 'X', m->type) ||
	    is_listed(cfg, 'x', m->source) || is_listed(cfg, 'x', m->point);
}

void
disk_filter(struct disk_plan *plan, const struct disk_config *cfg)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->count; i++) {
		struct disk disk = plan->disks[i];
		bool sure = disk.mount != NULL && disk.path == NULL;

		if (sure && is_excluded(cfg, &disk))
			continue;
		disk.only_stat = sure && cfg->stat_remote &&
		    mount_is_remote(disk.mount);
		if (disk.only_stat && disk.state == DISK_MEASURED)
			disk.state = DISK_STATED;
		plan->disks[kept++] = disk;
	}
	plan->count = kept;
}

bool
disk_filter_default(const struct disk_config *cfg, const struct mount *m)
{
	bool remote = cfg->remote || cfg->stat_remote;

	if (disk_filter_is_given(cfg, "N"))
		return is_listed(cfg, 'N', m->type);
	if (strcmp(m->point, "/") == 0)
		return true;
	return !mount_is_container(m) &&
	    (mount_is_real(m) || (remote && mount_is_remote(m)));
}
