/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capability - sets of capabilities(7), by their names and of this process */
#ifndef AGENT_CAPABILITY_H
#define AGENT_CAPABILITY_H

#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"

/* A set has one bit for each; the numbers are CAP_... of the kernel. */
#define CAPABILITY(number) (UINT64_C(1) << (number))

/*
 * Reads a list, "cap_sys_ptrace,cap_dac_read_search", in either case of
 * letters. -1 and err for a name that capabilities(7) does not have.
 */
int capability_parse(uint64_t *out, const char *list, struct error *err);

/* Appends a set as such a list. */
void capability_put(struct buf *out, uint64_t set);

/* What this process has, and could hand on to a program. */
uint64_t capability_own(void);

/*
 * No program that is executed from here on gets any but these, not even one
 * of root's. Needs CAP_SETPCAP where that takes something away.
 */
int capability_bound(uint64_t set, struct error *err);

/*
 * Gives up all but these, for good, and hands to programs those that are in
 * passed, too. -1 and err if it does not have them all.
 */
int capability_keep(uint64_t set, uint64_t passed, struct error *err);

#endif
