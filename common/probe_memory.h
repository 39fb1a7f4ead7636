/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * probe_memory - children left behind, known to the next run
 *
 * By a file in the state directory. Where there is none, those that not even
 * SIGKILL ended are known by their names, which tell what they wait for.
 */
#ifndef COMMON_PROBE_MEMORY_H
#define COMMON_PROBE_MEMORY_H

#include <stdbool.h>

#include "common/probe.h"
#include "common/run.h"

/* Marks PROBE_LEFT what a child of an earlier run still waits for. */
void probe_memory_recall(struct probe *p, const struct run *run);

/* Remembers the children that are stuck now; false if there is no file. */
bool probe_memory_keep(const struct probe *p, const struct run *run);

/* In the child: this is the one that waits for object i. */
void probe_memory_mark(const struct probe *p, size_t i);

#endif
