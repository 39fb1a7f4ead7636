/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "plugins/host/disk_errors.h"

void
disk_device_name(const struct run *run, unsigned major, unsigned minor,
    char *name, size_t size)
{
	struct run_path link = run_path(run->sysfs, "dev/block/%u:%u", major,
	    minor);
	char target[512];
	ssize_t n = readlink(link.s, target, sizeof target - 1);
	const char *slash;

	*name = '\0';
	if (n <= 0)
		return;
	target[n] = '\0';
	slash = strrchr(target, '/');
	(void)snprintf(name, size, "%s", slash != NULL ? slash + 1 : target);
}

/* An attribute of the filesystem on device; 0 if there is none. */
static uint64_t
read_number(const struct run *run, const char *device, const char *attribute)
{
	struct run_path path = run_path(run->sysfs, "fs/ext4/%s/%s", device,
	    attribute);
	struct error err;
	uint64_t value;

	return file_read_number(path.s, &value, &err) < 0 ? 0 : value;
}

void
disk_errors_read(const struct run *run, const struct mount *m,
    struct disk_errors *out)
{
	struct run_path path;
	struct error err;
	char device[64];

	*out = (struct disk_errors){ 0 };
	if (strncmp(m->type, "ext", 3) != 0)
		return;
	disk_device_name(run, m->major, m->minor, device, sizeof device);
	if (*device == '\0')
		return;
	out->count = read_number(run, device, "errors_count");
	if (out->count == 0)
		return;
	out->first = read_number(run, device, "first_error_time");
	out->last = read_number(run, device, "last_error_time");
	path = run_path(run->sysfs, "fs/ext4/%s/last_error_func", device);
	if (file_read(path.s, out->where, sizeof out->where, &err) < 0)
		*out->where = '\0';
	out->where[strcspn(out->where, "\n")] = '\0';
}
