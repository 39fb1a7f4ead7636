/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * supervision - what the supervisor does about its generations of processes
 *
 * supervisor.c has the signals, the loop, the beginning and the end.
 */
#ifndef AGENT_SUPERVISION_H
#define AGENT_SUPERVISION_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/crew.h"
#include "agent/generation.h"
#include "agent/log.h"
#include "agent/notify.h"
#include "agent/orphans.h"
#include "agent/pidfile.h"
#include "agent/process.h"
#include "agent/registry.h"
#include "agent/rehearsal.h"
#include "agent/settings.h"
#include "agent/supervisor.h"

/* Whether all of us is alive, asked for the watchdog that waits outside. */
struct probe {
	bool open;       /* asked, and not answered yet */
	uint32_t number; /* of the last one */
	double due;      /* to ask, or to ask again */
};

struct supervisor {
	const struct supervisor_plan *plan;
	struct log log;
	struct registry registry;
	struct generation_world world;
	struct crew crew;
	struct orphans orphans;
	struct pidfile pidfile;
	struct process_parent parent;
	struct notify notify;
	struct error complaint; /* the first of the configuration read last */
	struct probe probe;

	struct generation *current; /* accepts connections */
	struct generation *other;   /* will soon, or no longer does; or NULL */
	struct rehearsal rehearsal; /* of the reload that is next */
	bool reload_wanted;
	bool ending;
	int code;
};

/* Logs what is wrong with a configuration; arg is the supervisor. */
settings_complain supervision_complain;

/* Logs from now on as settings say; -1 and err: goes on as before. */
int supervision_open_log(struct supervisor *s,
    const struct settings *settings, struct error *err);

/* SIGHUP: the log's file is opened anew, and a reload is wanted. */
void supervision_hang_up(struct supervisor *s);

/*
 * If one is wanted and there is no other generation but the current one: has it
 * rehearsed. Once that is over: starts a new one, if the configuration is good.
 */
void supervision_reload(struct supervisor *s);

/* One message of its gatekeeper; s->current and s->other may change. */
void supervision_take_message(struct supervisor *s, struct generation *g);

/* All children that have ended; s->ending is set if that ends the agent. */
void supervision_reap(struct supervisor *s);

/* Does what is due; the time until there is more to do, s. */
double supervision_tick(struct supervisor *s);

/*
 * supervision_notify.c: what systemd is told, if it asked for that. That g is
 * ready, or that the old generation goes on and why, may end a reload.
 */
void supervision_tell_ready(struct supervisor *s, const struct generation *g);
void supervision_tell_refused(struct supervisor *s, const char *why);
void supervision_tell_reloading(struct supervisor *s);
void supervision_tell_ending(struct supervisor *s);
void supervision_tell_failed(struct supervisor *s, const char *why);

/* Asks the current gatekeeper for a sign of life, if one is due; when next. */
double supervision_probe(struct supervisor *s, double now);

/* It came: it is passed on if it is the one that was asked for. */
void supervision_take_alive(struct supervisor *s, const struct generation *g,
    uint32_t number);

#endif
