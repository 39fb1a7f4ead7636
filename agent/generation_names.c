/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names in a generation's access list, kept resolved. */
#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "agent/generation.h"
#include "agent/message.h"
#include "common/run.h"

#define RESOLVE_AGAIN_SECONDS 10.0

/* Before names that a gatekeeper had no room for are sent once more. */
#define NAMES_SECONDS 0.1

int
generation_become_keeper(void *arg, struct error *err)
{
	const struct generation *g = arg;

	return identity_assume(&g->gatekeeper, false, err);
}

void
generation_keep_names(struct generation *g, const struct generation *old)
{
	struct acl *acl = &g->settings->acl;
	const struct acl *known = &old->settings->acl;

	for (size_t i = 0; i < acl->name_count; i++) {
		for (size_t j = 0; j < known->name_count; j++) {
			if (strcmp(acl->names[i].name,
			    known->names[j].name) == 0)
				acl->names[i] = known->names[j];
		}
	}
}

/* As many as its socket has room for. */
static void
send_names(struct generation *g)
{
	const struct acl *acl = &g->settings->acl;

	while (g->names_sent < acl->name_count) {
		const struct acl_name *name = &acl->names[g->names_sent];
		struct message m = {
			.type = MESSAGE_ACL_NAME,
			.number = (uint32_t)g->names_sent,
		};

		if (!message_send(g->control, &m, name, sizeof *name, -1))
			return;
		g->names_sent++;
	}
}

void
generation_update_names(struct generation *g,
    const struct generation_world *world)
{
	resolver_take(&g->resolver, &g->settings->acl, world->log);
	if (g->resolver.changed)
		g->names_sent = 0;
	g->resolver.changed = false;
	if (g->control >= 0)
		send_names(g);
}

/* Sooner while a name has no address yet: at boot there may be no network. */
static double
interval(const struct acl *acl)
{
	for (size_t i = 0; i < acl->name_count; i++) {
		if (acl->names[i].count == 0)
			return RESOLVE_AGAIN_SECONDS;
	}
	return RESOLVER_INTERVAL;
}

/* Until the run that is under way ends, or the next one begins. */
static double
resolve(struct generation *g, const struct generation_world *world, double now)
{
	struct resolver *r = &g->resolver;
	struct error err;

	if (r->fd < 0 && now >= g->resolve_at) {
		g->resolve_at = now + interval(&g->settings->acl);
		if (resolver_start(r, &g->settings->acl, &err) < 0)
			log_write(world->log, LOG_ERR, "names in "
			    "allowed_hosts: %s", err.text);
	}
	return r->fd >= 0 ? r->deadline : g->resolve_at;
}

double
generation_resolve(struct generation *g, const struct generation_world *world)
{
	double now = deadline_now();
	bool late = g->resolver.fd >= 0 && now >= g->resolver.deadline;
	bool waiting = g->names_sent < g->settings->acl.name_count;

	if (!g->ready || g->settings->acl.name_count == 0)
		return now + RESOLVER_INTERVAL;
	if (late || waiting)
		generation_update_names(g, world);
	if (g->names_sent < g->settings->acl.name_count)
		return now + NAMES_SECONDS;
	return resolve(g, world, now);
}
