/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * window - what the samples of a while say
 *
 * Both answers depend on the time looked at and not on who asked when.
 */
#ifndef COMMON_WINDOW_H
#define COMMON_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "common/range.h"
#include "common/samples.h"
#include "common/status.h"

struct window {
	uint64_t events;
	double covered; /* s; less than asked for if history is shorter */
};

/*
 * How many of the events that a counter counts happened in the last span
 * seconds. The counter is current now, at the time now on the clock of
 * run->uptime, and a uint64_t at offset in the data of each sample, of which
 * samples_keep_changes() keeps the telling ones. It starts at 0 when the host
 * boots, which is history too.
 */
struct window window_count(const struct samples *s, double now, double span,
    size_t offset, uint64_t current);

/*
 * The state that a value held throughout the last span seconds: the mildest
 * of all samples in that time and of the current one; if there are none, of
 * the last sample before it; OK if there is no other at all. The value is a
 * double at offset in the data of each sample.
 */
enum status window_held(const struct samples *s, double now, double span,
    size_t offset, double current, const struct range *warn,
    const struct range *crit);

#endif
