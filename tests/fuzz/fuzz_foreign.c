/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first byte is the state; what is read is sound, and can be said. */
#include "config.h"

#include <stddef.h>

#include "common/foreign.h"
#include "common/voice.h"
#include "tests/fuzz/fuzz.h"

enum {
	STORAGE = 16 * 1024, /* small, so that it is full at times */
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static union {
		max_align_t align;
		char bytes[STORAGE];
	} storage;
	static char text[2 * STORAGE];
	struct buf b = buf_on(text, sizeof text);
	struct report *r = report_init(&storage, sizeof storage);
	enum status status;

	if (size == 0)
		return 0;
	status = (enum status)(data[0] & 3);
	(void)foreign_read(r, status, (const char *)data + 1, size - 1);
	MUST(r->status == status);
	MUST(report_adopt(&storage, r->used) != NULL);
	voice_service(&b, "fuzz", r);
	return 0;
}
