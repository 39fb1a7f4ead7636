/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * opt - options as a table: one row each for parser, --help and manual
 *
 * Not getopt: it keeps its place in globals, prints by itself, and cannot say
 * which option was meant. Arguments are parsed into a struct first; what
 * depends on their order keeps them as steps.
 */
#ifndef COMMON_OPT_H
#define COMMON_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/range.h"
#include "common/status.h"

enum opt_kind {
	OPT_END_OF_TABLE,
	OPT_FLAG,   /* bool: set to true, takes no value */
	OPT_COUNT,  /* uint64_t; with .bare the number of times it is given */
	OPT_NUMBER, /* double: a number, size, duration or percentage */
	OPT_TEXT,   /* const char *, borrowed from the arguments */
	OPT_RANGE,  /* struct range */
	OPT_STEPS,  /* struct opt_steps: letter and value of each, in order */
	OPT_CUSTOM, /* any other type: .parse reads the value */
};

struct opt {
	enum opt_kind kind;
	int letter;       /* 0: has none */
	const char *name; /* of the long option */
	size_t offset;    /* of the field in the struct that is filled */
	const char *help; /* what it does, as a phrase, lower case */

	/* The rest only where it differs from 0. */
	const char *alias, *alias2; /* other long names, not in --help */
	const char *metavar;        /* of the value, instead of the usual */
	const char *initial;        /* the default in words, for OPT_CUSTOM */
	unsigned units;             /* UNITS_SIZE ... that a number may bear */
	double least, most;         /* of OPT_NUMBER, if least < most */
	bool bare;                  /* OPT_STEPS, OPT_COUNT: takes no value */
	bool local;                 /* never accepted from the network */

	/* Reads value into field (OPT_CUSTOM); -1 and why not. */
	int (*parse)(const char *value, void *field, struct error *err);
};

struct opt_step {
	int letter;
	const char *value; /* borrowed from the arguments; NULL if bare */
};

enum {
	OPT_STEPS_MAX = 512,
};

/* What was given, in order, of all the options that share this field. */
struct opt_steps {
	size_t count;
	struct opt_step steps[OPT_STEPS_MAX];
};

/* OPT('w', "warning", struct config, warn, "warn outside this range", ...) */
#define OPT(letter_, name_, type, field, ...)                                  \
	{                                                                      \
		.kind = _Generic(((type *)NULL)->field,                        \
		    bool: OPT_FLAG,                                            \
		    uint64_t: OPT_COUNT,                                       \
		    double: OPT_NUMBER,                                        \
		    const char *: OPT_TEXT,                                    \
		    struct range: OPT_RANGE,                                   \
		    struct opt_steps: OPT_STEPS,                               \
		    default: OPT_CUSTOM),                                      \
		.letter = letter_, .name = name_,                              \
		.offset = offsetof(type, field), .help = __VA_ARGS__,          \
	}
#define OPT_END { .kind = OPT_END_OF_TABLE }

/* A table and the struct that its rows fill, which holds the defaults. */
struct opt_set {
	const struct opt *opts;
	void *into;
	const char *title; /* in --help */
};

/*
 * Reads the arguments after argv[0] into the structs of all sets; a later
 * option overrides an earlier one. -1 and err, which names the argument and,
 * for an unknown option, the nearest right spelling.
 */
int opt_parse(const struct opt_set *sets, size_t count, int argc,
    char *const argv[], struct error *err);

/* The rows as in --help, with the defaults that the structs hold now. */
void opt_help(struct buf *out, const struct opt_set *set);

/* The value a row's field holds, as a person reads it; "" if none. */
void opt_put_value(struct buf *out, const struct opt *opt, const void *from);

/* Whether it needs a value, as its own argument or behind "=". */
bool opt_takes_value(const struct opt *opt);

/* "SECONDS", "RANGE" ...; NULL if the option takes no value. */
const char *opt_metavar(const struct opt *opt);

/* For OPT_CUSTOM on an enum status: a state's name or exit code. */
int opt_parse_status(const char *value, void *field, struct error *err);

#endif
