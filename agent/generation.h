/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * generation - one whole configuration at work: a gatekeeper and its workers
 *
 * A reload makes a new one beside the old, on the same sockets. The old one
 * goes on if the new does not come up, else it finishes what it has and ends.
 */
#ifndef AGENT_GENERATION_H
#define AGENT_GENERATION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/certificate.h"
#include "agent/crew.h"
#include "agent/identity.h"
#include "agent/listener.h"
#include "agent/log.h"
#include "agent/registry.h"
#include "agent/resolver.h"
#include "agent/settings.h"
#include "agent/tls.h"
#include "common/error.h"

/* What all generations have in common. */
struct generation_world {
	const struct registry *registry;
	struct log *log;
	int log_sockets[2]; /* the supervisor's end, the others' */
	bool plain;         /* -n */
	bool single;        /* -i */
	struct listeners given; /* instead of opening any, if there are some */
};

struct generation {
	unsigned number;
	struct settings *settings;
	struct listeners listeners;
	struct identity worker, gatekeeper; /* who they are to be */
	bool alike; /* for want of a user of the gatekeeper's own */
	bool granted;          /* something to some command: runners are */
	uint64_t capabilities; /* among that */
	struct certificate_paths certificate;
	struct resolver resolver;
	double resolve_at; /* next */
	size_t names_sent; /* of those with new addresses */

	pid_t pid;      /* of the gatekeeper; 0: none now */
	int control;    /* to it, or -1 */
	bool up;        /* it said that all is open */
	bool ready;     /* it, or one before it, has been up */
	bool given_up;  /* killed, as it did not come up in time */
	bool draining;
	bool told;      /* to drain */
	uint32_t kept;  /* its listeners that the next one has, as bits */
	double began;   /* when it was started last */
	double due;     /* to start it again, or to kill it when draining */
	unsigned failures; /* in a row */
	struct crew_tokens tokens;
	double told_of_none; /* when it was last said that there is no worker */
};

/*
 * Makes ready what settings ask for, and takes them over; what the old one (or
 * NULL) has open is shared. NULL and err, with the line, if that cannot be had.
 */
struct generation *generation_new(struct settings *settings,
    const struct generation_world *world, const struct generation *old,
    struct error *err);

/* Its parts, of one that has but settings; -1 and err, which is about one. */
int generation_find_identities(struct generation *g, struct error *err);
int generation_check_names(const struct settings *s, struct error *err);
int generation_find_certificate(struct generation *g,
    const struct generation_world *world, struct error *err);
struct tls_settings generation_tls_settings(const struct generation *g);

/* Whom commands are granted to be; those that cannot are disabled. */
int generation_find_grants(struct generation *g, settings_complain *complain,
    void *arg, struct error *err);

/* The directive that asks for what only legacy clients need; NULL: none. */
const char *generation_legacy_tls(const struct settings *s);

/* Frees it; sockets that other (or NULL) has too stay open. */
void generation_free(struct generation *g, const struct generation *other);

int generation_start(struct generation *g, /* its gatekeeper */
    const struct generation_world *world, struct error *err);

/* Starts workers that it wants, and sends it their connections. */
void generation_add_workers(struct generation *g,
    const struct generation_world *world, struct crew *crew, unsigned count);

/*
 * Has it finish what it has, and leave to next what both listen on; it is to be
 * gone by g->due. It hears of that now, or by generation_remind().
 */
void generation_drain(struct generation *g, const struct generation *next);

/* Tells it to drain if it has not been told; when to try again, or g->due. */
double generation_remind(struct generation *g);

/* Starts or ends what is due of resolving names; when there is more to do. */
double generation_resolve(struct generation *g,
    const struct generation_world *world);

/* Becomes who its gatekeeper is; arg is the generation. For its resolver. */
int generation_become_keeper(void *arg, struct error *err);

/* Knows the names that old knew by the same addresses, until they are asked. */
void generation_keep_names(struct generation *g, const struct generation *old);

/* Passes on addresses that the resolver found. */
void generation_update_names(struct generation *g,
    const struct generation_world *world);

#endif
