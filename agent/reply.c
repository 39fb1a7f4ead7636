/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "agent/nrpe.h"
#include "agent/reply.h"
#include "common/voice.h"

/* A report is cut at whole lines and metrics, which a blind cut could not. */
static size_t
encode_report(uint8_t *out, struct nrpe_form form, const struct job_answer *a)
{
	char text[NRPE_TEXT_MAX + 1];
	/* One more than there is room for: the last newline goes. */
	struct buf b = buf_on(text, nrpe_text_room(form) + 2);

	voice_service(&b, a->name, (const void *)a->bytes);
	if (b.len > 0 && b.data[b.len - 1] == '\n')
		buf_cut(&b, b.len - 1);
	return nrpe_encode(out, form, a->status, b.data, b.len);
}

size_t
reply_encode(uint8_t *out, struct nrpe_form form, const struct job_answer *a)
{
	if (a->kind == ANSWER_REPORT)
		return encode_report(out, form, a);
	return nrpe_encode(out, form, a->status, a->bytes, a->size);
}
