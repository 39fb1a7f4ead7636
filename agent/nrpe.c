/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>
#include <zlib.h>

#include "agent/nrpe.h"

enum {
	TYPE_QUERY = 1,
	TYPE_RESPONSE = 2,

	/* Where the fields lie, see nrpe.h. */
	VERSION_AT = 0,
	TYPE_AT = 2,
	CRC_AT = 4,
	RESULT_AT = 8,
	ALIGNMENT_AT = 10,
	LENGTH_AT = 12,
	V2_TEXT_AT = 10,

	V2_PADS = 2,
	V3_TAIL = 3,
};

static int
get16(const uint8_t *p)
{
	return (int16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static void
put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void
put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value & 0xffff);
}

static size_t
text_at(int version)
{
	return version == 2 ? V2_TEXT_AT : NRPE_HEADER;
}

/* Of a whole packet, the tail of v3 not among its size bytes. */
static uint32_t
checksum(const uint8_t *packet, size_t size)
{
	static const uint8_t zeros[4];
	int version = get16(packet + VERSION_AT);
	uLong crc = crc32(0, packet, CRC_AT);

	crc = crc32(crc, zeros, RESULT_AT - CRC_AT);
	if (version == 2)
		return (uint32_t)crc32(crc, packet + RESULT_AT,
		    (uInt)(size - RESULT_AT));
	crc = crc32(crc, packet + RESULT_AT, ALIGNMENT_AT - RESULT_AT);
	crc = crc32(crc, zeros, LENGTH_AT - ALIGNMENT_AT);
	crc = crc32(crc, packet + LENGTH_AT, (uInt)(size - LENGTH_AT));
	if (version == 3)
		crc = crc32(crc, zeros, V3_TAIL);
	return (uint32_t)crc;
}

static size_t
v2_size(size_t text)
{
	return V2_TEXT_AT + text + V2_PADS;
}

static int
check_version(int version, bool allow_v3, struct error *err)
{
	if (version == 3 && !allow_v3)
		return error_set(err, "packet of version 3: not enabled");
	if (version < 2 || version > 4)
		return error_set(err, "packet of version %d: unknown", version);
	return 0;
}

/*
 * Checks the fields that are among n bytes, and what size the packet has as
 * far as they tell. It is above n where they do not tell all.
 */
static int
check_fields(const uint8_t *bytes, size_t n, bool allow_v3, size_t *size,
    struct error *err)
{
	uint32_t length;
	int version;

	*size = NRPE_HEADER;
	if (n < TYPE_AT)
		return 0;
	version = get16(bytes + VERSION_AT);
	if (check_version(version, allow_v3, err) < 0)
		return -1;
	if (version == 2)
		*size = NRPE_V2_SIZE;

	if (n < CRC_AT)
		return 0;
	if (get16(bytes + TYPE_AT) != TYPE_QUERY)
		return error_set(err, "packet of type %d: not a query",
		    get16(bytes + TYPE_AT));

	if (version == 2 || n < NRPE_HEADER)
		return 0;
	length = get32(bytes + LENGTH_AT);
	if (length == 0 || length > NRPE_TEXT_MAX)
		return error_set(err, "packet with a text of %ld bytes: "
		    "not 1 to %d", (long)(int32_t)length, NRPE_TEXT_MAX);
	*size = NRPE_HEADER + length;
	return 0;
}

static bool
is_sound(const uint8_t *packet, size_t size)
{
	return checksum(packet, size) == get32(packet + CRC_AT);
}

/* A packet that is there with all of its size bytes. */
static void
take(const uint8_t *packet, size_t size, struct nrpe_query *out)
{
	int version = get16(packet + VERSION_AT);
	size_t text = size - text_at(version);

	out->form = (struct nrpe_form){ .version = version };
	/* A terminator is missed in v2 as it is by NRPE, and in v4 by none. */
	if (version == 2) {
		out->form.v2_text = text - V2_PADS;
		text = out->form.v2_text - 1;
	}
	out->text = (const char *)packet + text_at(version);
	out->len = strnlen(out->text, text);
}

enum nrpe_progress
nrpe_decode(const uint8_t *bytes, size_t n, const struct nrpe_policy *policy,
    struct nrpe_query *out, size_t *need, struct error *err)
{
	size_t variant = v2_size(policy->v2_text);

	if (check_fields(bytes, n, policy->v3, need, err) < 0)
		return NRPE_MALFORMED;
	if (n < *need)
		return NRPE_INCOMPLETE;
	if (is_sound(bytes, *need)) {
		take(bytes, *need, out);
		return NRPE_COMPLETE;
	}

	if (get16(bytes + VERSION_AT) == 2 && *need < variant) {
		*need = variant;
		if (n < variant)
			return NRPE_INCOMPLETE;
		if (is_sound(bytes, variant)) {
			take(bytes, variant, out);
			return NRPE_COMPLETE;
		}
	}
	error_set(err, "packet: its CRC is wrong");
	return NRPE_MALFORMED;
}

size_t
nrpe_text_room(struct nrpe_form form)
{
	return (form.version == 2 ? form.v2_text : NRPE_TEXT_MAX) - 1;
}

/* The length of the UTF-8 character that text starts with, or 0. */
static size_t
utf8(const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t length = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 :
	    p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (length > n)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

/* How much of n bytes goes into room without cutting a character in two. */
static size_t
fit(const char *text, size_t n, size_t room)
{
	if (n <= room)
		return n;
	for (size_t back = 1; back <= 3; back++) {
		size_t at = room - back;

		if (utf8(text + at, n - at) > back)
			return at;
	}
	return room;
}

size_t
nrpe_encode(uint8_t *out, struct nrpe_form form, enum status status,
    const char *text, size_t len)
{
	unsigned result = (unsigned)status;
	int version = form.version;
	size_t size, tail = version == 3 ? V3_TAIL : 0;

	/* check_nrpe exits with what it gets, 255 too. */
	if (result > STATUS_UNKNOWN)
		result = STATUS_UNKNOWN;
	len = fit(text, strnlen(text, len), nrpe_text_room(form));
	size = version == 2 ? v2_size(form.v2_text) : NRPE_HEADER + len + 1;

	memset(out, 0, size + tail);
	put16(out + VERSION_AT, (unsigned)version);
	put16(out + TYPE_AT, TYPE_RESPONSE);
	put16(out + RESULT_AT, result);
	if (version != 2)
		put32(out + LENGTH_AT, (uint32_t)len + 1);
	memcpy(out + text_at(version), text, len);
	put32(out + CRC_AT, checksum(out, size));
	return size + tail;
}
