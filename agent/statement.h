/* SPDX-License-Identifier: GPL-3.0-or-later */
/* statement - one line of nrpe.cfg: NAME=VALUE, NAME[KEY]=, NAME[KEY][N]= */
#ifndef AGENT_STATEMENT_H
#define AGENT_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

struct statement {
	const char *name;
	const char *key;   /* NULL if there is none */
	size_t number;     /* 0 if there is none */
	const char *value; /* without blanks around it */
	bool blanks;       /* around the "=" */
};

/*
 * Cuts line, a string, in place. 1, or 0 if it is empty or a comment, or -1
 * and err. What a name means is no matter here.
 */
int statement_parse(struct statement *out, char *line, struct error *err);

#endif
