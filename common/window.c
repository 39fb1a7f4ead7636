/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "common/window.h"

/* Copies n bytes at offset of a sample; false if it is shorter than that. */
static bool
get(const struct sample *sample, size_t offset, void *out, size_t n)
{
	if (sample->size < offset + n)
		return false;
	memcpy(out, (const char *)sample->data + offset, n);
	return true;
}

struct window
window_count(const struct samples *s, double now, double span, size_t offset,
    uint64_t current)
{
	const struct sample *since = samples_youngest(s, now, span);
	uint64_t then;

	/* None ever, or all of them since the boot, which is not longer ago. */
	if (current == 0 || now <= span)
		return (struct window){ .events = current, .covered = span };
	if (since == NULL && s->count > 0)
		since = &s->all[0];
	if (since == NULL || !get(since, offset, &then, sizeof then))
		return (struct window){ 0 };
	return (struct window){
		/* A counter that fell started anew, after that sample. */
		.events = current >= then ? current - then : current,
		.covered = now - since->at < span ? now - since->at : span,
	};
}

static enum status
judge(double value, const struct range *warn, const struct range *crit)
{
	return range_alerts(crit, value) ? STATUS_CRITICAL :
	    range_alerts(warn, value) ? STATUS_WARNING : STATUS_OK;
}

enum status
window_held(const struct samples *s, double now, double span, size_t offset,
    double current, const struct range *warn, const struct range *crit)
{
	const struct sample *before = samples_youngest(s, now, span);
	enum status held = judge(current, warn, crit);
	bool alone = true;
	double value;

	for (size_t i = s->count; i-- > 0 && now - s->all[i].at <= span;) {
		enum status then;

		if (!get(&s->all[i], offset, &value, sizeof value))
			continue;
		then = judge(value, warn, crit);
		if (status_worse(held, then) == held)
			held = then;
		alone = false;
	}
	/* Asked less often than that: the sample before says how it began. */
	if (alone && before != NULL &&
	    get(before, offset, &value, sizeof value)) {
		enum status then = judge(value, warn, crit);

		return status_worse(held, then) == held ? then : held;
	}
	return alone ? STATUS_OK : held;
}
