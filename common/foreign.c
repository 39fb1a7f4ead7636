/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "common/foreign.h"
#include "common/perfdata.h"

enum {
	LINE_BYTES = 1024, /* of a summary or a note; the rest is cut off */
};

struct reading {
	struct report *report;
	unsigned bad, metrics;
};

/* --- figures --- */

static bool
is_known(const struct report *r, const char *label)
{
	struct record rec;
	size_t at = 0;

	while (report_next(r, &at, &rec)) {
		if (rec.type == RECORD_METRIC &&
		    strcmp(rec.metric.label, label) == 0)
			return true;
	}
	return false;
}

static void
add_metric(struct reading *to, const struct perfdata *p)
{
	const struct metric m = {
		.label = p->label,
		.unit = p->unit,
		.value = p->value,
		.warn = p->warn,
		.crit = p->crit,
		.max = isfinite(p->max) && p->max > 0 ? p->max : 0,
		.kind = p->counter ? METRIC_COUNTER : METRIC_JUDGED,
		.below_zero = p->min != 0 || p->value < 0,
		.capped = true,
		.cap = STATUS_OK,
	};

	if (!isfinite(p->value))
		return; /* it says itself that it does not know */
	if (to->metrics == FOREIGN_METRICS_MAX ||
	    is_known(to->report, p->label)) {
		to->bad++;
		return;
	}
	to->metrics++;
	(void)report_metric(to->report, &m);
}

static void
read_perfdata(struct reading *to, const char *at, const char *end)
{
	struct perfdata p;
	int rc;

	while ((rc = perfdata_next(&at, end, &p)) != 0) {
		if (rc < 0)
			to->bad++;
		else
			add_metric(to, &p);
	}
}

/* --- words --- */

/* Behind "NAME STATE - " or "NAME STATE: ", if that is how it begins. */
static const char *
skip_state(const char *text, enum status status)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_- ";
	const char *word = strstr(text, status_name(status)), *rest;

	if (word == NULL || (word != text && word[-1] != ' '))
		return text;
	if (text + strspn(text, name) < word)
		return text;
	rest = word + strlen(status_name(status));
	if (strncmp(rest, " - ", 3) == 0)
		return rest + 3;
	return strncmp(rest, ": ", 2) == 0 ? rest + 2 : text;
}

static void
add_text(struct reading *to, bool first, enum status status, const char *at,
    const char *end)
{
	char line[LINE_BYTES];
	size_t len = (size_t)(end - at);

	while (len > 0 && strchr(" \t\r", at[len - 1]) != NULL)
		len--;
	if (len >= sizeof line)
		len = sizeof line - 1;
	memcpy(line, at, len);
	line[len] = '\0';
	if (first)
		report_summary(to->report, "%s", skip_state(line, status));
	else if (len > 0)
		report_note(to->report, "%s", line);
}

static const char *
find(const char *at, const char *end, char c)
{
	const char *found = memchr(at, c, (size_t)(end - at));

	return found != NULL ? found : end;
}

unsigned
foreign_read(struct report *r, enum status status, const char *output,
    size_t len)
{
	const char *end = output + strnlen(output, len), *at = output;
	struct reading to = { .report = r };
	bool first = true;

	report_raise(r, status);
	while (at < end) {
		const char *stop = find(at, end, '\n');
		const char *pipe = find(at, stop, '|');

		add_text(&to, first, status, at, pipe);
		if (pipe < stop && !first)
			stop = end;
		if (pipe < stop)
			read_perfdata(&to, pipe + 1, stop);
		first = false;
		at = stop < end ? stop + 1 : end;
	}
	return to.bad;
}
