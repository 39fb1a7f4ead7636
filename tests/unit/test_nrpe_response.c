/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The responses of agent/nrpe.h. */
#include "config.h"

#include "agent/nrpe.h"
#include "tests/nrpe_client.h"
#include "tests/tap.h"

/* Responses with the CRC that nrpe gives them, but with zeros for its pads. */
static const struct {
	int version;
	enum status status;
	const char *text;
	size_t size;
	uint32_t crc;
} responses[] = {
	{ 2, STATUS_OK, "OK fine", 1036, 0x4b466412 },
	{ 3, STATUS_OK, "OK fine", 27, 0xfd87a07a },
	{ 4, STATUS_OK, "OK fine", 24, 0x47037f8e },
	{ 4, STATUS_CRITICAL, "CRITICAL: x", 28, 0xef6ccf76 },
};

/* A response of this version, in the sizes that all know. */
static struct nrpe_form
form_of(int version)
{
	return (struct nrpe_form){
		.version = version,
		.v2_text = NRPE_V2_TEXT,
	};
}

/* Encodes into storage full of other bytes; false if that is no response. */
static bool
encode_as(struct nrpe_client_response *r, struct nrpe_form form, int status,
    const char *text, size_t len)
{
	static uint8_t packet[NRPE_PACKET_MAX];
	const char *wrong;
	size_t n;

	memset(packet, 0xa5, sizeof packet);
	n = nrpe_encode(packet, form, (enum status)status, text, len);
	wrong = nrpe_client_read(packet, n, r);
	if (wrong != NULL)
		printf("# %s\n", wrong);
	return wrong == NULL && r->version == form.version &&
	    (form.version != 2 || r->room == form.v2_text);
}

static bool
encode(struct nrpe_client_response *r, int version, int status,
    const char *text, size_t len)
{
	return encode_as(r, form_of(version), status, text, len);
}

static void
test_responses(void)
{
	uint8_t packet[NRPE_PACKET_MAX];
	struct nrpe_client_response r;

	for (size_t i = 0; i < COUNT(responses); i++) {
		const char *text = responses[i].text;
		int version = responses[i].version;

		memset(packet, 0xa5, sizeof packet);
		tap_int((long long)nrpe_encode(packet, form_of(version),
		    responses[i].status, text, strlen(text)),
		    (long long)responses[i].size, text);
		tap_int(nrpe_client_get(packet + 4, 4), responses[i].crc,
		    "its CRC");
		tap_ok(encode(&r, version, (int)responses[i].status, text,
		    strlen(text)), "a client takes it");
		tap_int(r.result, responses[i].status, "for that result");
		tap_str(r.text, text, "and that text");
	}
}

static void
test_results(void)
{
	static const int odd[] = { 4, 127, 255, 256, 65536, -1, -128 };
	struct nrpe_client_response r;

	for (size_t i = 0; i < COUNT(odd); i++) {
		char what[32];

		(void)snprintf(what, sizeof what, "result %d", odd[i]);
		tap_ok(encode(&r, 4, odd[i], "", 0), what);
		tap_int(r.result, STATUS_UNKNOWN, "is UNKNOWN on the wire");
	}
	tap_ok(encode(&r, 2, 1, "a\nb\0c", 5), "text with a NUL");
	tap_str(r.text, "a\nb", "ends there");
	tap_ok(encode(&r, 4, 1, "abc", 2), "text that is not terminated");
	tap_str(r.text, "ab", "ends by its length");
}

/* ASCII fills the room to its last byte. */
static void
test_room(void)
{
	static const size_t lens[] = { 0, 1, 1022, 1023, 1024, 1025, 60000,
		65534, 65535, 65536, 70000 };
	static char text[70000];
	struct nrpe_client_response r;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)('0' + i % 71);
	for (int version = 2; version <= 4; version++) {
		size_t room = version == 2 ? 1023 : 65535;

		tap_int((long long)nrpe_text_room(form_of(version)),
		    (long long)room, "room for text");
		for (size_t i = 0; i < COUNT(lens); i++) {
			size_t want = lens[i] < room ? lens[i] : room;

			tap_ok(encode(&r, version, 0, text, lens[i]) &&
			    r.len == want && memcmp(r.text, text, want) == 0,
			    "text to its last byte");
		}
	}
}

/* Sizes of v2's variant: a text is cut at its room, and fills it. */
static void
test_variant(void)
{
	static const size_t sizes[] = { 1025, 2048, 65536 };
	static char text[70000];
	struct nrpe_client_response r;

	memset(text, 'v', sizeof text);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct nrpe_form form = {
			.version = 2,
			.v2_text = sizes[i],
		};

		tap_int((long long)nrpe_text_room(form),
		    (long long)sizes[i] - 1, "room for text");
		tap_ok(encode_as(&r, form, 1, text, sizeof text) &&
		    r.len == sizes[i] - 1, "a long text is cut there");
		tap_ok(encode_as(&r, form, 1, "v", 1) && r.len == 1,
		    "a short one filled up");
	}
}

/* What ends up before and behind the cut of ASCII text, and how much stays. */
static const struct {
	const char *what, *before, *behind;
	size_t kept; /* bytes of before */
} cuts[] = {
	{ "ASCII", "abc", "def", 3 },
	{ "a whole character before", "ab\xc3\xa9", "def", 4 },
	{ "a whole one behind", "abc", "\xc3\xa9" "f", 3 },
	{ "2 bytes, cut after 1", "abc\xc3", "\xa9" "def", 3 },
	{ "3 bytes, cut after 1", "ab\xe2", "\x82\xac" "f", 2 },
	{ "3 bytes, cut after 2", "ab\xe2\x82", "\xac" "f", 2 },
	{ "4 bytes, cut after 1", "ab\xf0", "\x9f\x98\x80", 2 },
	{ "4 bytes, cut after 2", "ab\xf0\x9f", "\x98\x80", 2 },
	{ "4 bytes, cut after 3", "ab\xf0\x9f\x98", "\x80", 2 },
	{ "between two", "\xc3\xa9", "\xc3\xa9", 2 },
	{ "Latin-1", "ab\xe9", "\xe9" "d", 3 },
	{ "Latin-1 before ASCII", "ab\xe9", "def", 3 },
	{ "a character without its end", "ab\xe2\x82", "def", 4 },
	{ "the text ends inside one", "ab\xf0\x9f", "\x98", 4 },
	{ "continuation bytes alone", "\x80\x80\x80\x80", "\x80\x80", 4 },
	{ "more of them than a character has", "\xc3\xa9\x80", "\x80", 3 },
	{ "no first byte of any", "ab\xc1", "\x80", 3 },
	{ "nor this", "ab\xf5", "\x80\x80\x80", 3 },
};

static void
test_cuts(void)
{
	static char text[NRPE_TEXT_MAX + 8];
	struct nrpe_client_response r;

	for (size_t i = 0; i < 2 * COUNT(cuts); i++) {
		int version = i % 2 == 0 ? 2 : 4;
		size_t room = nrpe_text_room(form_of(version));
		const char *before = cuts[i / 2].before;
		const char *behind = cuts[i / 2].behind;
		size_t start = room - strlen(before);

		/* Behind its end, what would complete any character. */
		memset(text, 'x', start);
		memset(text + room, '\x80', 8);
		memcpy(text + start, before, strlen(before));
		memcpy(text + room, behind, strlen(behind));
		tap_ok(encode(&r, version, 0, text, room + strlen(behind)),
		    cuts[i / 2].what);
		tap_ok(r.len == start + cuts[i / 2].kept, "is cut there");
		tap_ok(memcmp(r.text, text, r.len) == 0, "and kept before it");
	}
}

int
main(void)
{
	test_responses();
	test_results();
	test_room();
	test_variant();
	test_cuts();
	return tap_done();
}
