/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/activation.h"
#include "agent/message.h"
#include "agent/supervision.h"
#include "common/run.h"

/* For a gatekeeper to open all it needs. */
#define START_SECONDS 20.0

/* A gatekeeper that lived for longer was no failed start. */
#define STEADY_SECONDS 10.0

/* --- the configuration and the log --- */

void
supervision_complain(void *arg, enum settings_severity severity,
    const char *file, int line, const char *text)
{
	struct supervisor *s = arg;
	int priority = severity == SETTINGS_ERROR ? LOG_ERR : LOG_WARNING;
	struct error what;

	if (line > 0)
		error_set(&what, "%s:%d: %s", file, line, text);
	else
		error_set(&what, "%s: %s", file, text);
	log_write(&s->log, priority, "%s", what.text);
	if (severity == SETTINGS_ERROR && s->complaint.text[0] == '\0')
		s->complaint = what;
}

int
supervision_open_log(struct supervisor *s, const struct settings *settings,
    struct error *err)
{
	const struct log_settings log = {
		.to_stderr = s->plan->foreground && settings->log_file == NULL,
		.file = settings->log_file,
		.facility = settings->log_facility,
		.no_syslog = settings->disable_syslog,
		.debug = settings->debug,
	};
	struct log opened;

	/* The old one is there to say why there is no new one. */
	if (log_open(&opened, &log, err) < 0) {
		(void)error_about(err, "log_file");
		return settings_blame(settings, err);
	}
	log_close(&s->log);
	s->log = opened;
	return 0;
}

void
supervision_hang_up(struct supervisor *s)
{
	struct error err;

	/* Whoever moved the file away waits for this, not for the rest. */
	if (log_reopen(&s->log, &err) < 0)
		log_write(&s->log, LOG_ERR, "%s", err.text);
	if (s->plan->single)
		return;
	s->reload_wanted = true;
	supervision_tell_reloading(s);
}

static void
refuse_reload(struct supervisor *s, const char *why)
{
	log_write(&s->log, LOG_ERR, "reload refused: %s; the old "
	    "configuration goes on", why);
	supervision_tell_refused(s, why);
}

static void
start_other(struct supervisor *s)
{
	struct settings *settings;
	struct generation *g;
	struct error err;

	s->complaint.text[0] = '\0';
	settings = settings_load(s->plan->path, SETTINGS_RELOAD,
	    supervision_complain, s);
	if (settings == NULL) {
		log_write(&s->log, LOG_ERR, "reload refused: the configuration "
		    "has errors, the old one goes on");
		supervision_tell_refused(s, s->complaint.text);
		return;
	}
	g = generation_new(settings, &s->world, s->current, &err);
	if (g == NULL || generation_start(g, &s->world, &err) < 0) {
		refuse_reload(s, err.text);
		generation_free(g, s->current);
		return;
	}
	s->other = g;
}

void
supervision_reload(struct supervisor *s)
{
	enum rehearsal_state state;
	struct error err;

	if (s->rehearsal.fd >= 0) {
		state = rehearsal_take(&s->rehearsal, &err);
		if (state == REHEARSAL_FAILED)
			refuse_reload(s, err.text);
		else if (state == REHEARSAL_DONE)
			start_other(s);
		return;
	}
	if (s->reload_wanted && s->other != NULL && s->other->given_up) {
		s->reload_wanted = false;
		error_set(&err, "process %d of the last one still hangs",
		    (int)s->other->pid);
		refuse_reload(s, err.text);
	}
	/* At most two generations: this may take until the old one is gone. */
	if (!s->reload_wanted || s->other != NULL || !s->current->ready ||
	    rehearsal_lingers(&s->rehearsal))
		return;
	s->reload_wanted = false;
	if (rehearsal_start(&s->rehearsal, s->plan->path, &s->registry,
	    &err) < 0)
		refuse_reload(s, err.text);
}

/* --- the gatekeepers --- */

static void
say_ready(struct supervisor *s, const struct generation *g)
{
	for (size_t i = 0; i < g->listeners.count; i++) {
		const struct listener *l = &g->listeners.all[i];

		log_write(&s->log, LOG_NOTICE, "listening on %s", l->text);
		if (l->absent)
			log_write(&s->log, LOG_WARNING, "%s: this host did "
			    "not have that address when it was opened; "
			    "clients can come once it does", l->text);
	}
	if (s->world.given.count > 0)
		log_write(&s->log, LOG_NOTICE, "%s",
		    activation_means(g->settings));
	if (g->alike)
		log_write(&s->log, LOG_NOTICE, "the process that speaks with "
		    "the network runs as %s, like checks: there is no user of "
		    "its own", g->worker.name);
	log_write(&s->log, LOG_NOTICE, "ready: %zu commands, %s",
	    g->settings->command_count,
	    s->plan->plain || !g->settings->tls ? "no TLS" : "TLS");
}

/* What a generation that is not the current one leaves behind. */
static void
drop_other(struct supervisor *s, int status)
{
	if (!s->other->draining && !s->other->given_up) {
		log_write(&s->log, LOG_ERR, "reload refused: the new "
		    "configuration did not come up; the old one goes on");
		supervision_tell_refused(s, "it did not come up, the log may "
		    "say why");
	} else if (!s->other->draining)
		log_write(&s->log, LOG_NOTICE, "the configuration that did not "
		    "come up has ended");
	else if (status != 0)
		log_write(&s->log, LOG_WARNING, "the old configuration did "
		    "not end in order");
	generation_free(s->other, s->current);
	s->other = NULL;
}

static void
become_ready(struct supervisor *s, struct generation *g)
{
	struct error err;

	if (g->up || g->given_up)
		return; /* whatever makes it say so again, or so late */
	g->up = true;
	if (g->ready)
		return;
	g->ready = true;
	if (g == s->other && supervision_open_log(s, g->settings, &err) < 0)
		log_write(&s->log, LOG_ERR, "%s; the log stays where it was",
		    err.text);
	if (!s->plan->single)
		say_ready(s, g);
	supervision_tell_ready(s, g);
	process_started(&s->parent);
	if (g != s->other)
		return;
	s->other = s->current;
	s->current = g;
	generation_drain(s->other, s->current);
	if (s->other->pid == 0)
		drop_other(s, 0); /* it died, and was to be started again */
}

void
supervision_take_message(struct supervisor *s, struct generation *g)
{
	static struct packet packet; /* large, and of one thread alone */
	int rc = message_take(g->control, &packet);

	if (rc < 0 && errno == EAGAIN)
		return;
	if (rc <= 0) {
		/* Its death is told by SIGCHLD; alive it is of no use. */
		close(g->control);
		g->control = -1;
		if (g->pid > 0)
			(void)kill(g->pid, SIGKILL);
		return;
	}
	if (packet.fd >= 0)
		close(packet.fd);
	switch (packet.head.type) {
	case MESSAGE_READY:
		become_ready(s, g);
		break;
	case MESSAGE_WANT_WORKERS:
		generation_add_workers(g, &s->world, &s->crew,
		    packet.head.number);
		break;
	case MESSAGE_WORKER_STUCK:
		crew_kill(&s->crew, g->number, packet.head.number);
		break;
	case MESSAGE_ALIVE:
		supervision_take_alive(s, g, packet.head.number);
		break;
	default:
		break;
	}
}

static void
describe_death(struct supervisor *s, int priority, const char *who, pid_t pid,
    int status)
{
	if (WIFSIGNALED(status))
		log_write(&s->log, priority, "%s %d was killed by signal %d",
		    who, (int)pid, WTERMSIG(status));
	else
		log_write(&s->log, priority, "%s %d ended with code %d", who,
		    (int)pid, WEXITSTATUS(status));
}

static void
gatekeeper_ended(struct supervisor *s, struct generation *g, int status)
{
	double now = deadline_now();

	if (status != 0 && !s->ending)
		describe_death(s, LOG_ERR, "gatekeeper", g->pid, status);
	g->pid = 0;
	if (g->control >= 0)
		close(g->control);
	g->control = -1;
	if (s->ending)
		return;
	if (g == s->other) {
		drop_other(s, status);
		return;
	}
	if (s->plan->single || !g->ready) {
		s->code = status == 0 ? 0 : 1;
		s->ending = true;
		return;
	}
	g->failures = now - g->began > STEADY_SECONDS ? 0 : g->failures + 1;
	g->due = now + (g->failures == 0 ? 0 : g->failures > 6 ? 10 :
	    0.1 * (1 << g->failures));
}

static bool
was_resolver(struct supervisor *s, pid_t pid)
{
	return resolver_ended(&s->current->resolver, pid) ||
	    (s->other != NULL && resolver_ended(&s->other->resolver, pid));
}

/* As the agent ends, its workers end what they run. */
static void
worker_ended(struct supervisor *s, const struct crew_member *member, pid_t pid,
    int status)
{
	if (s->ending || status == 0)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CREW_LEFT_SOME) {
		orphans_spare(&s->orphans);
		return;
	}
	if (!member->killed)
		describe_death(s, LOG_ERR, member->runner ? "runner" :
		    "worker", pid, status);
	orphans_condemn(&s->orphans, deadline_now());
}

void
supervision_reap(struct supervisor *s)
{
	const struct crew_member *member;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (s->current == NULL)
			continue;
		if (pid == s->current->pid)
			gatekeeper_ended(s, s->current, status);
		else if (s->other != NULL && pid == s->other->pid)
			gatekeeper_ended(s, s->other, status);
		else if (was_resolver(s, pid) ||
		    rehearsal_ended(&s->rehearsal, pid))
			continue;
		else if ((member = crew_ended(&s->crew, pid)) != NULL)
			worker_ended(s, member, pid, status);
	}
}

/* --- time --- */

static void
restart(struct supervisor *s, struct generation *g)
{
	struct error err;

	if (generation_start(g, &s->world, &err) == 0)
		return;
	log_write(&s->log, LOG_ERR, "%s", err.text);
	g->due = deadline_now() + 1;
}

/*
 * It did not come up in time. Where it hangs it may live on for long, which is
 * no reason to leave whoever asked for the reload without an answer.
 */
static void
give_up(struct supervisor *s, struct generation *g)
{
	(void)kill(g->pid, SIGKILL);
	if (g != s->other || g->draining || g->given_up)
		return;
	g->given_up = true;
	refuse_reload(s, "the new configuration did not come up in time");
}

double
supervision_tick(struct supervisor *s)
{
	double now = deadline_now(), next = supervision_probe(s, now);
	double strike = orphans_strike(&s->orphans, now);
	struct generation *all[2] = { s->current, s->other };

	next = strike < next ? strike : next;
	if (s->rehearsal.fd >= 0 && s->rehearsal.deadline < next)
		next = s->rehearsal.deadline > now ?
		    s->rehearsal.deadline : now;
	for (size_t i = 0; i < 2; i++) {
		struct generation *g = all[i];
		double due;

		if (g == NULL)
			continue;
		due = g->pid == 0 ? g->due :
		    g->draining ? generation_remind(g) :
		    !g->up ? g->began + START_SECONDS : now + 3600;
		if (due <= now && g->pid > 0)
			give_up(s, g);
		else if (due <= now)
			restart(s, g);
		if (due <= now)
			due = now + 1;
		next = due < next ? due : next;
		due = generation_resolve(g, &s->world);
		next = due < next ? due : next;
	}
	return next - now;
}
