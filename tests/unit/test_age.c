/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "agent/age.h"
#include "tests/tap.h"

static const struct {
	double seconds;
	const char *text;
} notes[] = {
	{ 0, " (cached, 0 s old)" },
	{ 0.4, " (cached, 0 s old)" },
	{ 12.4, " (cached, 12 s old)" },
	{ 12.6, " (cached, 13 s old)" },
	{ 86399, " (cached, 86399 s old)" },
	{ -1, " (cached, 0 s old)" },
	{ 1e300, " (cached, 1000000000 s old)" },
};

/* With a note of " (cached, 5 s old)", 18 bytes, and so much room. */
static const struct {
	const char *in;
	size_t room;
	const char *out;
} cases[] = {
	{ "OK", 100, "OK (cached, 5 s old)" },
	{ "OK - x | a=1", 100, "OK - x (cached, 5 s old) | a=1" },
	{ "OK - x|a=1", 100, "OK - x (cached, 5 s old) |a=1" },
	{ "OK  \t| a=1", 100, "OK (cached, 5 s old)  \t| a=1" },
	{ "OK\nmore | b=2", 100, "OK (cached, 5 s old)\nmore | b=2" },
	{ "OK | a=1\nmore | b=2", 100,
	    "OK (cached, 5 s old) | a=1\nmore | b=2" },
	{ "OK\r\nmore", 100, "OK (cached, 5 s old)\r\nmore" },
	{ "", 100, "(cached, 5 s old)" },
	{ "| a=1", 100, "(cached, 5 s old) | a=1" },
	{ "\nmore", 100, "(cached, 5 s old)\nmore" },
	{ "  ", 100, "(cached, 5 s old)  " },
	/* What is too long makes room for it. */
	{ "0123456789", 28, "0123456789 (cached, 5 s old)" },
	{ "0123456789", 27, "012345678 (cached, 5 s old)9" },
	{ "\xc3\xa9\xc3\xa9", 22, "\xc3\xa9\xc3\xa9 (cached, 5 s old)" },
	{ "\xc3\xa9\xc3\xa9", 21, "\xc3\xa9 (cached, 5 s old)\xc3\xa9" },
	{ "\xc3\xa9\xc3\xa9", 19, "(cached, 5 s old)\xc3\xa9\xc3\xa9" },
	{ "\x80\x80", 19, "(cached, 5 s old)\x80\x80" },
};

int
main(void)
{
	struct age_note note;
	char text[256];
	struct buf b;

	for (size_t i = 0; i < COUNT(notes); i++) {
		note = age_note(notes[i].seconds);
		tap_str(note.text, notes[i].text, "a note");
		tap_int((long long)note.len, (long long)strlen(note.text),
		    "its length");
	}
	note = age_note(5);
	for (size_t i = 0; i < COUNT(cases); i++) {
		b = buf_on(text, sizeof text);
		age_put(&b, cases[i].in, strlen(cases[i].in), &note,
		    cases[i].room);
		tap_str(text, cases[i].out, cases[i].in);
	}
	b = buf_on(text, sizeof text);
	age_put(&b, "a\0b", 3, &note, 100);
	tap_ok(b.len == 21 && memcmp(text, "a (cached, 5 s old)\0b", 21) == 0,
	    "a zero byte ends a line, too");
	return tap_done();
}
