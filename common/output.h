/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output - bytes written whole */
#ifndef COMMON_OUTPUT_H
#define COMMON_OUTPUT_H

#include <stddef.h>

/* Writes all n bytes, however often that takes; -1 and errno if it cannot. */
int output_write(int fd, const char *bytes, size_t n);

#endif
