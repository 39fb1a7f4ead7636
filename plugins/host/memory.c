/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/file.h"
#include "plugins/host/memory.h"

/* A line "name type value" of a kstat file; 0 if there is none. */
static uint64_t
find_kstat(const char *text, const char *name)
{
	size_t n = strlen(name);
	uint64_t value = 0;

	for (const char *line = text; line != NULL;
	    line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, n) == 0 && line[n] == ' ') {
			(void)sscanf(line + n, "%*u %" SCNu64, &value);
			break;
		}
	}
	return value;
}

/*
 * ZFS keeps its cache outside the page cache and MemAvailable leaves it out,
 * but all of it above a minimum is given back on demand (openzfs #10255).
 */
static uint64_t
read_arc(const struct run *run)
{
	struct run_path path = run_path(run->procfs, "spl/kstat/zfs/arcstats");
	char text[16384];
	struct error err;
	uint64_t size, least;

	if (file_read(path.s, text, sizeof text, &err) < 0)
		return 0;
	size = find_kstat(text, "size");
	least = find_kstat(text, "c_min");
	return size > least ? size - least : 0;
}

/* Kills in the cgroup if it counts them, else on the host (Linux 4.13 on). */
static void
read_kills(const struct run *run, struct memory *m)
{
	struct run_path path = run_path(run->procfs, "vmstat");
	char text[16384];

	m->counts_kills = m->cgroup.has_events;
	m->oom_kills = m->cgroup.oom_kills;
	if (m->counts_kills)
		return;
	if (file_read(path.s, text, sizeof text, &m->kills_why) == 0)
		m->counts_kills =
		    file_find_number(text, "oom_kill", &m->oom_kills);
	else if (errno == ENOENT)
		m->kills_why.text[0] = '\0';
}

int
memory_read(const struct run *run, const char *cgroup, struct memory *out,
    struct error *err)
{
	uint64_t room;

	*out = (struct memory){ 0 };
	if (meminfo_read(run, &out->info, err) < 0 ||
	    cgroup_read_memory(run, cgroup, &out->cgroup, err) < 0)
		return -1;
	read_kills(run, out);

	room = out->info.total - out->info.available;
	out->arc = read_arc(run);
	if (out->arc > room)
		out->arc = room;
	out->info.available += out->arc;
	return 0;
}

static struct memory_share
share(uint64_t used, uint64_t total)
{
	return (struct memory_share){
		.used = (double)used,
		.total = (double)total,
		.percent = 100 * (double)used / (double)total,
	};
}

struct memory_share
memory_of_host(const struct memory *m)
{
	return share(m->info.total - m->info.available, m->info.total);
}

struct memory_share
memory_of_cgroup(const struct memory *m)
{
	return share(m->cgroup.used, m->cgroup.limit);
}

bool
memory_cgroup_is_tighter(const struct memory *m)
{
	const struct cgroup_memory *c = &m->cgroup;

	if (!c->limited || c->limit >= m->info.total)
		return false;
	return c->used >= c->limit || c->limit - c->used < m->info.available;
}
