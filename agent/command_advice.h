/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command_advice - how to write a line that needs a shell */
#ifndef AGENT_COMMAND_ADVICE_H
#define AGENT_COMMAND_ADVICE_H

#include <stdbool.h>

#include "common/buf.h"

/*
 * Appends a line that does what a shell would have done with this one, and
 * that command_parse() takes: with "$$" for a lone "$", with env in front of an
 * assignment, or as a shell's script, to which the client's arguments come as
 * $1 and so on. False, and nothing is appended, if none of these will do.
 */
bool command_advise(struct buf *out, const char *line);

#endif
