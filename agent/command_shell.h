/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command_shell - commands that need a shell, and those that are one */
#ifndef AGENT_COMMAND_SHELL_H
#define AGENT_COMMAND_SHELL_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/command.h"
#include "common/error.h"

/*
 * Whether text, whose first word is program, starts with what only a shell
 * knows: an assignment, a reserved word, a builtin. If so, why says how else.
 */
bool command_starts_in_shell(const char *text, const char *program,
    struct error *why);

/*
 * Whether c runs a shell, first or behind prefix_words words or behind sudo and
 * its like, and has a client's text in what that shell obeys: its options, the
 * string behind -c, the name of its script. If so, why says how else.
 */
bool command_feeds_shell(const struct command *c, size_t prefix_words,
    struct error *why);

#endif
