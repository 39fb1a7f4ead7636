/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/file.h"
#include "common/run.h"

static double
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

double
deadline_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

double
run_left(const struct run *run)
{
	double left = run->deadline - deadline_now();

	return left > 0 ? left : 0;
}

static double
own_uptime(const struct run *run)
{
	(void)run;
	return read_clock(CLOCK_BOOTTIME);
}

/* The time of a machine in files is what its files say. */
static double
replayed_uptime(const struct run *run)
{
	struct run_path path = run_path(run->procfs, "uptime");
	struct error err;
	char text[128];

	if (file_read(path.s, text, sizeof text, &err) < 0)
		return own_uptime(run);
	return strtod(text, NULL);
}

static void
sleep_for(const struct run *run, double seconds)
{
	double left = run_left(run);
	struct timespec ts;

	if (seconds > left)
		seconds = left;
	ts.tv_sec = (time_t)seconds;
	ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
	while (nanosleep(&ts, &ts) < 0)
		continue;
}

/* "btime 1732240000": when the machine booted, by its wall clock. */
static double
replayed_now(const struct run *run)
{
	struct run_path path = run_path(run->procfs, "stat");
	struct lines lines;
	struct error err;
	unsigned long long btime = 0;
	char *line;

	if (lines_open(&lines, path.s, &err) < 0)
		return 0;
	while (lines_next(&lines, &line, &err) > 0) {
		if (sscanf(line, "btime %llu", &btime) == 1)
			break;
	}
	lines_close(&lines);
	return (double)btime + replayed_uptime(run);
}

void
run_init(struct run *run, const struct run_roots *roots, double deadline)
{
	*run = (struct run){
		.procfs = roots->procfs != NULL ? roots->procfs : "/proc",
		.sysfs = roots->sysfs != NULL ? roots->sysfs : "/sys",
		.rootfs = roots->rootfs != NULL ? roots->rootfs : "",
		.state_dir = roots->state_dir,
		.deadline = deadline,
		.uptime = own_uptime,
		.sleep = sleep_for,
	};
	run->replayed = strcmp(run->procfs, "/proc") != 0;
	if (run->replayed)
		run->uptime = replayed_uptime;
	run->now = run->replayed ? replayed_now(run) :
	    read_clock(CLOCK_REALTIME);
}

struct boot_id
run_boot_id(const struct run *run)
{
	struct run_path path =
	    run_path(run->procfs, "sys/kernel/random/boot_id");
	struct boot_id id;
	struct error err;

	if (run->boot_id[0] != '\0')
		memcpy(id.s, run->boot_id, sizeof id.s);
	else if (file_read(path.s, id.s, sizeof id.s, &err) < 0)
		id.s[0] = '\0';
	id.s[strcspn(id.s, "\n")] = '\0';
	return id;
}

struct run_path
run_path(const char *root, const char *fmt, ...)
{
	struct run_path path;
	va_list ap;
	int n = snprintf(path.s, sizeof path.s, "%s/", root);

	if (n < 0 || (size_t)n >= sizeof path.s)
		return path; /* cut: does not exist, and says so when opened */
	va_start(ap, fmt);
	(void)vsnprintf(path.s + n, sizeof path.s - (size_t)n, fmt, ap);
	va_end(ap);
	return path;
}

void
run_publish(const struct run *run, const struct report *r, const char *doing)
{
	if (run->publish != NULL)
		run->publish(run->publisher, r, doing);
}
