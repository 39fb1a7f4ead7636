/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/load.h"

/* Offsets are those of agent/nrpe.h. */
static const struct load_way ways[] = {
	{ "version", 1, LOAD_QUERY_SIZE, false, LOAD_WAIT },
	{ "type", 3, LOAD_QUERY_SIZE, false, LOAD_WAIT },
	{ "CRC", 7, LOAD_QUERY_SIZE, false, LOAD_WAIT },
	{ "text", 20, LOAD_QUERY_SIZE, false, LOAD_WAIT },
	{ "not even a hello", 0, LOAD_QUERY_SIZE, true, LOAD_WAIT },
	{ "half of it", -1, LOAD_QUERY_SIZE / 2, false, LOAD_HALF },
	{ "header alone", -1, 9, false, LOAD_CLOSE },
	{ "connected, no more", -1, 0, true, LOAD_CLOSE },
	{ "hello, no more", -1, 0, false, LOAD_RESET },
	{ "gone halfway", -1, LOAD_QUERY_SIZE / 2, false, LOAD_RESET },
	{ "gone before the answer", -1, LOAD_QUERY_SIZE, false, LOAD_CLOSE },
	{ "reset instead of taking it", -1, LOAD_QUERY_SIZE, false,
	    LOAD_RESET },
};

const struct load_way *
load_way_of(uint64_t n)
{
	return &ways[n % (sizeof ways / sizeof ways[0])];
}
