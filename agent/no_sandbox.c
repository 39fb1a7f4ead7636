/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For sanitizers, which open files and map memory as they go. */
#include "config.h"

#include "agent/sandbox.h"

int
sandbox_enter(struct sandbox_state *out, struct error *err)
{
	(void)err;
	*out = (struct sandbox_state){ .seccomp = false };
	return 0;
}
