/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load - the host's load averages */
#ifndef COMMON_LOAD_H
#define COMMON_LOAD_H

#include "common/error.h"
#include "common/run.h"

/* The averages over 1, 5 and 15 minutes. */
int load_read(const struct run *run, double out[3], struct error *err);

#endif
