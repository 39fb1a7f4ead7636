/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The first byte says whether v3 is allowed, the size of v2's variant and the
 * status of a response.
 * What follows is read as a query, as it is and with its CRC put right, and
 * is the text of responses that a client must understand.
 */
#include "config.h"

#include <string.h>

#include "agent/nrpe.h"
#include "tests/fuzz/fuzz.h"
#include "tests/nrpe_client.h"

/* A query as it arrives: what was well at n bytes was so before. */
static size_t
decode(const uint8_t *bytes, size_t n, const struct nrpe_policy *policy)
{
	struct nrpe_query query = { .form.version = 0 };
	struct error err;
	size_t need = 0, before = 0;
	enum nrpe_progress now = nrpe_decode(bytes, n, policy, &query, &need,
	    &err);

	MUST(need <= NRPE_PACKET_MAX);
	MUST(now != NRPE_INCOMPLETE || need > n);
	if (now != NRPE_COMPLETE) {
		MUST(query.form.version == 0);
		return now == NRPE_MALFORMED ? 0 : need;
	}
	MUST(need <= n);
	MUST(query.form.version != 3 || policy->v3);
	MUST(query.form.version != 2 || query.form.v2_text == NRPE_V2_TEXT ||
	    query.form.v2_text == policy->v2_text);
	MUST(memchr(query.text, '\0', query.len) == NULL);
	MUST((const uint8_t *)query.text + query.len <= bytes + need);
	for (size_t i = 0; i < need; i += i < 32 ? 1 : 997) {
		MUST(nrpe_decode(bytes, i, policy, &query, &before, &err) ==
		    NRPE_INCOMPLETE);
		MUST(before > i && before <= need);
	}
	return need;
}

/* The same with the CRC that its client would have put there. */
static void
decode_sealed(const uint8_t *bytes, size_t n,
    const struct nrpe_policy *policy)
{
	size_t size = decode(bytes, n, policy), tail;
	uint8_t *packet;

	if (n < NRPE_HEADER)
		return;
	if (size == 0)
		size = bytes[1] == 2 ? NRPE_V2_SIZE : n;
	tail = bytes[1] == 3 ? 3 : 0;
	packet = calloc(1, (size > n ? size : n) + tail);
	if (packet == NULL)
		return;
	memcpy(packet, bytes, n);
	if (bytes[1] != 2)
		nrpe_client_put(packet + 10, 2, 0);
	memset(packet + size, 0, tail);
	nrpe_client_seal(packet, size + tail);
	(void)decode(packet, size, policy);
	free(packet);
}

static void
encode(struct nrpe_form form, int status, const char *text, size_t len)
{
	static uint8_t packet[NRPE_PACKET_MAX];
	size_t n = nrpe_encode(packet, form, (enum status)status, text, len);
	size_t room = nrpe_text_room(form), all = strnlen(text, len);
	struct nrpe_client_response r;

	MUST(n <= sizeof packet);
	MUST(nrpe_client_read(packet, n, &r) == NULL);
	MUST(r.version != 2 || r.room == form.v2_text);
	MUST(r.version == form.version && r.result >= 0 && r.result <= 3);
	MUST(r.result == status || status < 0 || status > 3);
	MUST(memcmp(r.text, text, r.len) == 0);
	MUST(all > room ? r.len <= room && r.len + 3 >= room : r.len == all);
}

/* The text again and again, up to where it has to be cut. */
static void
encode_long(struct nrpe_form form, const char *text, size_t len)
{
	static char all[NRPE_TEXT_MAX + 8];
	size_t end = nrpe_text_room(form) + 8;

	if (len == 0)
		return;
	for (size_t i = 0; i < end; i++)
		all[i] = text[i % len];
	encode(form, 0, all, end);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nrpe_policy policy = { .v2_text = NRPE_V2_TEXT };
	struct nrpe_form form;

	if (size == 0)
		return 0;
	policy.v3 = data[0] & 1;
	if (data[0] & 2)
		policy.v2_text = 1500;
	form.v2_text = policy.v2_text;
	decode_sealed(data + 1, size - 1, &policy);
	for (form.version = 2; form.version <= 4; form.version++)
		encode(form, (int8_t)data[0] >> 1, (const char *)data + 1,
		    size - 1);
	form.version = 2;
	encode_long(form, (const char *)data + 1, size - 1);
	return 0;
}
