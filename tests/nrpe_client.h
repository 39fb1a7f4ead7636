/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nrpe_client - the other side of agent/nrpe.h, for tests: strict */
#ifndef TESTS_NRPE_CLIENT_H
#define TESTS_NRPE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Big-endian, of n bytes. */
static inline void
nrpe_client_put(uint8_t *p, size_t n, uint32_t value)
{
	while (n-- > 0) {
		p[n] = (uint8_t)value;
		value >>= 8;
	}
}

static inline uint32_t
nrpe_client_get(const uint8_t *p, size_t n)
{
	uint32_t value = 0;

	while (n-- > 0)
		value = value << 8 | *p++;
	return value;
}

/* CRC-32 by four bits, to owe nothing to the library that the agent uses. */
static inline uint32_t
nrpe_client_crc(const uint8_t *p, size_t n)
{
	static const uint32_t step[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc = crc >> 4 ^ step[(crc ^ p[i]) & 15];
		crc = crc >> 4 ^ step[(crc ^ p[i] >> 4) & 15];
	}
	return ~crc;
}

/* Puts the CRC of all n bytes as they are into a packet. */
static inline void
nrpe_client_seal(uint8_t *packet, size_t n)
{
	nrpe_client_put(packet + 4, 4, 0);
	nrpe_client_put(packet + 4, 4, nrpe_client_crc(packet, n));
}

/*
 * A query of size bytes in all: len of text, then zeros. Without a zero where
 * the text fills it.
 */
static inline void
nrpe_client_query(uint8_t *out, int version, const char *text, size_t len,
    size_t size)
{
	size_t tail = version == 3 ? 3 : 0;

	memset(out, 0, size);
	nrpe_client_put(out, 2, (uint32_t)version);
	nrpe_client_put(out + 2, 2, 1);
	if (version != 2)
		nrpe_client_put(out + 12, 4, (uint32_t)(size - 16 - tail));
	memcpy(out + (version == 2 ? 10 : 16), text, len);
	nrpe_client_seal(out, size);
}

struct nrpe_client_response {
	int version, result;
	size_t room;      /* for text, in bytes */
	const char *text; /* in the bytes; terminated there */
	size_t len;
};

/*
 * NULL if these n bytes are one response by its fields, of the size they say,
 * with the right CRC and a terminated text. Else what is wrong with them. v2
 * says nowhere how long it is: that is for the caller to compare.
 */
static inline const char *
nrpe_client_check(const uint8_t *bytes, size_t n,
    struct nrpe_client_response *out)
{
	static uint8_t copy[16 + 65536 + 3];
	size_t head, room, tail;

	*out = (struct nrpe_client_response){ .result = -1, .text = "" };
	if (n < 17 || n > sizeof copy)
		return "size of no packet";
	out->version = (int)nrpe_client_get(bytes, 2);
	out->result = (int)nrpe_client_get(bytes + 8, 2);
	if (out->version < 2 || out->version > 4)
		return "unknown version";
	if (nrpe_client_get(bytes + 2, 2) != 2)
		return "not a response";

	head = out->version == 2 ? 10 : 16;
	tail = out->version == 2 ? 2 : out->version == 3 ? 3 : 0;
	room = out->version == 2 ? n - head - tail :
	    nrpe_client_get(bytes + 12, 4);
	if (room == 0 || room > 65536 || n != head + room + tail)
		return "not of the size it says";
	out->room = room;
	if (out->version != 2 && nrpe_client_get(bytes + 10, 2) != 0)
		return "alignment";
	memcpy(copy, bytes, n);
	nrpe_client_seal(copy, n);
	if (memcmp(copy, bytes, n) != 0)
		return "CRC";

	out->text = (const char *)bytes + head;
	out->len = strnlen(out->text, room);
	return out->len == room ? "text ends elsewhere" : NULL;
}

/* The same to the last bit: padding is zero, and the text as long as said. */
static inline const char *
nrpe_client_read(const uint8_t *bytes, size_t n,
    struct nrpe_client_response *out)
{
	const char *wrong = nrpe_client_check(bytes, n, out);
	size_t at;

	if (wrong != NULL)
		return wrong;
	at = (size_t)((const uint8_t *)out->text - bytes) + out->len;
	if (out->version != 2 && at + 1 + (out->version == 3 ? 3 : 0) != n)
		return "text ends elsewhere";
	for (; at < n; at++) {
		if (bytes[at] != 0)
			return "padding";
	}
	return NULL;
}

#endif
