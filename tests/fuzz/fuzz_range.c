/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first byte says which units; what is a range is printed and read back. */
#include "config.h"

#include <string.h>

#include "common/quantity.h"
#include "common/range.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[256], printed[700], perfdata[700];
	struct buf b = buf_on(printed, sizeof printed);
	struct buf p = buf_on(perfdata, sizeof perfdata);
	struct range range, again;
	struct error err;

	if (size == 0 || size > sizeof text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (range_parse(&range, text, data[0] & 7, &err) < 0)
		return 0;
	MUST(range.set && range.min <= range.max);
	range_put(&b, &range);
	range_put_perfdata(&p, &range);
	MUST(buf_ok(&b) && buf_ok(&p) && strpbrk(printed, "ei+ ") == NULL);
	/* Numbers of more than 63 digits are printed, but not read. */
	if (strspn(printed, "@~:.-0123456789") < 60)
		MUST(range_parse(&again, printed, UNITS_NONE, &err) == 0 &&
		    again.inside == range.inside &&
		    range_parse(&again, perfdata, UNITS_NONE, &err) == 0);
	return 0;
}
