/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "common/buf.h"
#include "tests/tap.h"

int
main(void)
{
	char text[8];
	struct buf b = buf_on(text, sizeof text);

	tap_str(text, "", "empty at first");
	buf_str(&b, "abc");
	buf_fmt(&b, "%d", 42);
	tap_str(text, "abc42", "appended");
	tap_ok(buf_ok(&b), "all of it fitted");

	buf_str(&b, "xyz");
	tap_str(text, "abc42xy", "the last byte is the terminator");
	tap_ok(!buf_ok(&b), "a loss is remembered");
	buf_fmt(&b, "%s", "");
	tap_ok(!buf_ok(&b), "and stays so");

	buf_cut(&b, 3);
	tap_str(text, "abc", "cut back");
	tap_ok(buf_ok(&b), "the loss went with it");
	buf_fmt(&b, "%s", "123456789");
	tap_str(text, "abc1234", "formatted text is cut too");
	tap_int((long long)b.len, 7, "and counted as far as it went");
	tap_ok(!buf_ok(&b), "and missed");

	buf_cut(&b, 0);
	buf_pad(&b, -1);
	buf_pad(&b, 2);
	buf_char(&b, '.');
	tap_str(text, "  .", "padded");
	return tap_done();
}
