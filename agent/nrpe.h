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
	NRPE_V2_SIZE = 1036,   /* of each v2 packet */
	NRPE_HEADER = 16,      /* of v3 and v4, up to the text */
	NRPE_TEXT_MAX = 65536, /* bytes in v3 and v4, terminator included */
	NRPE_PACKET_MAX = NRPE_HEADER + NRPE_TEXT_MAX + 3,
};

enum nrpe_progress {
	NRPE_INCOMPLETE, /* well so far: bytes are missing */
	NRPE_COMPLETE,
	NRPE_MALFORMED,
};

struct nrpe_query {
	int version;      /* 2, 3 or 4: the one to answer in */
	const char *text; /* in the bytes given, not terminated */
	size_t len;       /* of the text, up to the first NUL */
};

/*
 * Looks at the first n bytes that a client sent; what follows a packet does not
 * matter. Refuses as soon as a field is there that no valid query has, so that
 * *need (the size that the packet is known to have so far, above n while bytes
 * are missing) never exceeds NRPE_PACKET_MAX. v3 has to be allowed, since the
 * reference refuses it on purpose. out is filled by a complete packet only; err
 * says what is wrong with a malformed one.
 */
enum nrpe_progress nrpe_decode(const uint8_t *bytes, size_t n, bool allow_v3,
    struct nrpe_query *out, size_t *need, struct error *err);

/* Room for the text of a response, without its terminator. */
size_t nrpe_text_room(int version);

/*
 * Writes a response of this version, at most NRPE_PACKET_MAX bytes; its size.
 * Text ends at a NUL, and is cut where it does not fit: not inside a UTF-8
 * character, but at any byte of what is no UTF-8.
 */
size_t nrpe_encode(uint8_t *out, int version, enum status status,
    const char *text, size_t len);

#endif
