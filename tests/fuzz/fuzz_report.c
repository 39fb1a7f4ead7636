/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes of another process: refused, or a report that every voice can say. */
#include "config.h"

#include <string.h>

#include "common/voice.h"
#include "tests/fuzz/fuzz.h"

static void
speak(const struct report *r, size_t size)
{
	static const char *const no_json[] = { "value\":inf", "value\":-inf",
		"value\":nan", "value\":-nan", "max\":inf", "max\":nan" };
	static char text[1 << 17];
	struct buf b = buf_on(text, size);

	voice_service(&b, "fuzz", r);
	MUST(buf_ok(&b) && text[b.len - 1] == '\n');
	MUST(strchr(text, '|') == strrchr(text, '|'));
	for (const char *p = text; *p != '\0'; p++)
		MUST((unsigned char)*p >= ' ' || *p == '\n');
	b = buf_on(text, size);
	voice_table(&b, "fuzz", r, false);
	MUST(strchr(text, '\033') == NULL);
	b = buf_on(text, size > 16384 ? size : 16384);
	voice_json(&b, "fuzz", r);
	MUST(buf_ok(&b) && strcmp(text + b.len - 3, "}}\n") == 0);
	/* In a text the quote would bear a backslash. */
	for (size_t i = 0; i < sizeof no_json / sizeof no_json[0]; i++)
		MUST(strstr(text, no_json[i]) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(max_align_t) uint8_t bytes[65536];
	struct report *r = (struct report *)(void *)bytes;
	uint32_t used = (uint32_t)size;
	struct record rec;
	size_t at = 0, n = 0;

	if (size > sizeof bytes)
		return 0;
	memcpy(bytes, data, size);
	/* Spares the fuzzer to guess the length. */
	if (size >= sizeof *r) {
		r->used = used;
		r->size = used;
	}
	if (report_adopt(bytes, size) == NULL)
		return 0;
	while (report_next(r, &at, &rec))
		n += strlen(rec.type == RECORD_METRIC ? rec.metric.label :
		    rec.text) + 1;
	MUST(n <= size);
	speak(r, 1 << 17);
	speak(r, 1024);
	return 0;
}
