/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_call - one call of a check: from arguments to words
 *
 * What a plugin program and the agent have in common, so that a command line
 * means the same to both.
 */
#ifndef COMMON_CHECK_CALL_H
#define COMMON_CHECK_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/check.h"
#include "common/extra_opts.h"

struct check_timeout {
	double seconds;
	enum status status; /* if nothing is known by then */
	bool given;
};

/* What every check accepts. */
struct check_settings {
	struct check_timeout timeout;
	uint64_t verbose;
	bool help, version, json, table;
	const char *extra_opts; /* replaced before the options are read */
	struct run_roots roots;
};

struct check_call {
	const struct check *check;
	struct check_settings settings;
	void *config; /* allocated */
	struct extra_opts extra;
};

/* Where the words go to. */
struct check_terminal {
	bool is_one, colour;
};

/*
 * Reads arguments, argv[0] aside, completely; nothing is done yet. -1 and err
 * if they are wrong; the call is to be freed either way.
 */
int check_call_parse(struct check_call *c, const struct check *check, int argc,
    char *const argv[], struct error *err);

void check_call_free(struct check_call *c);

/* What --help or --version print, if one of them was given. */
bool check_call_explain(struct check_call *c, struct buf *out);

/*
 * Makes r the answer for arguments that are wrong. Of a call that was parsed
 * as far as it went, so that this is said in the voice that was asked for.
 */
void check_call_refuse(const struct check_call *c, struct report *r,
    const struct error *err);

/* Measures and judges. What fails is in the report, as UNKNOWN. */
void check_call_run(const struct check_call *c, struct run *run,
    struct report *r);

/* Whether the answer is service output, which the agent makes by itself. */
bool check_call_is_service(const struct check_call *c,
    const struct check_terminal *terminal);

void check_call_render(const struct check_call *c,
    const struct check_terminal *terminal, struct buf *out,
    const struct report *r);

/*
 * Whether an argument is one of the options that only the host's administrator
 * may give, such as --state-dir, in any of the ways to write it.
 */
bool check_call_is_local(const char *arg);

#endif
