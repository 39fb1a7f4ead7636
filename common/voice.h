/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * voice - a report said in one of several ways
 *
 * None measures, none judges. What does not fit into the buffer is left out at
 * whole lines and whole metrics, the later ones first, and its number is said.
 */
#ifndef COMMON_VOICE_H
#define COMMON_VOICE_H

#include "common/buf.h"
#include "common/report.h"

/*
 * For Nagios and Icinga, after the plugin API: "NAME STATUS - summary |
 * perfdata", then the lines, worst first, each with its state in brackets.
 * name is the check's ("mariadb_locks"), printed in capitals.
 */
void voice_service(struct buf *out, const char *name, const struct report *r);

/* One JSON object and a newline; docs/report.schema.json describes it. */
void voice_json(struct buf *out, const char *name, const struct report *r);

/* For a person: aligned, with units and bars; colour as ANSI sequences. */
void voice_table(struct buf *out, const char *name, const struct report *r,
    bool colour);

/* The check's name in capitals, blanks for underscores. */
void voice_put_name(struct buf *out, const char *name);

/*
 * Whether what was written since mark fits, with the words of
 * voice_put_left_out() behind it; if not, it is taken back.
 */
bool voice_keep(struct buf *out, size_t mark);

/* "(left out: 2 lines, 1 metric)", or nothing if all was said. */
void voice_put_left_out(struct buf *out, unsigned lines, unsigned metrics);

/* What voice_put_left_out() needs at most, newlines included. */
enum {
	VOICE_LEFT_OUT_MAX = 64,
};

#endif
