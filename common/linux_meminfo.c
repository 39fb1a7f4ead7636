/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Source: proc(5) and Documentation/filesystems/proc.rst of Linux. */
#include "config.h"

#include <stddef.h>

#include "common/file.h"
#include "common/meminfo.h"

/* Lines of /proc/meminfo, which are in kB. */
static const struct field {
	const char *key;
	size_t offset;
} fields[] = {
	{ "MemTotal", offsetof(struct meminfo, total) },
	{ "MemAvailable", offsetof(struct meminfo, available) },
	{ "MemFree", offsetof(struct meminfo, free) },
	{ "Buffers", offsetof(struct meminfo, buffers) },
	{ "Cached", offsetof(struct meminfo, cached) },
	{ "Shmem", offsetof(struct meminfo, shared) },
	{ "Slab", offsetof(struct meminfo, slab) },
	{ "SwapTotal", offsetof(struct meminfo, swap_total) },
	{ "SwapFree", offsetof(struct meminfo, swap_free) },
};

/*
 * Before Linux 3.14 there was no MemAvailable. Shared memory is in the page
 * cache, but cannot be dropped.
 */
static uint64_t
guess_available(const struct meminfo *m, uint64_t reclaimable)
{
	uint64_t cache = m->buffers + m->cached + reclaimable;

	return m->free + (cache > m->shared ? cache - m->shared : 0);
}

int
meminfo_read(const struct run *run, struct meminfo *out, struct error *err)
{
	struct run_path path = run_path(run->procfs, "meminfo");
	uint64_t reclaimable = 0;
	char text[16384];

	*out = (struct meminfo){ 0 };
	if (file_read(path.s, text, sizeof text, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		uint64_t kib;

		if (file_find_number(text, fields[i].key, &kib) &&
		    kib <= UINT64_MAX / 1024)
			*(uint64_t *)(void *)((char *)out +
			    fields[i].offset) = kib * 1024;
	}
	if (file_find_number(text, "SReclaimable", &reclaimable))
		reclaimable *= 1024;
	if (!file_find_number(text, "MemAvailable", &(uint64_t){ 0 })) {
		out->estimated = true;
		out->available = guess_available(out, reclaimable);
	}

	if (out->swap_free > out->swap_total)
		out->swap_free = out->swap_total; /* a faked file */
	if (out->total == 0)
		return error_set(err, "%s: no MemTotal", path.s);
	if (out->estimated && out->free == 0)
		return error_set(err, "%s: neither MemAvailable nor MemFree",
		    path.s);
	/* Inside some containers the two come from different sources. */
	if (out->available > out->total)
		return error_set(err, "%s: more available than there is",
		    path.s);
	return 0;
}
