/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * statedir - the private directory in which runs leave things for the next
 *
 * --state-dir, else $BEFFROI_STATE_DIR; else the first that can be used of
 * /run/beffroi and $XDG_RUNTIME_DIR/beffroi. It counts only if it belongs to
 * the effective user, is closed to all others, and is no symbolic link; it is
 * made if its parent lets us, but for /run/beffroi, which is whose the system's
 * administrator says.
 */
#ifndef COMMON_STATEDIR_H
#define COMMON_STATEDIR_H

#include <stddef.h>

#include "common/error.h"
#include "common/run.h"

#define STATE_FILE_MAX ((size_t)1 << 20) /* bytes */

/* A descriptor of the directory for the caller to close, or -1 and err. */
int statedir_open(const struct run *run, struct error *err);

/*
 * Reads name into *out, allocated, to be freed. The size, 0 if there is no
 * such file or it is not one of ours, -1 and err on any other failure.
 */
long statedir_read(int dir, const char *name, char **out, struct error *err);

/*
 * Replaces name as a whole, by renaming. 1 if another run is writing it at
 * this moment: that one wins.
 */
int statedir_write(int dir, const char *name, const void *bytes, size_t n,
    struct error *err);

#endif
