/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pidfile - says which process is the agent, and that there is one already */
#ifndef AGENT_PIDFILE_H
#define AGENT_PIDFILE_H

#include "common/error.h"

struct pidfile {
	char path[1024]; /* "": none */
	int fd;          /* locked for as long as this process lives */
};

/*
 * Puts this process in the file. -1 and err if another one holds it, if there
 * is anything but a process in it, or if it cannot be written. What is left of
 * a process that died is replaced, whoever has its number now.
 */
int pidfile_take(const char *path, struct pidfile *out, struct error *err);

/* Whether it could be taken, if no other process has it; nothing is made. */
int pidfile_try(const char *path, struct error *err);

/* Removes it, if this very process is in it; not twice. */
void pidfile_drop(struct pidfile *p);

#endif
