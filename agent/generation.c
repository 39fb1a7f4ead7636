/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/gatekeeper.h"
#include "agent/generation.h"
#include "agent/jobs.h"
#include "agent/message.h"
#include "agent/places.h"
#include "agent/process.h"
#include "common/run.h"

/* Before a message that there was no room for is sent once more. */
#define REMIND_SECONDS 0.1

#define DEFAULT_USER "beffroi"
#define DEFAULT_GATEKEEPER "beffroi-net"

/* --- who they are --- */

/* The one of an identity's two directives that err is about. */
static int
blame_one(struct error *err, const char *user, const char *group)
{
	return error_about(err, strncmp(err->text, "group ",
	    strlen("group ")) == 0 ? group : user);
}

/*
 * Only root can be, and must be, somebody else. A gatekeeper's user of its own
 * is worth having and no reason to stay down.
 */
int
generation_find_identities(struct generation *g, struct error *err)
{
	const struct settings *s = g->settings;
	const char *user = s->user != NULL ? s->user : DEFAULT_USER;
	const char *keeper = s->gatekeeper_user != NULL ?
	    s->gatekeeper_user : DEFAULT_GATEKEEPER;

	if (geteuid() != 0)
		return 0;
	if (identity_find(&g->worker, user, s->group, err) < 0) {
		if (s->user != NULL || s->group != NULL)
			return blame_one(err, "nrpe_user", "nrpe_group");
		return error_set(err, "started as root without nrpe_user, and "
		    "there is no user %s to be", DEFAULT_USER);
	}
	if (s->gatekeeper_user == NULL && getpwnam(keeper) == NULL) {
		g->gatekeeper = g->worker;
		g->alike = true;
		return 0;
	}
	if (identity_find(&g->gatekeeper, keeper, NULL, err) < 0)
		return error_about(err, "gatekeeper_user");
	return 0;
}

static int
refuse_directory(const char *path, struct error *err)
{
	(void)error_set(err, "%s: %s", path, strerror(errno));
	return error_about(err, "run_directory");
}

static void
log_complaint(void *arg, enum settings_severity severity, const char *file,
    int line, const char *text)
{
	(void)severity; /* no worse than a warning comes up here */
	log_write(arg, LOG_WARNING, "%s:%d: %s", file, line, text);
}

/* Samples are the workers', who could not make a directory in /run. */
static int
make_run_directory(const struct generation *g, struct error *err)
{
	const char *path = g->settings->run_directory;

	if (path == NULL)
		return 0;
	if (mkdir(path, 0700) < 0)
		return errno == EEXIST ? 0 : refuse_directory(path, err);
	if (g->worker.set &&
	    lchown(path, g->worker.uid, g->worker.gid) < 0)
		return refuse_directory(path, err);
	return 0;
}

/* --- a generation --- */

/* Given ones all generations have: so no end of one closes them. */
static int
open_sockets(struct generation *g, const struct generation_world *world,
    const struct generation *old, struct error *err)
{
	const struct settings *s = g->settings;
	const char *numbers[LISTENERS_MAX];
	struct places places;

	if (world->given.count > 0) {
		g->listeners = world->given;
		return 0;
	}
	if (places_find(&places, s, &g->gatekeeper, err) < 0)
		return -1;
	for (size_t i = 0; i < places.count; i++)
		numbers[i] = places.all[i];
	return listeners_open(&g->listeners, numbers, places.count,
	    (uint16_t)s->port, (int)s->backlog,
	    old != NULL ? &old->listeners : NULL, err);
}

struct generation *
generation_new(struct settings *settings, const struct generation_world *world,
    const struct generation *old, struct error *err)
{
	struct generation *g = calloc(1, sizeof *g);

	if (g == NULL) {
		settings_free(settings);
		error_set(err, "out of memory");
		return NULL;
	}
	g->number = old != NULL ? old->number + 1 : 1;
	g->settings = settings;
	g->control = -1;
	resolver_init(&g->resolver, generation_become_keeper, g);
	if (old != NULL)
		generation_keep_names(g, old);
	registry_assign(world->registry, settings);
	if (generation_find_identities(g, err) < 0 ||
	    generation_find_grants(g, log_complaint, world->log, err) < 0 ||
	    make_run_directory(g, err) < 0 ||
	    generation_find_certificate(g, world, err) < 0 ||
	    (!world->single && open_sockets(g, world, old, err) < 0)) {
		(void)settings_blame(settings, err);
		generation_free(g, old);
		return NULL;
	}
	return g;
}

void
generation_free(struct generation *g, const struct generation *other)
{
	if (g == NULL)
		return;
	if (g->control >= 0)
		close(g->control);
	resolver_stop(&g->resolver);
	listeners_close(&g->listeners,
	    other != NULL ? &other->listeners : NULL);
	settings_free(g->settings);
	free(g);
}

static void
log_warning(void *log, const char *text)
{
	log_write(log, LOG_WARNING, "%s", text);
}

static _Noreturn void
keep_gate(struct generation *g, const struct generation_world *world,
    int control)
{
	const struct settings *s = g->settings;
	struct tls_settings tls = generation_tls_settings(g);
	struct log log = log_relay(world->log_sockets[1], s->debug);
	struct gatekeeper keeper = {
		.settings = g->settings,
		.listeners = &g->listeners,
		.identity = &g->gatekeeper,
		.tls = world->plain || !s->tls ? NULL : &tls,
		.log = &log,
		.control = control,
		.single = world->single,
	};

	tls.warn = log_warning;
	tls.arg = &log;
	_exit(gatekeeper_main(&keeper));
}

int
generation_start(struct generation *g, const struct generation_world *world,
    struct error *err)
{
	struct process process = {
		.name = "beffroid-net",
		.count = 2,
		.standard = world->single,
	};
	int ends[2];

	if (!message_pair(ends))
		return error_set(err, "socketpair: %s", strerror(errno));
	process.keep[0] = ends[1];
	process.keep[1] = world->log_sockets[1];
	for (size_t i = 0; i < g->listeners.count; i++)
		process.keep[process.count++] = g->listeners.all[i].fd;

	g->pid = process_fork(&process);
	if (g->pid == 0)
		keep_gate(g, world, ends[1]);
	close(ends[1]);
	if (g->pid < 0) {
		g->pid = 0;
		close(ends[0]);
		return error_set(err, "fork: %s", strerror(errno));
	}
	/* It may be in foreign hands: nothing ever waits for it. */
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	g->control = ends[0];
	g->up = false;
	g->began = deadline_now();
	return 0;
}

/* Once a second, however often it asks. */
static void
say_no_worker(struct generation *g, const struct generation_world *world,
    const struct error *why)
{
	double now = deadline_now();

	if (now < g->told_of_none + 1)
		return;
	g->told_of_none = now;
	log_write(world->log, LOG_ERR, "no worker could be started: %s",
	    why->text);
}

void
generation_add_workers(struct generation *g,
    const struct generation_world *world, struct crew *crew, unsigned count)
{
	const struct crew_plan plan = {
		.generation = g->number,
		.tokens = &g->tokens,
		.identity = &g->worker,
		.worker = {
			.settings = g->settings,
			.registry = world->registry,
		},
		.log_socket = world->log_sockets[1],
		.runner = g->granted,
		.capabilities = g->capabilities,
	};
	bool failed = false;
	struct error err;

	for (unsigned i = 0; i < count && i < JOBS_WORKERS_MAX; i++) {
		struct message m = { .type = MESSAGE_WORKER };
		int fd = failed ? -1 :
		    crew_start(crew, &plan, &m.number, &err);

		if (fd < 0 && !failed)
			say_no_worker(g, world, &err);
		failed = fd < 0;
		m.pid = failed ? 0 : crew_pid(crew, m.number);
		(void)message_send(g->control, &m, NULL, 0, fd);
		if (fd >= 0)
			close(fd);
	}
}

double
generation_remind(struct generation *g)
{
	struct message m = { .type = MESSAGE_DRAIN, .number = g->kept };
	double soon = deadline_now() + REMIND_SECONDS;

	/* Its socket may be full, or it may be in foreign hands. */
	g->told = g->told || message_send(g->control, &m, NULL, 0, -1);
	return g->told || g->due < soon ? g->due : soon;
}

void
generation_drain(struct generation *g, const struct generation *next)
{
	g->draining = true;
	g->due = deadline_now() + gatekeeper_drain_seconds(g->settings);
	g->kept = listeners_leave(&g->listeners, &next->listeners);
	(void)generation_remind(g);
}
