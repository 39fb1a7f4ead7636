/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output - bytes written whole, to where they belong */
#ifndef COMMON_OUTPUT_H
#define COMMON_OUTPUT_H

#include <stddef.h>

/*
 * To be called first in main(). A standard descriptor that is closed is put on
 * /dev/null, lest a file that is opened later be taken for it; and a reader
 * that went away is an error to report, not a signal to die of.
 */
void output_prepare(void);

/* Writes all n bytes, however often that takes; -1 and errno if it cannot. */
int output_write(int fd, const char *bytes, size_t n);

#endif
