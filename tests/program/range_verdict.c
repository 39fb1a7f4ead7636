/* SPDX-License-Identifier: GPL-3.0-or-later */
/* range_verdict - for range_oracle.t: "range<TAB>value" to ok, alert or rej */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/quantity.h"
#include "common/range.h"

int
main(void)
{
	char line[1024];

	while (fgets(line, sizeof line, stdin) != NULL) {
		char *value = strchr(line, '\t');
		struct range range;
		struct error err;

		if (value == NULL)
			return 1;
		*value++ = '\0';
		if (range_parse(&range, line, UNITS_NONE, &err) < 0)
			puts("rej");
		else if (range_alerts(&range, strtod(value, NULL)))
			puts("alert");
		else
			puts("ok");
	}
	return 0;
}
