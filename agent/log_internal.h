/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log_internal - what log*.c share, and nobody else */
#ifndef AGENT_LOG_INTERNAL_H
#define AGENT_LOG_INTERNAL_H

#include <stdbool.h>

#include "agent/log.h"

enum {
	/*
	 * Before it is escaped, which makes nothing shorter: a character that
	 * this cuts in two lies behind LOG_RECORD_MAX.
	 */
	LOG_RAW_SIZE = LOG_RECORD_MAX + 8,
};

/* Counts the record, and writes or sends it, unless there are too many. */
void log_put(struct log *l, int priority, const char *raw, bool limited);

/*
 * To the supervisor, or to those that wait for others; -1 if it was lost. A
 * byte of priority, the text as it is (it is escaped but once), and a NUL, as
 * there may be more in one datagram.
 */
int log_send_record(struct log *l, int priority, const char *raw);

#endif
