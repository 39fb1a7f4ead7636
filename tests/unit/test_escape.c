/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "common/escape.h"
#include "tests/tap.h"

typedef void escaper(struct buf *b, const char *text);

/* Literals are split where a hexadecimal escape would swallow what follows. */
static const struct {
	const char *text, *line, *json;
} cases[] = {
	{ "", "", "\"\"" },
	{ "plain text", "plain text", "\"plain text\"" },
	{ "a|b", "a|b", "\"a|b\"" },
	{ "a\\b", "a\\\\b", "\"a\\\\b\"" },
	{ "say \"x\"", "say \"x\"", "\"say \\\"x\\\"\"" },
	{ "a\nb\rc\td", "a\\nb\\rc\\td", "\"a\\u000ab\\u000dc\\u0009d\"" },
	{ "\x01\x1f\x7f", "\\x01\\x1f\\x7f", "\"\\u0001\\u001f\\u007f\"" },
	{ "\033[31mred", "\\x1b[31mred", "\"\\u001b[31mred\"" },

	/* UTF-8, from its first to its last character of each length. */
	{ "\xc2\xa0", "\xc2\xa0", "\"\xc2\xa0\"" },
	{ "\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9", "\"\xc3\xa9t\xc3\xa9\"" },
	{ "\xdf\xbf", "\xdf\xbf", "\"\xdf\xbf\"" },
	{ "\xe0\xa0\x80", "\xe0\xa0\x80", "\"\xe0\xa0\x80\"" },
	{ "\xed\x9f\xbf", "\xed\x9f\xbf", "\"\xed\x9f\xbf\"" },
	{ "\xee\x80\x80", "\xee\x80\x80", "\"\xee\x80\x80\"" },
	{ "\xef\xbf\xbf", "\xef\xbf\xbf", "\"\xef\xbf\xbf\"" },
	{ "\xf0\x90\x80\x80", "\xf0\x90\x80\x80", "\"\xf0\x90\x80\x80\"" },
	{ "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\"" },

	/* C1 controls, which some terminals obey. */
	{ "\xc2\x80", "\\xc2\\x80", "\"\\u0080\"" },
	{ "\xc2\x9b" "31m", "\\xc2\\x9b31m", "\"\\u009b31m\"" },
	{ "\xc2\x9f", "\\xc2\\x9f", "\"\\u009f\"" },

	/* What turns the reading direction, hides, or breaks lines. */
	{ "\xd8\x9c", "\\xd8\\x9c", "\"\\u061c\"" },
	{ "\xe2\x80\x8a", "\xe2\x80\x8a", "\"\xe2\x80\x8a\"" },
	{ "\xe2\x80\x8b", "\\xe2\\x80\\x8b", "\"\\u200b\"" },
	{ "\xe2\x80\x8f", "\\xe2\\x80\\x8f", "\"\\u200f\"" },
	{ "\xe2\x80\xa7", "\xe2\x80\xa7", "\"\xe2\x80\xa7\"" },
	{ "\xe2\x80\xa8", "\\xe2\\x80\\xa8", "\"\\u2028\"" },
	{ "\xe2\x80\xae" "exe.txt", "\\xe2\\x80\\xaeexe.txt",
	    "\"\\u202eexe.txt\"" },
	{ "\xe2\x80\xaf", "\xe2\x80\xaf", "\"\xe2\x80\xaf\"" },
	{ "\xe2\x81\xa5", "\xe2\x81\xa5", "\"\xe2\x81\xa5\"" },
	{ "\xe2\x81\xa6", "\\xe2\\x81\\xa6", "\"\\u2066\"" },
	{ "\xe2\x81\xa9", "\\xe2\\x81\\xa9", "\"\\u2069\"" },
	{ "\xef\xbb\xbf", "\\xef\\xbb\\xbf", "\"\\ufeff\"" },

	/* Not UTF-8: each byte stands for itself. */
	{ "\x80", "\\x80", "\"\\ufffd\"" },
	{ "\xbf" "a", "\\xbfa", "\"\\ufffda\"" },
	{ "\xff\xfe", "\\xff\\xfe", "\"\\ufffd\\ufffd\"" },
	{ "\xc0\xaf", "\\xc0\\xaf", "\"\\ufffd\\ufffd\"" },
	{ "\xc1\xbf", "\\xc1\\xbf", "\"\\ufffd\\ufffd\"" },
	{ "\xe0\x9f\xbf", "\\xe0\\x9f\\xbf", "\"\\ufffd\\ufffd\\ufffd\"" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
	{ "\xed\xbf\xbf", "\\xed\\xbf\\xbf", "\"\\ufffd\\ufffd\\ufffd\"" },
	{ "\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf",
	    "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80",
	    "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
	{ "\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80",
	    "\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\"" },
	/* A sequence cut short, at the end and before a letter. */
	{ "\xc3", "\\xc3", "\"\\ufffd\"" },
	{ "\xe2\x82", "\\xe2\\x82", "\"\\ufffd\\ufffd\"" },
	{ "\xf0\x9f\x98", "\\xf0\\x9f\\x98", "\"\\ufffd\\ufffd\\ufffd\"" },
	{ "\xc3(", "\\xc3(", "\"\\ufffd(\"" },
	{ "\xe2\x82" "A", "\\xe2\\x82A", "\"\\ufffd\\ufffdA\"" },
	{ "\xc3\xc3\xa9", "\\xc3\xc3\xa9", "\"\\ufffd\xc3\xa9\"" },
};

static const struct {
	const char *label, *put;
} labels[] = {
	{ "load1", "load1" },
	{ "/", "/" },
	{ "/var/lib", "/var/lib" },
	{ "a.b_c-d", "a.b_c-d" },
	{ "C:", "C:" },
	{ "/ (inodes)", "'/ (inodes)'" },
	{ "a b", "'a b'" },
	{ " ", "' '" },
	{ "50%", "'50%'" },
	{ "a;b", "'a;b'" },
	{ "a,b", "'a,b'" },
	{ "it's", "'it_s'" },
	{ "''", "'__'" },
	{ "a=b", "'a_b'" },
	{ "=", "'_'" },
	{ "say \"x\"", "'say _x_'" },
	{ "`id`", "'_id_'" },
	{ "a|b", "'a_b'" },
	{ "a\\b", "'a_b'" },
	{ "a\nb\tc", "'a_b_c'" },
	{ "\x01\x7f", "'__'" },
	{ "\xc3\xa9", "'__'" },
	{ "\xff", "'_'" },
	/* check_multi's separator. */
	{ "::", ":" },
	{ "a::b", "a:b" },
	{ "a:::b", "a:b" },
	{ "a:b:c", "a:b:c" },
	{ "::1", ":1" },
	{ "fe80::1 in", "'fe80:1 in'" },
	/* No consumer reads an empty one. */
	{ "", "_" },
};

static void
test_cases(void)
{
	char text[256];
	struct buf b = buf_on(text, sizeof text);

	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_cut(&b, 0);
		escape_line(&b, cases[i].text);
		tap_str(text, cases[i].line, cases[i].line);
		buf_cut(&b, 0);
		escape_json(&b, cases[i].text);
		tap_str(text, cases[i].json, "as JSON");
		if (strchr(cases[i].text, '|') != NULL)
			continue;
		buf_cut(&b, 0);
		escape_output(&b, cases[i].text);
		tap_str(text, cases[i].line, "as output");
	}
	buf_cut(&b, 0);
	escape_output(&b, "a|b||");
	tap_str(text, "a\\x7cb\\x7c\\x7c", "a pipe would start the perfdata");
	for (size_t i = 0; i < COUNT(labels); i++) {
		buf_cut(&b, 0);
		escape_label(&b, labels[i].label);
		tap_str(text, labels[i].put, labels[i].put);
	}
}

/* Every byte, alone and between letters, leaves printable text. */
static void
test_bytes(void)
{
	static escaper *const escapers[] = { escape_line, escape_output,
		escape_json, escape_label };
	char storage[64];
	int bad = 0;

	for (int c = 1; c < 256; c++) {
		const char alone[] = { (char)c, '\0' };
		const char within[] = { 'a', (char)c, 'z', '\0' };

		for (size_t i = 0; i < COUNT(escapers); i++) {
			struct buf b = buf_on(storage, sizeof storage);

			escapers[i](&b, alone);
			escapers[i](&b, within);
			for (size_t at = 0; at < b.len; at++)
				bad += storage[at] < ' ' || storage[at] > '~';
			bad += b.len < 4;
		}
	}
	tap_int(bad, 0, "255 bytes in four ways, all printable");
}

/* What does not fit is cut between characters, never within one. */
static void
test_cut(void)
{
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
	/* The length that fits into as many bytes, terminator included. */
	static const size_t lens[] = { 0, 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10,
		11 };
	char storage[16];

	for (size_t size = 1; size < COUNT(lens); size++) {
		struct buf b = buf_on(storage, size);

		escape_line(&b, text);
		tap_int((long long)b.len, (long long)lens[size], "cut");
		tap_ok(buf_ok(&b) == (size == COUNT(lens) - 1), "and told");
		tap_ok(memcmp(storage, text, b.len) == 0, "the same till there");
	}

	struct buf b = buf_on(storage, 6);

	escape_line(&b, "ab\033cd");
	tap_str(storage, "ab", "nor within an escape");
}

int
main(void)
{
	test_cases();
	test_bytes();
	test_cut();
	return tap_done();
}
