/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <math.h>
#include <string.h>

#include "common/perfdata.h"
#include "tests/fuzz/fuzz.h"

static int
is_sound(const struct perfdata *p)
{
	return p->label[0] != '\0' &&
	    memchr(p->label, '\0', sizeof p->label) != NULL &&
	    (isnan(p->value) || isfinite(p->value)) && !isinf(p->min) &&
	    !isinf(p->max) && (!p->warn.set || p->warn.min <= p->warn.max) &&
	    (!p->crit.set || p->crit.min <= p->crit.max);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;
	struct perfdata p;
	int rc;

	for (;;) {
		const char *before = at;

		rc = perfdata_next(&at, end, &p);
		MUST(at >= before && at <= end);
		if (rc == 0)
			break;
		/* Each turn takes something: no input keeps it busy. */
		MUST(at > before);
		MUST(rc < 0 || is_sound(&p));
	}
	MUST(at == end);
	return 0;
}
