/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arguments, each ended by a zero byte, for a table with every kind. */
#include "config.h"

#include <string.h>

#include "common/opt.h"
#include "common/quantity.h"
#include "tests/fuzz/fuzz.h"

struct config {
	bool flag;
	uint64_t verbose, count;
	double span, size, bounded;
	const char *text;
	struct range warn;
	struct opt_steps steps;
	enum status status;
};

static const struct opt opts[] = {
	OPT('f', "flag", struct config, flag, "a flag"),
	OPT('v', "verbose", struct config, verbose, "more", .bare = true),
	OPT('c', "count", struct config, count, "a count", .alias = "things"),
	OPT(0, "span", struct config, span, "a duration", .units = UNITS_TIME),
	OPT(0, "size", struct config, size, "a size", .units = UNITS_SIZE),
	OPT('b', "bounded", struct config, bounded, "a number", .least = 1,
	    .most = 5),
	OPT('x', "text", struct config, text, "a text"),
	OPT('w', "warning", struct config, warn, "a range",
	    .units = UNITS_PERCENT),
	OPT('p', "path", struct config, steps, "a step"),
	OPT('A', "all", struct config, steps, "a bare step", .bare = true),
	OPT('s', "state", struct config, status, "a state",
	    .parse = opt_parse_status),
	OPT_END,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config;
	struct opt_set set = { opts, &config, "Options" };
	char text[2048], help[8192], program[] = "x", *argv[130] = { program };
	struct buf b = buf_on(help, sizeof help);
	struct error err = { .text = "" };
	int argc = 1;

	if (size >= sizeof text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	for (char *p = text; p < text + size && argc < 129; p += strlen(p) + 1)
		argv[argc++] = p;
	config = (struct config){ .bounded = 1 };
	if (opt_parse(&set, 1, argc, argv, &err) < 0) {
		MUST(err.text[0] != '\0');
		return 0;
	}
	MUST(err.text[0] == '\0');
	MUST(config.bounded >= 1 && config.bounded <= 5);
	MUST(config.steps.count <= OPT_STEPS_MAX);
	opt_help(&b, &set);
	return 0;
}
