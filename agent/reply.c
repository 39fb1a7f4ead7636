/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "agent/age.h"
#include "agent/nrpe.h"
#include "agent/reply.h"
#include "common/voice.h"

/* What nrpe_encode() takes: more than fits, so that it can cut in one piece. */
enum {
	AGED_SIZE = NRPE_TEXT_MAX + AGE_NOTE_SIZE,
};

static size_t
encode_text(uint8_t *out, struct nrpe_form form, const struct job_answer *a,
    const char *text, size_t len)
{
	char aged[AGED_SIZE];
	struct buf b = buf_on(aged, sizeof aged);
	struct age_note note;

	if (!a->cached)
		return nrpe_encode(out, form, a->status, text, len);
	note = age_note(a->age);
	age_put(&b, text, len, &note, nrpe_text_room(form));
	return nrpe_encode(out, form, a->status, b.data, b.len);
}

/* A report is cut at whole lines and metrics, which a blind cut could not. */
static size_t
encode_report(uint8_t *out, struct nrpe_form form, const struct job_answer *a)
{
	char text[NRPE_TEXT_MAX + 1];
	size_t note = a->cached ? age_note(a->age).len : 0;
	size_t room = nrpe_text_room(form);
	/* One more than there is room for: the last newline goes. */
	struct buf b = buf_on(text, (room > note ? room - note : 0) + 2);

	voice_service(&b, a->name, (const void *)a->bytes);
	if (b.len > 0 && b.data[b.len - 1] == '\n')
		buf_cut(&b, b.len - 1);
	return encode_text(out, form, a, b.data, b.len);
}

size_t
reply_encode(uint8_t *out, struct nrpe_form form, const struct job_answer *a)
{
	if (a->kind == ANSWER_REPORT)
		return encode_report(out, form, a);
	return encode_text(out, form, a, a->bytes, a->size);
}
