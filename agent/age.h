/* SPDX-License-Identifier: GPL-3.0-or-later */
/* age - the words in an answer that say that it is not fresh */
#ifndef AGENT_AGE_H
#define AGENT_AGE_H

#include <stddef.h>

#include "common/buf.h"

enum {
	AGE_NOTE_SIZE = 48,
};

/* " (cached, 12 s old)", its length with it. */
struct age_note {
	size_t len;
	char text[AGE_NOTE_SIZE];
};

struct age_note age_note(double seconds);

/*
 * Appends text, a plugin's, with the note at the end of its first line's words,
 * before the perfdata, and within the first room bytes.
 */
void age_put(struct buf *out, const char *text, size_t len,
    const struct age_note *note, size_t room);

#endif
