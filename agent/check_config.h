/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check_config - what a configuration means, for the one who wrote it */
#ifndef AGENT_CHECK_CONFIG_H
#define AGENT_CHECK_CONFIG_H

/*
 * Prints what is wrong with the configuration at path, and what it means. The
 * exit code: 0 if the agent would start with all of it, else 1.
 */
int check_config(const char *path);

#endif
