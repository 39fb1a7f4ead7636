/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "agent/age.h"

struct age_note
age_note(double seconds)
{
	struct age_note note;
	int n = snprintf(note.text, sizeof note.text, " (cached, %.0f s old)",
	    seconds < 0 ? 0 : seconds < 1e9 ? seconds : 1e9);

	note.len = n > 0 ? (size_t)n : 0;
	return note;
}

/* Where the words of the first line end, without the blanks behind them. */
static size_t
find_end(const char *text, size_t len, size_t most)
{
	size_t n = 0;

	while (n < len && text[n] != '\n' && text[n] != '|' && text[n] != '\0')
		n++;
	if (n > most) {
		n = most;
		/* Not inside a UTF-8 character. */
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	while (n > 0 && strchr(" \t\r", text[n - 1]) != NULL)
		n--;
	return n;
}

void
age_put(struct buf *out, const char *text, size_t len,
    const struct age_note *note, size_t room)
{
	size_t end = find_end(text, len,
	    room > note->len ? room - note->len : 0);
	size_t blank = end == 0; /* nothing to be parted from */

	buf_put(out, text, end);
	buf_put(out, note->text + blank, note->len - blank);
	if (end < len && text[end] == '|')
		buf_char(out, ' ');
	buf_put(out, text + end, len - end);
}
