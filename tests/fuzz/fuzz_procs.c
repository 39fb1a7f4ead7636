/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of /proc/PID/stat, whose name a program may choose. */
#include "config.h"

#include <string.h>

#include "plugins/host/procs.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[2048];
	struct proc proc;

	if (size >= sizeof text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (!procs_parse(text, &proc))
		return 0;
	MUST(memchr(proc.name, '\0', sizeof proc.name) != NULL);
	MUST(strlen(proc.name) < strlen(text) && proc.rss >= 0);
	MUST(proc_text(&proc).s[0] != '\0');
	return 0;
}
