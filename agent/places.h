/* SPDX-License-Identifier: GPL-3.0-or-later */
/* places - where to listen: server_address and address_family, in numbers */
#ifndef AGENT_PLACES_H
#define AGENT_PLACES_H

#include <stddef.h>

#include "agent/identity.h"
#include "agent/listener.h"
#include "agent/settings.h"
#include "common/error.h"

struct places {
	size_t count; /* 0: all of IPv4 and IPv6 */
	char all[LISTENERS_MAX][64];
};

/*
 * Names are asked for by a child that has become who (NULL: it stays who we
 * are) and ends in some seconds: a name server that does not answer holds up a
 * start or a reload for so long. -1 and err, which is about the directive, if a
 * name has no address of the family, or an address is of another.
 */
int places_find(struct places *out, const struct settings *s,
    const struct identity *who, struct error *err);

/*
 * A copy of what such a child wrote, which read what strangers say, and may
 * write on: strings that end, and no more than there can be. -1 and err.
 */
int places_adopt(struct places *out, const struct places *foreign,
    struct error *err);

#endif
