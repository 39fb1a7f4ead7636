/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a generation's commands are granted, found when it is made ready. */
#include "config.h"

#include "agent/capability.h"
#include "agent/generation.h"

/* That one cannot be run, and all others can. */
static int
refuse(struct command *c, const char *why, settings_complain *complain,
    void *arg, struct error *err)
{
	struct error text;

	(void)error_set(&text, "command[%.64s] cannot be run: %s", c->name,
	    why);
	complain(arg, SETTINGS_WARNING, c->file, c->line_number, text.text);
	return command_disable(c, why, err);
}

int
generation_find_grants(struct generation *g, settings_complain *complain,
    void *arg, struct error *err)
{
	uint64_t own = capability_own();
	struct error why;

	for (size_t i = 0; i < g->settings->command_count; i++) {
		struct command *c = &g->settings->commands[i];

		if (!grant_is_given(&c->grant) || c->why_not != NULL)
			continue;
		if (grant_find(&c->grant, &g->worker, own, &why) == 0) {
			g->granted = true;
			g->capabilities |= c->grant.capabilities;
		} else if (refuse(c, why.text, complain, arg, err) < 0) {
			return -1;
		}
	}
	return 0;
}
