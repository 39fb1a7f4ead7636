/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/quantity.h"
#include "plugins/host/cpus.h"

int
cpus_count_list(const char *list)
{
	long total = 0;

	for (const char *p = list; *p != '\0' && *p != '\n';) {
		char *end;
		long first = strtol(p, &end, 10), last = first;

		if (end == p || first < 0)
			return -1;
		p = end;
		if (*p == '-') {
			last = strtol(p + 1, &end, 10);
			if (end == p + 1 || last < first)
				return -1;
			p = end;
		}
		if (last >= INT_MAX || total + last - first >= INT_MAX)
			return -1;
		total += last - first + 1;
		if (*p == ',')
			p++;
		else if (*p != '\0' && *p != '\n')
			return -1;
	}
	return (int)total;
}

static double
count_online(const struct run *run)
{
	struct run_path path =
	    run_path(run->sysfs, "devices/system/cpu/online");
	char text[1024];
	struct error err;
	int n;

	if (file_read(path.s, text, sizeof text, &err) == 0 &&
	    (n = cpus_count_list(text)) > 0)
		return n;
	return run->replayed ? 0 : (double)sysconf(_SC_NPROCESSORS_ONLN);
}

static double
count_allowed(const struct run *run)
{
	static const char key[] = "\nCpus_allowed_list:";
	struct run_path path = run_path(run->procfs, "self/status");
	char text[8192], *list;
	struct error err;

	if (file_read(path.s, text, sizeof text, &err) < 0 ||
	    (list = strstr(text, key)) == NULL)
		return 0;
	list += strlen(key);
	list += strspn(list, " \t");

	int n = cpus_count_list(list);

	return n > 0 ? n : 0;
}

/* cpu.max: "150000 100000" is one processor and a half, "max ..." no quota. */
static double
read_quota(const struct run *run)
{
	struct run_path path = run_path(run->sysfs, "fs/cgroup/cpu.max");
	char text[128];
	double quota, period;
	struct error err;

	if (file_read(path.s, text, sizeof text, &err) < 0 ||
	    sscanf(text, "%lf %lf", &quota, &period) != 2 || !(quota > 0) ||
	    !(period > 0))
		return 0;
	return quota / period;
}

int
cpus_read(const struct run *run, struct cpus *out, struct error *err)
{
	struct cpus c = {
		.online = count_online(run),
		.affinity = count_allowed(run),
		.quota = read_quota(run),
	};

	if (c.online < 1 && c.affinity < 1)
		return error_set(err, "%s/devices/system/cpu/online: cannot "
		    "tell how many processors there are", run->sysfs);
	c.count = c.online >= 1 ? c.online : c.affinity;
	if (c.affinity >= 1 && c.affinity < c.count)
		c.count = c.affinity;
	if (c.quota > 0 && c.quota < c.count)
		c.count = c.quota;
	*out = c;
	return 0;
}

struct cpus_text
cpus_text(const struct cpus *cpus)
{
	struct cpus_text t;
	struct buf b = buf_on(t.s, sizeof t.s);
	bool by_quota = cpus->quota > 0 && cpus->count >= cpus->quota;

	quantity_put(&b, cpus->count);
	if (cpus->count < cpus->online) {
		buf_str(&b, " of ");
		quantity_put(&b, cpus->online);
		buf_fmt(&b, " CPUs: %s", by_quota ? "quota" : "affinity");
	} else {
		buf_str(&b, cpus->count > 1 ? " CPUs" : " CPU");
	}
	return t;
}
