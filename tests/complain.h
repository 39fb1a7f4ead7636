/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of settings that a test expects nothing to be said of. */
#ifndef TESTS_COMPLAIN_H
#define TESTS_COMPLAIN_H

#include <stdio.h>

#include "agent/settings.h"

static inline void
complain(void *arg, enum settings_severity severity, const char *file,
    int line, const char *text)
{
	(void)arg;
	printf("# %s:%d: %s (%d)\n", file, line, text, (int)severity);
}

#endif
