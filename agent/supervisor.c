/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/activation.h"
#include "agent/capability.h"
#include "agent/client.h"
#include "agent/generation.h"
#include "agent/grant.h"
#include "agent/message.h"
#include "agent/pidfile.h"
#include "agent/process.h"
#include "agent/supervision.h"
#include "agent/supervisor.h"
#include "common/run.h"

/* For workers to end what they run, when the agent ends. */
#define END_SECONDS 3.0

/* --- signals --- */

/* The only state that handlers can reach; they do nothing but set it. */
static volatile sig_atomic_t got_child, got_reload, got_end;

static void
on_signal(int signal)
{
	switch (signal) {
	case SIGCHLD:
		got_child = 1;
		break;
	case SIGHUP:
		got_reload = 1;
		break;
	default:
		got_end = 1;
		break;
	}
}

/* They arrive where the supervisor lets them, and only there. */
static void
catch_signals(sigset_t *while_waiting)
{
	static const int caught[] = { SIGCHLD, SIGHUP, SIGTERM, SIGINT };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;

	(void)sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++) {
		(void)sigaddset(&blocked, caught[i]);
		(void)sigaction(caught[i], &action, NULL);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigprocmask(SIG_BLOCK, &blocked, while_waiting);
	for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
		(void)sigdelset(while_waiting, caught[i]);
}

/*
 * ppoll() lets none in as long as a descriptor is ready, which is for whoever
 * is at its other end to say.
 */
static void
admit_signals(const sigset_t *while_waiting)
{
	sigset_t blocked;

	(void)sigprocmask(SIG_SETMASK, while_waiting, &blocked);
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* --- the loop --- */

enum {
	RECORDS_MAX = 100,    /* in a row, before others have their turn */
	LAST_RECORDS = 1000,  /* whoever fills the log holds up no end */
};

static void
take_log(struct supervisor *s, int most)
{
	while (most-- > 0 && log_take(&s->log, s->world.log_sockets[0]))
		continue;
}

enum {
	POLL_LOG,
	POLL_CONTROL,
	POLL_RESOLVER = POLL_CONTROL + 2,
	POLL_REHEARSAL = POLL_RESOLVER + 2,
	POLL_COUNT,
};

static void
watch(struct supervisor *s, const sigset_t *while_waiting)
{
	struct generation *all[2] = { s->current, s->other };
	struct pollfd fds[POLL_COUNT];
	double left = supervision_tick(s);
	struct timespec ts = { .tv_sec = (time_t)left };

	for (size_t i = 0; i < POLL_COUNT; i++)
		fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	fds[POLL_LOG].fd = s->world.log_sockets[0];
	fds[POLL_REHEARSAL].fd = s->rehearsal.fd;
	for (size_t i = 0; i < 2; i++) {
		if (all[i] == NULL)
			continue;
		fds[POLL_CONTROL + i].fd = all[i]->control;
		fds[POLL_RESOLVER + i].fd = all[i]->resolver.fd;
	}
	ts.tv_nsec = (long)((left - (double)ts.tv_sec) * 1e9);
	if (ppoll(fds, POLL_COUNT, &ts, while_waiting) <= 0)
		return;
	take_log(s, RECORDS_MAX);
	for (size_t i = 0; i < 2; i++) {
		if (fds[POLL_RESOLVER + i].revents != 0)
			generation_update_names(all[i], &s->world);
	}
	for (size_t i = 0; i < 2; i++) {
		if (fds[POLL_CONTROL + i].revents != 0)
			supervision_take_message(s, all[i]);
	}
}

static void
serve(struct supervisor *s, const sigset_t *while_waiting)
{
	while (!s->ending) {
		watch(s, while_waiting);
		admit_signals(while_waiting);
		/* First: what ends with us is no failure. */
		if (got_end) {
			log_write(&s->log, LOG_NOTICE, "ending");
			supervision_tell_ending(s);
			s->ending = true;
			return;
		}
		if (got_child) {
			got_child = 0;
			supervision_reap(s);
		}
		if (s->ending)
			return;
		if (got_reload) {
			got_reload = 0;
			supervision_hang_up(s);
		}
		supervision_reload(s);
	}
}

/* --- beginning and end --- */

static void
end_gatekeeper(const struct generation *g, int signal)
{
	if (g != NULL && g->pid > 0)
		(void)kill(g->pid, signal);
}

/*
 * Workers notice that their gatekeeper is gone, and take the programs that they
 * run with them.
 */
static void
end_all(struct supervisor *s)
{
	double deadline = deadline_now() + END_SECONDS;
	struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	s->ending = true;
	rehearsal_stop(&s->rehearsal);
	end_gatekeeper(s->current, SIGTERM);
	end_gatekeeper(s->other, SIGTERM);
	while (crew_count(&s->crew) > 0 && deadline_now() < deadline) {
		supervision_reap(s);
		(void)nanosleep(&pause, NULL);
	}
	crew_kill_all(&s->crew);
	end_gatekeeper(s->current, SIGKILL);
	end_gatekeeper(s->other, SIGKILL);
	supervision_reap(s);
	take_log(s, LAST_RECORDS);
	generation_free(s->other, s->current);
	generation_free(s->current, NULL);
	pidfile_drop(&s->pidfile);
	log_close(&s->log);
}

/*
 * As many connections as are promised, whatever the shell allows; no more, as
 * programs inherit it, and some of them close each descriptor there may be.
 */
static void
raise_limits(void)
{
	const rlim_t enough = CLIENTS_MAX + JOBS_SLOTS + 64;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= enough)
		return;
	limit.rlim_cur = limit.rlim_max < enough ? limit.rlim_max : enough;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* As from inetd it is the client, like stdin and stdout. */
static bool
is_stderr_a_client(const struct supervisor_plan *plan)
{
	struct stat st;

	return plan->single && fstat(STDERR_FILENO, &st) == 0 &&
	    S_ISSOCK(st.st_mode);
}

/*
 * Root's capabilities but for those that are used: to become others and end
 * them, to read and make files, for ports below 1024; and what commands are
 * granted. Not from the bounding set: sudo in a plugin needs it.
 */
static int
shed(const struct supervisor *s, struct error *err)
{
	const uint64_t used = CAPABILITY(CAP_CHOWN) |
	    CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_FOWNER) |
	    CAPABILITY(CAP_NET_BIND_SERVICE) | grant_needs() |
	    s->current->capabilities;

	return geteuid() != 0 ? 0 :
	    capability_keep(used & capability_own(), 0, err);
}

static int
start(struct supervisor *s, struct error *err)
{
	const struct log_settings early = {
		.to_stderr = !is_stderr_a_client(s->plan),
	};
	struct settings *settings;

	if (!early.to_stderr)
		process_quiet_stderr();
	if (log_open(&s->log, &early, err) < 0)
		return -1;
	if (s->plan->single)
		activation_ignore();
	else if (activation_take(&s->world.given, err) < 0)
		return -1;
	settings = settings_load(s->plan->path, SETTINGS_START,
	    supervision_complain, s);
	if (settings == NULL)
		return error_set(err, "%s: cannot be used; beffroid --check "
		    "says more", s->plan->path);
	registry_open(&s->registry, settings->plugin_directory);
	if (!s->plan->foreground && !s->plan->single &&
	    process_daemonize(&s->parent) < 0) {
		settings_free(settings);
		return error_set(err, "fork: %s", strerror(errno));
	}
	/* Only now: a child does not inherit it. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	orphans_spare(&s->orphans);
	s->current = generation_new(settings, &s->world, NULL, err);
	if (s->current == NULL || shed(s, err) < 0)
		return -1;
	if (settings->pid_file != NULL && !s->plan->single &&
	    pidfile_take(settings->pid_file, &s->pidfile, err) < 0) {
		(void)error_about(err, "pid_file");
		return settings_blame(settings, err);
	}
	if (supervision_open_log(s, settings, err) < 0)
		return -1;
	return generation_start(s->current, &s->world, err);
}

/*
 * What it has ended of is in the log by then, and whoever started it would see
 * nothing but a prompt.
 */
static void
tell_starter(const struct supervisor *s)
{
	if (s->parent.fd >= 0 && s->code != 0)
		fprintf(stderr, "beffroid: not started: %s says why\n",
		    s->log.path != NULL ? s->log.path : "the log");
}

int
supervisor_main(const struct supervisor_plan *plan)
{
	struct supervisor *s = calloc(1, sizeof *s);
	sigset_t while_waiting;
	struct error err;
	int code;

	if (s == NULL || !message_pair(s->world.log_sockets)) {
		fprintf(stderr, "beffroid: %s\n", strerror(errno));
		free(s);
		return 1;
	}
	s->plan = plan;
	s->world.registry = &s->registry;
	s->world.log = &s->log;
	s->world.plain = plan->plain;
	s->world.single = plan->single;
	s->parent.fd = -1;
	notify_open(&s->notify);
	rehearsal_init(&s->rehearsal);
	raise_limits();
	catch_signals(&while_waiting);

	if (start(s, &err) < 0) {
		log_write(&s->log, LOG_ERR, "%s", err.text);
		supervision_tell_failed(s, err.text);
		s->code = 1;
	} else {
		serve(s, &while_waiting);
		tell_starter(s);
	}
	end_all(s);
	code = s->code;
	free(s);
	return code;
}
