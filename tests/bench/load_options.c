/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/load.h"

enum kind {
	FLAG,
	NUMBER,
	SECONDS,
	TEXT,
};

static const struct option {
	const char *name;
	enum kind kind;
	size_t offset;
	double least, most;
	const char *help;
} options[] = {
#define AT(field) offsetof(struct load_options, field)
	{ "address", TEXT, AT(address), 0, 0, "of the server [127.0.0.1]" },
	{ "source", TEXT, AT(source), 0, 0, "address to ask from" },
	{ "plain", FLAG, AT(plain), 0, 0, "without TLS" },
	{ "version", NUMBER, AT(version), 2, 4, "of NRPE's packets [4]" },
	{ "clients", NUMBER, AT(clients), 1, 4096, "at once [1]" },
	{ "requests", NUMBER, AT(requests), 1, 1e9, "in all" },
	{ "seconds", SECONDS, AT(seconds), 0, 86400, "to go on for [10, or "
	    "until all requests are done]" },
	{ "deadline", SECONDS, AT(deadline), 0.001, 600, "of a request [10]" },
	{ "command", TEXT, AT(command), 0, 0, "and arguments; %d: the "
	    "client's number [load%d]" },
	{ "expect", TEXT, AT(expect), 0, 0, "what answers begin with" },
	{ "result", NUMBER, AT(result), 0, 3, "that they have [0]" },
	{ "padded", FLAG, AT(padded), 0, 0, "they may have anything behind "
	    "the text" },
	{ "slow", SECONDS, AT(slow), 0.001, 60, "between pieces of a query" },
	{ "bad", FLAG, AT(bad), 0, 0, "queries which nobody may answer" },
	{ "idle", NUMBER, AT(idle), 1, 16384, "no queries: so many "
	    "connections from 127.0.0.2 to .9 that say nothing" },
	{ "dribble", NUMBER, AT(dribble), 1, 16384, "and so many with a byte "
	    "a second" },
#undef AT
};

static _Noreturn void
usage(const char *problem, const char *word)
{
	(void)fprintf(stderr, "nrpe_load: %s: '%s'\n"
	    "usage: nrpe_load [--OPTION[=VALUE]...] PORT\n", problem, word);
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		(void)fprintf(stderr, "  --%-9s %s\n", options[i].name,
		    options[i].help);
	exit(2);
}

static double
read_number(const char *text, double least, double most)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end != '\0' || !(value >= least && value <= most))
		usage("not a number, or not one that may be", text);
	return value;
}

static int64_t
read_whole(const char *text, double least, double most)
{
	double value = read_number(text, least, most);

	if (floor(value) < value)
		usage("not a whole number", text);
	return (int64_t)value;
}

static void
set(struct load_options *o, const struct option *option, const char *value)
{
	void *field = (char *)o + option->offset;

	if ((option->kind == FLAG) != (value == NULL))
		usage(option->kind == FLAG ? "takes no value" :
		    "needs a value", option->name);
	switch (option->kind) {
	case FLAG:
		*(bool *)field = true;
		break;
	case NUMBER:
		*(int64_t *)field = read_whole(value, option->least,
		    option->most);
		break;
	case SECONDS:
		*(double *)field = read_number(value, option->least,
		    option->most);
		break;
	case TEXT:
		*(const char **)field = value;
		break;
	}
}

static void
read_option(struct load_options *o, const char *word)
{
	size_t n = strcspn(word, "=");

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		if (strlen(options[i].name) == n &&
		    strncmp(options[i].name, word, n) == 0) {
			set(o, &options[i], word[n] == '=' ? word + n + 1 :
			    NULL);
			return;
		}
	}
	usage("no such option", word);
}

struct load_options
load_options_read(int argc, char *argv[])
{
	struct load_options o = {
		.address = "127.0.0.1",
		.clients = 1,
		.version = 4,
		.deadline = 10,
		.command = "load%d",
		.expect = "",
	};
	int i;

	for (i = 1; i < argc && strncmp(argv[i], "--", 2) == 0; i++)
		read_option(&o, argv[i] + 2);
	if (i + 1 != argc)
		usage("one port, last", i < argc ? argv[argc - 1] : "none");
	o.port = read_whole(argv[i], 1, 65535);
	if (o.seconds <= 0)
		o.seconds = o.requests > 0 ? 3600 : 10;
	return o;
}
