/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nrpe - packets of the NRPE protocol, from bytes and back
 *
 * Integers are big-endian. The CRC-32 (zlib's) is over the whole packet with
 * its own field, and the alignment of v3 and v4, taken as zero.
 *
 *	offset   v2                    v3, v4
 *	0   2    version
 *	2   2    type: 1 query, 2 response
 *	4   4    CRC
 *	8   2    result of a response; anything in a query
 *	10       text, 1024 bytes      alignment, 2 bytes
 *	12                             length of the text, 4 bytes
 *	16                             text
 *	end      2 bytes, anything     v3 only: 3 zero bytes
 *
 * Of v2 there is a variant with another number of bytes of text, which both
 * sides have to know: check_nrpe -P, and what NSClient++ calls payload length.
 *
 * Source: common.h and nrpe.c of NRPE 2.15, 3.2.1 and 4.1, and what 4.1
 * answered when it was asked. A v3 query comes with or without its tail, which
 * is nobody's to wait for.
 */
#ifndef AGENT_NRPE_H
#define AGENT_NRPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/status.h"

enum {
	NRPE_V2_TEXT = 1024,   /* bytes, terminator included */
	NRPE_V2_SIZE = 1036,   /* of each v2 packet, but the variant's */
	NRPE_HEADER = 16,      /* of v3 and v4, up to the text */
	NRPE_TEXT_MAX = 65536, /* bytes in v3 and v4, terminator included */
	NRPE_PACKET_MAX = NRPE_HEADER + NRPE_TEXT_MAX + 3,
};

enum nrpe_progress {
	NRPE_INCOMPLETE, /* well so far: bytes are missing */
	NRPE_COMPLETE,
	NRPE_MALFORMED,
};

/* Which packets are taken, where the protocol leaves a choice. */
struct nrpe_policy {
	bool v3;        /* the reference refuses it on purpose */
	size_t v2_text; /* bytes in v2's variant, NRPE_V2_TEXT if there is none,
			   at most NRPE_TEXT_MAX */
};

/* What a response looks like: as its query does. */
struct nrpe_form {
	int version;    /* 2, 3 or 4 */
	size_t v2_text; /* bytes, terminator included, if that is 2 */
};

struct nrpe_query {
	struct nrpe_form form;
	const char *text; /* in the bytes given, not terminated */
	size_t len;       /* of the text, up to the first NUL */
};

/*
 * Looks at the first n bytes that a client sent; what follows a packet does not
 * matter. Refuses as soon as a field is there that no valid query has, so that
 * *need (the size that the packet is known to have so far, above n while bytes
 * are missing) never exceeds NRPE_PACKET_MAX. Only its CRC tells a whole v2
 * packet from the beginning of one of the variant. out is filled by a complete
 * packet only; err says what is wrong with a malformed one.
 */
enum nrpe_progress nrpe_decode(const uint8_t *bytes, size_t n,
    const struct nrpe_policy *policy, struct nrpe_query *out, size_t *need,
    struct error *err);

/* Room for the text of a response, without its terminator. */
size_t nrpe_text_room(struct nrpe_form form);

/*
 * Writes a response of this form, at most NRPE_PACKET_MAX bytes; its size.
 * Text ends at a NUL, and is cut where it does not fit: not inside a UTF-8
 * character, but at any byte of what is no UTF-8.
 */
size_t nrpe_encode(uint8_t *out, struct nrpe_form form, enum status status,
    const char *text, size_t len);

#endif
