/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "agent/orphans.h"

/* New ones may be made meanwhile; what the kernel holds on to is left to it. */
#define STRIKE_SECONDS 2.0
#define AGAIN_SECONDS 0.02
#define NEVER 3600.0

void
orphans_spare(struct orphans *o)
{
	descendants_orphans(&o->spared);
}

void
orphans_condemn(struct orphans *o, double now)
{
	o->until = now + STRIKE_SECONDS;
	/* At once: who is spared while they die is not to be one of them. */
	(void)descendants_strike(&o->spared);
}

double
orphans_strike(struct orphans *o, double now)
{
	if (o->until == 0)
		return now + NEVER;
	if (descendants_strike(&o->spared) > 0 && now < o->until)
		return now + AGAIN_SECONDS;
	o->until = 0;
	return now + NEVER;
}
