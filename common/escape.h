/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * escape - foreign text made safe to print
 *
 * Process names, mount points and other programs' words are chosen by whoever
 * likes to: they may hold newlines, terminal sequences, pipes (which start
 * perfdata) or bytes that are no text at all.
 */
#ifndef COMMON_ESCAPE_H
#define COMMON_ESCAPE_H

#include <stddef.h>

#include "common/buf.h"

/*
 * One line of text for a terminal: control and direction-changing characters
 * and bytes that are not UTF-8 as \n, \t or \xNN; a backslash is doubled.
 * Where b is full, characters are cut off whole.
 */
void escape_line(struct buf *b, const char *text);

/* The same for service output, where a pipe would start the perfdata. */
void escape_output(struct buf *b, const char *text);

/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void escape_json(struct buf *b, const char *text);

/*
 * A perfdata label, quoted only where needed. What some consumer trips over
 * (quotes, "=", backslashes, backticks, pipes, control and non-ASCII bytes)
 * becomes "_", as an empty label does; "::" becomes a single ":".
 */
void escape_label(struct buf *b, const char *label);

#endif
