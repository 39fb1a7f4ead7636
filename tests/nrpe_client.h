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

/* CRC-32 bit by bit, to owe nothing to the library that the agent uses. */
static inline uint32_t
nrpe_client_crc(const uint8_t *p, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
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
 * NULL if these n bytes are one response to the last bit: the padding zero,
 * the text as long as said, the CRC right. Else what is wrong with them. v2 says
 * nowhere how long it is: that is for the caller to compare.
 */
static inline const char *
nrpe_client_read(const uint8_t *bytes, size_t n,
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
	if (out->len == room || (out->version != 2 && out->len + 1 != room))
		return "text ends elsewhere";
	for (size_t i = head + out->len; i < n; i++) {
		if (bytes[i] != 0)
			return "padding";
	}
	return NULL;
}

#endif
