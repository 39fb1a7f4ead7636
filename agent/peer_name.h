/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * peer_name - the names in a client's certificate, and what to compare with
 *
 * A pattern means names of one kind, by what it looks like: an address if it
 * is one, a URI with a ":" in it, a mailbox with a "@", else a host's name. The
 * common name, where it counts, is compared with all of them.
 */
#ifndef AGENT_PEER_NAME_H
#define AGENT_PEER_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"

enum peer_name_kind {
	PEER_NAME_DNS,
	PEER_NAME_ADDRESS, /* 4 or 16 bytes, or it means nothing */
	PEER_NAME_EMAIL,
	PEER_NAME_URI,
	PEER_NAME_COMMON,
};

/* Bytes of whoever has a CA: zeros may be among them. */
struct peer_name {
	enum peer_name_kind kind;
	const uint8_t *bytes;
	size_t n;
};

/* Whether it is a pattern; -1 and err if not. */
int peer_name_check(const char *pattern, struct error *err);

/*
 * Whether pattern, which is one, means name: byte for byte, but for the case
 * of letters (A to Z) in a host's name; "*." in front of it stands for one
 * label of letters, digits, "-" and "_". Addresses are compared as numbers.
 */
bool peer_name_matches(const char *pattern, const struct peer_name *name);

/* Whether each name that narrow means is one that wide means; both patterns. */
bool peer_name_covers(const char *wide, const char *narrow);

/* Appends "DNS:mon.example.org", escaped as by escape_line(). */
void peer_name_put(struct buf *b, const struct peer_name *name);

#endif
