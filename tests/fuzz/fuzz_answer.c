/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets of a worker, each from 8 bytes and a payload: status, kind, what is
 * put right, nothing, total and payload size in 16 bits. An answer that is
 * whole must be one that can be said.
 */
#include "config.h"

#include <string.h>

#include "agent/answer.h"
#include "agent/nrpe.h"
#include "agent/reply.h"
#include "common/report.h"
#include "tests/fuzz/fuzz.h"

enum {
	HEAD = 8,
	AT_ITS_PLACE = 1, /* the offset follows what is there */
	ALL_OF_IT = 2,    /* the total is the size of this one */
	REPORT_SIZES = 4, /* a report's header says how long it is */
};

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void
put_right(struct packet *p, unsigned what, const struct answer *so_far)
{
	struct report r;

	if (what & AT_ITS_PLACE)
		p->head.offset = (uint32_t)so_far->have;
	if (what & ALL_OF_IT)
		p->head.total = (uint32_t)p->size;
	if (!(what & REPORT_SIZES) || p->size < sizeof r)
		return;
	memcpy(&r, p->payload, sizeof r);
	r.used = p->head.total;
	r.size = p->head.total;
	memcpy(p->payload, &r, sizeof r);
}

/* The number of bytes that this packet was made of. */
static size_t
make(struct packet *p, const uint8_t *data, size_t size,
    const struct answer *so_far)
{
	size_t n = get16(data + 6);

	if (n > size - HEAD)
		n = size - HEAD;
	memset(&p->head, 0, sizeof p->head);
	p->head.status = data[0];
	p->head.kind = data[1];
	p->head.offset = data[3];
	p->head.total = get16(data + 4);
	memset(p->head.name, 'n', sizeof p->head.name);
	memcpy(p->payload, data + HEAD, n);
	p->payload[n] = '\0';
	p->size = n;
	put_right(p, data[2], so_far);
	return HEAD + n;
}

static void
speak(const struct answer *a)
{
	static uint8_t bytes[NRPE_PACKET_MAX];
	struct job_answer said = {
		.status = a->status,
		.kind = a->kind,
		.name = a->name,
		.bytes = a->bytes,
		.size = a->size,
	};

	MUST(a->status <= STATUS_UNKNOWN && a->kind <= ANSWER_REPORT);
	MUST(a->have == a->size && a->size <= REPORT_MAX);
	MUST(strlen(a->name) < sizeof a->name);
	MUST(a->kind != ANSWER_REPORT ||
	    report_adopt(a->bytes, a->size) != NULL);
	for (int version = 2; version <= 4; version++) {
		struct nrpe_form form = { version, NRPE_V2_TEXT };

		MUST(reply_encode(bytes, form, &said) <= sizeof bytes);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct packet packet;
	struct answer a = { 0 };

	while (size >= HEAD) {
		size_t n = make(&packet, data, size, &a);
		enum answer_progress now = answer_add(&a, &packet);

		data += n;
		size -= n;
		MUST(a.have <= a.size);
		if (now == ANSWER_WHOLE)
			speak(&a);
		else if (now == ANSWER_PARTIAL)
			MUST(a.have < a.size);
		if (now == ANSWER_BAD)
			break;
	}
	answer_free(&a);
	return 0;
}
