/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <math.h>
#include <string.h>

#include "common/quantity.h"
#include "common/range.h"

/* Reads one bound up to stop into *out; an empty one leaves the default. */
static bool
parse_bound(const char *text, const char *stop, unsigned units, double *out,
    bool *percent)
{
	struct quantity q;
	const char *end;

	if (text == stop)
		return true;
	if (!quantity_parse(text, units, &q, &end) || end != stop)
		return false;
	*out = q.value;
	*percent = *percent || q.percent;
	return true;
}

static bool
parse(struct range *r, const char *text, unsigned units)
{
	const char *end = text + strlen(text), *colon;

	if (*text == '@') {
		r->inside = true;
		text++;
	}
	colon = strchr(text, ':');
	if (colon == NULL)
		return text != end &&
		    parse_bound(text, end, units, &r->max, &r->percent);

	if (colon == text && colon + 1 == end)
		return false;
	if (colon - text == 1 && *text == '~')
		r->min = -INFINITY;
	else if (!parse_bound(text, colon, units, &r->min, &r->percent))
		return false;
	return parse_bound(colon + 1, end, units, &r->max, &r->percent);
}

int
range_parse(struct range *out, const char *text, unsigned units,
    struct error *err)
{
	struct range r = { .set = true, .min = 0, .max = INFINITY };

	if (!parse(&r, text, units))
		return error_set(err, "'%s' is not a range "
		    "(10, 10:, ~:10, 10:20, @10:20)", text);
	if (r.min > r.max)
		return error_set(err, "range '%s' starts at %s, above its end",
		    text, number_text(r.min).s);
	*out = r;
	return 0;
}

bool
range_alerts(const struct range *range, double value)
{
	bool inside = value >= range->min && value <= range->max;

	return range->set && inside == range->inside;
}

static bool
is_upper_bound(const struct range *range)
{
	return range->set && !range->inside && range->min <= 0 &&
	    isfinite(range->max);
}

int
range_check_order(const struct range *warn, const struct range *crit,
    const struct range *default_warn, struct error *err)
{
	bool given = strcmp(range_text(warn).s,
	    range_text(default_warn).s) != 0;

	if (!given || !is_upper_bound(warn) || !is_upper_bound(crit) ||
	    warn->max <= crit->max)
		return 0;
	return error_set(err, "the warning limit %s is above the critical "
	    "limit %s", range_text(warn).s, range_text(crit).s);
}

static void
put_bound(struct buf *b, double value)
{
	if (isinf(value))
		buf_str(b, value < 0 ? "~" : "");
	else
		quantity_put(b, value);
}

void
range_put(struct buf *b, const struct range *range)
{
	if (!range->set)
		return;
	if (range->inside)
		buf_char(b, '@');
	if (range->min < 0 || range->min > 0 || isinf(range->max)) {
		put_bound(b, range->min);
		buf_char(b, ':');
	}
	put_bound(b, range->max);
}

void
range_put_perfdata(struct buf *b, const struct range *range)
{
	struct range shown = *range;

	if (!shown.inside && isinf(shown.min) && isfinite(shown.max) &&
	    shown.max >= 0)
		shown.min = 0;
	range_put(b, &shown);
}

struct range_text
range_text(const struct range *range)
{
	struct range_text t;
	struct buf b = buf_on(t.s, sizeof t.s);

	range_put(&b, range);
	return t;
}
