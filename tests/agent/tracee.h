/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tracee - a running process that is made to do system calls for others */
#ifndef TESTS_AGENT_TRACEE_H
#define TESTS_AGENT_TRACEE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct tracee;

enum {
	TRACEE_BLOCK = 128, /* bytes of the caller's in its memory */
};

/* False: this file does not know the architecture; nothing else works. */
bool tracee_is_supported(void);

/*
 * Stops the process, wherever it is, and puts a block of the caller's on its
 * stack at *address. NULL, the process untouched, and a line on stderr if that
 * is not possible. waitpid() must be ended by a timer of the caller's.
 */
struct tracee *tracee_stop(pid_t pid, const void *block, uint64_t *address);

/*
 * One system call by the process, from start to end: what the kernel returned.
 * A child that comes of it is killed before its first instruction. False and a
 * line on stderr if it could not be made.
 */
bool tracee_call(struct tracee *t, long number, const long args[6],
    long *result);

/* Lets it go on where it was, as if nothing had happened. */
bool tracee_release(struct tracee *t);

#endif
