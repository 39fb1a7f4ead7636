/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check_slow - for watchdog.t: a check that is late in every way there is */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/check.h"
#include "common/watchdog.h"

struct config {
	const char *publish, *pid_file;
	double sleep, until;
	enum status status;
	bool deaf, child, storm;
};

static const struct config defaults = { .until = 1e9 };

static const struct opt opts[] = {
	OPT(0, "publish", struct config, publish, "publish this summary"),
	OPT(0, "status", struct config, status, "with this state",
	    .parse = opt_parse_status),
	OPT(0, "pid-file", struct config, pid_file, "write the pid here"),
	OPT(0, "child", struct config, child, "the child's, rather"),
	OPT(0, "storm", struct config, storm, "publish without a pause"),
	OPT(0, "deaf", struct config, deaf, "block all signals"),
	OPT(0, "sleep", struct config, sleep, "sleep, whatever the deadline"),
	OPT(0, "until", struct config, until, "sleep till the deadline plus"),
	OPT_END,
};

static void
sleep_till(double when)
{
	struct timespec ts = { .tv_sec = (time_t)when };

	ts.tv_nsec = (long)((when - (double)ts.tv_sec) * 1e9);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) != 0)
		continue;
}

static int
start_child(struct run *run, struct error *err)
{
	pid_t pid = fork();

	while (pid == 0)
		pause();
	if (pid < 0 || !watchdog_add_child(run->watchdog, pid))
		return error_set(err, "no child");
	return pid;
}

/* Long texts, each of one letter: two of them in one answer show. */
static void
publish_on(const struct run *run, struct report *r)
{
	char text[1000];

	for (int i = 0;; i++) {
		memset(text, 'a' + i % 26, sizeof text);
		report_summary(r, "%.*s", 900 + i % 7, text);
		run_publish(run, r, NULL);
	}
}

static int
write_pid(const char *path, int pid, struct error *err)
{
	FILE *file = fopen(path, "w");

	if (file == NULL)
		return error_set(err, "%s: cannot be written", path);
	(void)fprintf(file, "%d\n", pid);
	return fclose(file);
}

static int
run_check(const void *config, struct run *run, struct report *r,
    struct error *err)
{
	const struct config *cfg = config;
	int pid = getpid();
	sigset_t all;

	(void)sigfillset(&all);
	if (cfg->deaf)
		(void)sigprocmask(SIG_BLOCK, &all, NULL);
	if (cfg->publish != NULL) {
		report_summary(r, "%s", cfg->publish);
		report_line(r, cfg->status, "half a line");
		run_publish(run, r, "waiting");
	}
	if (cfg->child && (pid = start_child(run, err)) < 0)
		return -1;
	if (cfg->pid_file != NULL && write_pid(cfg->pid_file, pid, err) < 0)
		return -1;
	if (cfg->storm)
		publish_on(run, r);
	if (cfg->sleep > 0)
		sleep_till(deadline_now() + cfg->sleep);
	if (cfg->until < 1e9)
		sleep_till(run->deadline + cfg->until);
	report_summary(r, "done");
	return 0;
}

static const struct check check_slow = {
	.name = "slow",
	.title = "Lateness",
	.about = "Is late.",
	.opts = opts,
	.defaults = &defaults,
	.config_size = sizeof defaults,
	.run = run_check,
};

CHECK_MAIN(check_slow)
