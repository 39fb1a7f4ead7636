/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/answer.h"

void
answer_free(struct answer *a)
{
	free(a->bytes);
	*a = (struct answer){ 0 };
}

static bool
begin(struct answer *a, const struct message *head)
{
	answer_free(a);
	if (head->status > STATUS_UNKNOWN || head->kind > ANSWER_REPORT ||
	    head->total > REPORT_MAX)
		return false;
	a->bytes = malloc((size_t)head->total + 1);
	if (a->bytes == NULL)
		return false;
	a->status = (enum status)head->status;
	a->kind = (enum answer_kind)head->kind;
	a->size = head->total;
	memcpy(a->name, head->name, sizeof a->name);
	a->name[sizeof a->name - 1] = '\0';
	return true;
}

enum answer_progress
answer_add(struct answer *a, const struct packet *piece)
{
	const struct message *head = &piece->head;

	if (head->offset == 0 && !begin(a, head))
		return ANSWER_BAD;
	if (a->bytes == NULL || head->total != a->size ||
	    head->offset != a->have || piece->size > a->size - a->have)
		return ANSWER_BAD;
	memcpy(a->bytes + a->have, piece->payload, piece->size);
	a->have += piece->size;
	if (a->have < a->size)
		return piece->size > 0 ? ANSWER_PARTIAL : ANSWER_BAD;
	if (a->kind == ANSWER_REPORT &&
	    report_adopt(a->bytes, a->size) == NULL)
		return ANSWER_BAD;
	return ANSWER_WHOLE;
}

bool
answer_send(int socket, const struct message *head, const void *bytes,
    size_t size)
{
	struct message m = *head;
	const char *at = bytes;
	size_t left = size;

	m.total = (uint32_t)size;
	do {
		size_t n = left < MESSAGE_FRAGMENT ? left : MESSAGE_FRAGMENT;

		m.offset = (uint32_t)(size - left);
		if (!message_send(socket, &m, at, n, -1))
			return false;
		at += n;
		left -= n;
	} while (left > 0);
	return true;
}
