/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The queries of agent/nrpe.h. */
#include "config.h"

#include <stdlib.h>

#include "agent/nrpe.h"
#include "tests/nrpe_client.h"
#include "tests/tap.h"

#define CHECK "_NRPE_CHECK"

/* One call of nrpe_decode() and all that it said. */
struct decoded {
	enum nrpe_progress progress;
	struct nrpe_query query;
	size_t need;
	struct error err;
	char text[NRPE_TEXT_MAX + 1]; /* of the query, terminated */
};

/* On a copy with nothing behind it, for ASan and valgrind to guard. */
static void
decode_by(struct decoded *d, const uint8_t *bytes, size_t n,
    const struct nrpe_policy *policy)
{
	uint8_t *exact = malloc(n > 0 ? n : 1);

	if (exact == NULL) {
		printf("Bail out! no memory\n");
		exit(1);
	}
	memcpy(exact, bytes, n);
	*d = (struct decoded){ .query.form.version = -7, .need = 1 << 30 };
	d->progress = nrpe_decode(exact, n, policy, &d->query, &d->need,
	    &d->err);
	if (d->progress == NRPE_COMPLETE)
		memcpy(d->text, d->query.text, d->query.len);
	free(exact);
}

static void
decode(struct decoded *d, const uint8_t *bytes, size_t n, bool allow_v3)
{
	const struct nrpe_policy policy = {
		.v3 = allow_v3,
		.v2_text = NRPE_V2_TEXT,
	};

	decode_by(d, bytes, n, &policy);
}

/* Fed byte by byte it is complete with byte size, and not before. */
static void
test_bytewise(const uint8_t *bytes, size_t size, const char *what)
{
	static struct decoded d;
	size_t wrong = 0;

	for (size_t n = 0; n < size; n++) {
		decode(&d, bytes, n, true);
		wrong += d.progress != NRPE_INCOMPLETE || d.need <= n ||
		    d.need > size || d.query.form.version != -7;
	}
	tap_int((long long)wrong, 0, what);
	decode(&d, bytes, size, true);
	tap_int(d.progress, NRPE_COMPLETE, "complete with its last byte");
	tap_int((long long)d.need, (long long)size, "of the size it needed");
}

/* Query packets with the CRC that check_nrpe gives them. */
static const struct {
	const char *what;
	int version;
	size_t size, enough; /* bytes in all, and without the tail of v3 */
	uint32_t crc;
} queries[] = {
	{ "v4 as check_nrpe pads it", 4, 1036, 1036, 0x5bd51854 },
	{ "v4 without padding", 4, 28, 28, 0x4356e60b },
	{ "v3", 3, 1036, 1033, 0x10e75ae5 },
	{ "v2", 2, 1036, 1036, 0xd4673f00 },
};

static void
test_queries(void)
{
	static struct decoded d;
	uint8_t packet[NRPE_V2_SIZE + 10];

	for (size_t i = 0; i < COUNT(queries); i++) {
		const char *what = queries[i].what;
		size_t size = queries[i].size;

		memset(packet, '!', sizeof packet);
		nrpe_client_query(packet, queries[i].version, CHECK,
		    strlen(CHECK), size);
		tap_int(nrpe_client_get(packet + 4, 4), queries[i].crc, what);
		test_bytewise(packet, queries[i].enough, what);
		decode(&d, packet, size + 10, true);
		tap_int(d.progress, NRPE_COMPLETE, "and with junk behind it");
		tap_int(d.query.form.version, queries[i].version,
		    "its version");
		tap_str(d.text, CHECK, "its text");
		decode(&d, packet, size, false);
		tap_int(d.progress, queries[i].version == 3 ? NRPE_MALFORMED :
		    NRPE_COMPLETE, "where v3 is off");
	}
}

/* No bit of a packet may differ, but those of the alignment. */
static void
test_flipped(void)
{
	static struct decoded d;
	uint8_t packet[28];
	int wrong = 0;

	nrpe_client_query(packet, 4, CHECK, strlen(CHECK), sizeof packet);
	for (size_t bit = 0; bit < 8 * sizeof packet; bit++) {
		size_t at = bit / 8;

		packet[at] ^= (uint8_t)(1 << bit % 8);
		decode(&d, packet, sizeof packet, true);
		wrong += (d.progress == NRPE_COMPLETE) !=
		    (at == 10 || at == 11);
		packet[at] ^= (uint8_t)(1 << bit % 8);
	}
	tap_int(wrong, 0, "each bit flipped in turn");
}

enum {
	MINIMAL = 28, /* bytes of a v3 or v4 query, tail not included */
};

/* A field that no query has: refused with its last byte, whatever the CRC. */
static const struct {
	const char *what;
	int version;    /* of the packet that is spoilt */
	size_t at, n;   /* the field */
	uint32_t value;
	const char *why;
} malformed[] = {
	{ "version 0", 4, 0, 2, 0, "version 0: unknown" },
	{ "version 1", 2, 0, 2, 1, "version 1: unknown" },
	{ "version 5", 4, 0, 2, 5, "version 5: unknown" },
	{ "version 0x104", 4, 0, 2, 0x104, "version 260: unknown" },
	{ "version 32767", 4, 0, 2, 32767, "version 32767: unknown" },
	{ "version -1", 4, 0, 2, 0xffff, "version -1: unknown" },
	{ "an HTTP request", 4, 0, 2, 0x4745, "version 18245: unknown" },
	{ "a TLS hello", 4, 0, 2, 0x1603, "version 5635: unknown" },
	{ "v2 of type 0", 2, 2, 2, 0, "type 0: not a query" },
	{ "v2, a response", 2, 2, 2, 2, "type 2: not a query" },
	{ "v2, more response", 2, 2, 2, 3, "type 3: not a query" },
	{ "v3, a response", 3, 2, 2, 2, "type 2: not a query" },
	{ "v4 of type 0", 4, 2, 2, 0, "type 0: not a query" },
	{ "v4, a response", 4, 2, 2, 2, "type 2: not a query" },
	{ "v4 of type 20", 4, 2, 2, 20, "type 20: not a query" },
	{ "v4 of type 257", 4, 2, 2, 0x101, "type 257: not a query" },
	{ "v4 of type -1", 4, 2, 2, 0xffff, "type -1: not a query" },
	{ "v4 of no text", 4, 12, 4, 0, "text of 0 bytes" },
	{ "v4 of -1", 4, 12, 4, 0xffffffff, "text of -1 bytes" },
	{ "v4 of -2^31", 4, 12, 4, 0x80000000, "text of -2147483648 bytes" },
	{ "v4 of 2^31-1", 4, 12, 4, 0x7fffffff, "text of 2147483647 bytes" },
	{ "v4 of 65537", 4, 12, 4, 65537, "text of 65537 bytes: not 1 to" },
	{ "v4 of 75 KiB", 4, 12, 4, 75 * 1024, "text of 76800 bytes" },
	{ "v3 of no text", 3, 12, 4, 0, "text of 0 bytes" },
	{ "v3 of 65537", 3, 12, 4, 65537, "text of 65537 bytes" },
};

static void
test_malformed(void)
{
	static struct decoded d;
	uint8_t packet[NRPE_V2_SIZE];

	for (size_t i = 0; i < COUNT(malformed); i++) {
		int version = malformed[i].version;
		size_t size = version == 2 ? NRPE_V2_SIZE :
		    version == 3 ? MINIMAL + 3 : MINIMAL;
		size_t end = malformed[i].at + malformed[i].n;

		nrpe_client_query(packet, version, CHECK, strlen(CHECK), size);
		nrpe_client_put(packet + malformed[i].at, malformed[i].n,
		    malformed[i].value);
		nrpe_client_seal(packet, size);
		decode(&d, packet, end - 1, true);
		tap_int(d.progress, NRPE_INCOMPLETE, malformed[i].what);
		decode(&d, packet, end, true);
		tap_int(d.progress, NRPE_MALFORMED, "is refused at once");
		tap_has(d.err.text, malformed[i].why, "with the reason");
		decode(&d, packet, size, true);
		tap_ok(d.progress == NRPE_MALFORMED &&
		    d.query.form.version == -7,
		    "and as a whole, out untouched");
	}
}

/* v3 that is not allowed goes with its version, not after its text. */
static void
test_v3_refused(void)
{
	static struct decoded d;
	uint8_t packet[MINIMAL + 3];

	nrpe_client_query(packet, 3, CHECK, strlen(CHECK), sizeof packet);
	decode(&d, packet, 2, false);
	tap_int(d.progress, NRPE_MALFORMED, "v3 refused by its version");
	tap_str(d.err.text, "packet of version 3: not enabled", "and told so");
	memset(packet + MINIMAL, 0xff, 3);
	decode(&d, packet, sizeof packet, true);
	tap_int(d.progress, NRPE_COMPLETE, "v3 with anything for a tail");
	nrpe_client_query(packet, 4, CHECK, strlen(CHECK), MINIMAL);
	nrpe_client_put(packet, 2, 3);
	nrpe_client_seal(packet, MINIMAL);
	decode(&d, packet, MINIMAL, true);
	tap_int(d.progress, NRPE_MALFORMED, "v3 with a CRC without a tail");
}

/* What is garbage in the packets of others, and looked at by nobody. */
static void
test_tolerated(void)
{
	static struct decoded d;
	uint8_t packet[NRPE_V2_SIZE];

	nrpe_client_query(packet, 2, CHECK, strlen(CHECK), NRPE_V2_SIZE);
	nrpe_client_put(packet + 8, 2, 0x3077);
	nrpe_client_put(packet + 1034, 2, 0x4142);
	memset(packet + 30, 'x', 1000);
	nrpe_client_seal(packet, NRPE_V2_SIZE);
	decode(&d, packet, NRPE_V2_SIZE, false);
	tap_int(d.progress, NRPE_COMPLETE, "v2 with random pads and result");
	tap_str(d.text, CHECK, "and bytes behind its terminator");
	packet[1035]++;
	decode(&d, packet, NRPE_V2_SIZE, false);
	tap_int(d.progress, NRPE_MALFORMED, "its last pad is in the CRC");
	tap_str(d.err.text, "packet: its CRC is wrong", "which is the reason");

	nrpe_client_query(packet, 4, CHECK, strlen(CHECK), MINIMAL);
	nrpe_client_put(packet + 8, 2, 0xffff);
	nrpe_client_seal(packet, MINIMAL);
	nrpe_client_put(packet + 10, 2, 77);
	decode(&d, packet, MINIMAL, false);
	tap_int(d.progress, NRPE_COMPLETE, "v4 with a result and alignment");
	nrpe_client_seal(packet, MINIMAL);
	decode(&d, packet, MINIMAL, false);
	tap_int(d.progress, NRPE_MALFORMED, "whose CRC is over 0, not over 77");
}

/* `check_nrpe -2 -P 2048` makes v2 packets of another size. */
static void
test_oversized_v2(void)
{
	static struct decoded d;
	uint8_t packet[2060];

	nrpe_client_query(packet, 2, CHECK, strlen(CHECK), sizeof packet);
	decode(&d, packet, sizeof packet, false);
	tap_int(d.progress, NRPE_MALFORMED, "v2 of 2060 bytes");
}

/* Sizes of v2's variant, with a text that is longer than usual. */
static const struct {
	const char *what;
	size_t payload, size, len, want;
	enum nrpe_progress progress;
} variants[] = {
	{ "none: v2", 1024, 1036, 5, 5, NRPE_COMPLETE },
	{ "none: another size", 1024, 2060, 5, 0, NRPE_MALFORMED },
	{ "v2 beside it", 2048, 1036, 1023, 1023, NRPE_COMPLETE },
	{ "itself", 2048, 2060, 5, 5, NRPE_COMPLETE },
	{ "its longest text", 2048, 2060, 2047, 2047, NRPE_COMPLETE },
	{ "without a terminator", 2048, 2060, 2048, 2047, NRPE_COMPLETE },
	{ "a byte less", 2048, 2059, 5, 0, NRPE_INCOMPLETE },
	{ "a byte more", 2048, 2061, 5, 0, NRPE_MALFORMED },
	{ "one byte above v2", 1025, 1037, 1024, 1024, NRPE_COMPLETE },
	{ "the largest", 65536, 65548, 65535, 65535, NRPE_COMPLETE },
};

static void
test_variants(void)
{
	static struct decoded d;
	static uint8_t packet[NRPE_PACKET_MAX];
	static char text[NRPE_TEXT_MAX];

	memset(text, 'v', sizeof text);
	for (size_t i = 0; i < COUNT(variants); i++) {
		const struct nrpe_policy policy = {
			.v2_text = variants[i].payload,
		};

		nrpe_client_query(packet, 2, text, variants[i].len,
		    variants[i].size);
		decode_by(&d, packet, variants[i].size, &policy);
		tap_int(d.progress, variants[i].progress, variants[i].what);
		if (d.progress != NRPE_COMPLETE)
			continue;
		tap_int((long long)d.query.len, (long long)variants[i].want,
		    "the length of its text");
		tap_int((long long)d.query.form.v2_text,
		    (long long)variants[i].size - 12, "the room to answer in");
		decode_by(&d, packet, variants[i].size - 1, &policy);
		tap_int(d.progress, NRPE_INCOMPLETE, "no sooner");
		tap_int((long long)d.need, (long long)variants[i].size,
		    "by its size");
	}
}

/* A CRC that is wrong at one size may be right at the other; no third one. */
static void
test_variant_crc(void)
{
	static const struct nrpe_policy policy = { .v2_text = 2048 };
	static struct decoded d;
	uint8_t packet[2060];

	nrpe_client_query(packet, 2, CHECK, strlen(CHECK), NRPE_V2_SIZE);
	packet[4]++;
	decode_by(&d, packet, NRPE_V2_SIZE, &policy);
	tap_int(d.progress, NRPE_INCOMPLETE, "a wrong CRC may be early");
	tap_int((long long)d.need, 2060, "and how early");
	memset(packet + NRPE_V2_SIZE, 0, sizeof packet - NRPE_V2_SIZE);
	decode_by(&d, packet, sizeof packet, &policy);
	tap_int(d.progress, NRPE_MALFORMED, "or wrong");
	packet[4]--;
	decode_by(&d, packet, sizeof packet, &policy);
	tap_int(d.progress, NRPE_COMPLETE, "v2 with bytes behind it");
	tap_int((long long)d.query.form.v2_text, NRPE_V2_TEXT, "is v2");

	nrpe_client_query(packet, 4, CHECK, strlen(CHECK), MINIMAL);
	packet[4]++;
	decode_by(&d, packet, MINIMAL, &policy);
	tap_int(d.progress, NRPE_MALFORMED, "v4 has no variant");
}

/* Text of len bytes in a packet of size: how much of it is the query. */
static const struct {
	const char *what;
	int version;
	size_t len, size, want;
} texts[] = {
	{ "v2, none", 2, 0, 1036, 0 },
	{ "v2, 1022", 2, 1022, 1036, 1022 },
	{ "v2, the longest", 2, 1023, 1036, 1023 },
	{ "v2 without a terminator", 2, 1024, 1036, 1023 },
	{ "v3, none", 3, 0, 20, 0 },
	{ "v3 without a terminator", 3, 5, 24, 5 },
	{ "v4, none", 4, 0, 17, 0 },
	{ "v4, one byte", 4, 1, 17, 1 },
	{ "v4, one byte and terminator", 4, 1, 18, 1 },
	{ "v4 without a terminator", 4, 1024, 1040, 1024 },
	{ "v4, 3000", 4, 3000, 3017, 3000 },
	{ "v4, 40000", 4, 40000, 40016, 40000 },
	{ "v4, 65535 and terminator", 4, 65535, 65552, 65535 },
	{ "v4, 65536", 4, 65536, 65552, 65536 },
	{ "v4, 7 of 65536", 4, 7, 65552, 7 },
	{ "v3, 65536", 3, 65536, 65555, 65536 },
};

static void
test_texts(void)
{
	static struct decoded d;
	static uint8_t packet[NRPE_PACKET_MAX];
	static char text[NRPE_TEXT_MAX];

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)('a' + i % 23);
	for (size_t i = 0; i < COUNT(texts); i++) {
		nrpe_client_query(packet, texts[i].version, text, texts[i].len,
		    texts[i].size);
		decode(&d, packet, texts[i].size, true);
		if (!tap_ok(d.progress == NRPE_COMPLETE, texts[i].what))
			continue;
		tap_int((long long)d.query.len, (long long)texts[i].want,
		    "the length of its text");
		tap_ok(memcmp(d.text, text, d.query.len) == 0, "its bytes");
	}
	tap_ok(d.need < NRPE_PACKET_MAX, "nothing larger is ever asked for");
}

int
main(void)
{
	test_queries();
	test_flipped();
	test_malformed();
	test_v3_refused();
	test_tolerated();
	test_oversized_v2();
	test_variants();
	test_variant_crc();
	test_texts();
	return tap_done();
}
