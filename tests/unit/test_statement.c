/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "agent/statement.h"
#include "common/buf.h"
#include "tests/tap.h"

/* "name[key][number]=value", " blanks" behind it; "" for no statement. */
static const struct {
	const char *line, *parts;
} cases[] = {
	{ "", "" },
	{ " \t\r", "" },
	{ "#a=b", "" },
	{ "  # a=b", "" },
	{ "a=b", "a=b" },
	{ "a=", "a=" },
	{ "a=b \t\r", "a=b" },
	{ "a=b # c", "a=b # c" },
	{ "a=b=c", "a=b=c" },
	{ "a=[b]", "a=[b]" },
	{ "a =b", "a=b blanks" },
	{ "a= b", "a=b blanks" },
	{ "a\t=\tb c ", "a=b c blanks" },
	{ " a=b", "a=b" },
	{ "a b=c", "a b=c" },
	{ "a[b]=c", "a[b]=c" },
	{ "a[b] = c", "a[b]=c blanks" },
	{ "a [b]=c", "a[b]=c blanks" },
	{ "a[ b ]=c", "a[ b ]=c" },
	{ "a[b=c]=d", "a[b=c]=d" },
	{ "a[b][1]=c", "a[b][1]=c" },
	{ "a[b][16]=c]", "a[b][16]=c]" },
	{ "a[b][007]=c", "a[b][7]=c" },
	{ "a[b][999999]=c", "a[b][999999]=c" },
	{ "a[b][9999999]=c", "error: '9999999' is no argument's number" },
	{ "a", "error: 'a' has no '='" },
	{ "a b", "error: 'a b' has no '='" },
	{ "=b", "error: no name before '='" },
	{ "  =b", "error: no name before '='" },
	{ "[a]=b", "error: no name before '='" },
	{ "a[b", "error: no ']' behind '[b'" },
	{ "a[b=c", "error: no ']' behind '[b=c'" },
	{ "a[]=c", "error: nothing stands in '[]'" },
	{ "a[b][]=c", "error: nothing stands in '[]'" },
	{ "a[b][1=c", "error: no ']' behind '[1=c'" },
	{ "a[b][x]=c", "error: 'x' is no argument's number" },
	{ "a[b][0]=c", "error: '0' is no argument's number" },
	{ "a[b][-1]=c", "error: '-1' is no argument's number" },
	{ "a[b][1 ]=c", "error: '1 ' is no argument's number" },
	{ "a[b]", "error: no '=' behind ']'" },
	{ "a[b]c=d", "error: no '=' behind ']'" },
	{ "a[b][1][2]=d", "error: no '=' behind ']'" },
};

int
main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		char line[64], text[200];
		struct buf b = buf_on(text, sizeof text);
		struct statement s;
		struct error err;
		int rc;

		(void)snprintf(line, sizeof line, "%s", cases[i].line);
		rc = statement_parse(&s, line, &err);
		if (rc < 0)
			buf_fmt(&b, "error: %s", err.text);
		if (rc > 0) {
			buf_str(&b, s.name);
			if (s.key != NULL)
				buf_fmt(&b, "[%s]", s.key);
			if (s.number > 0)
				buf_fmt(&b, "[%zu]", s.number);
			buf_fmt(&b, "=%s%s", s.value,
			    s.blanks ? " blanks" : "");
		}
		tap_str(text, cases[i].parts, cases[i].line);
	}
	return tap_done();
}
