/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/quantity.h"
#include "plugins/host/disk_limits.h"

#define USED_MAX(percent) { [DISK_USED_PERCENT] = RANGE_MAX(percent) }

const struct disk_limits disk_default_limits = {
	.ranges = {
		[DISK_SPACE] = {
			[DISK_WARN] = USED_MAX(85),
			[DISK_CRIT] = USED_MAX(95),
		},
		[DISK_INODES] = {
			[DISK_WARN] = USED_MAX(85),
			[DISK_CRIT] = USED_MAX(95),
		},
	},
};

/* --- reading --- */

/* Cuts word off the end of text; false if it is not there. */
static bool
cut_word(char *text, const char *word)
{
	size_t len = strlen(text), n = strlen(word);

	if (len < n || strcasecmp(text + len - n, word) != 0)
		return false;
	text[len - n] = '\0';
	return true;
}

/* The bound at text is a number without a unit, and not 0. */
static bool
is_bare(const char *text)
{
	struct quantity q;
	const char *end;

	text += *text == '@';
	return quantity_parse(text, UNITS_NONE, &q, &end) &&
	    (*end == '\0' || *end == ':') && (q.value < 0 || q.value > 0);
}

/* Plain numbers are in units; where one bound bears its own both must. */
static int
parse_sizes(struct range *out, const char *text, double unit,
    struct error *err)
{
	const char *colon = strchr(text, ':');
	struct error why;

	if (range_parse(out, text, UNITS_NONE, &why) == 0) {
		out->min *= unit;
		out->max *= unit;
		return 0;
	}
	if (range_parse(out, text, UNITS_SIZE, err) < 0)
		return -1;
	if (is_bare(text) || (colon != NULL && is_bare(colon + 1)))
		return error_set(err, "'%s': either both ends have a unit or "
		    "none has", text);
	return 0;
}

int
disk_limits_add(struct disk_limits *l, int letter, const char *text,
    double unit, struct error *err)
{
	enum disk_level level = letter == 'w' || letter == 'W' ?
	    DISK_WARN : DISK_CRIT;
	bool space = letter == 'w' || letter == 'c';
	bool percent = !space || strchr(text, '%') != NULL;
	char copy[128];
	struct buf b = buf_on(copy, sizeof copy);
	struct range range;
	bool used;
	int rc;

	buf_str(&b, text);
	used = cut_word(copy, "used");
	if (!used)
		(void)cut_word(copy, "free");
	rc = percent ? range_parse(&range, copy, UNITS_PERCENT, err) :
	    parse_sizes(&range, copy, unit, err);
	/* Who wrote no range is not to be told about ranges. */
	if (!buf_ok(&b) || (rc < 0 && strchr(text, ':') == NULL))
		return error_set(err, "'%s' is not a limit (10%%%s, 85%%used)",
		    text, space ? ", 2G" : "");
	if (rc < 0)
		return -1;

	range.inside = range.inside || !used;
	l->given = true;
	l->ranges[space ? DISK_SPACE : DISK_INODES][level][used ?
	    (percent ? DISK_USED_PERCENT : DISK_USED) :
	    (percent ? DISK_FREE_PERCENT : DISK_FREE)] = range;
	return 0;
}

/* --- judging --- */

/* Not floor(): linking the mathematical library takes longer than the check. */
static double
round_down(double value)
{
	double whole;

	/* From here on there are no fractions; nor has infinity any. */
	if (!(value > -0x1p52 && value < 0x1p52))
		return value;
	whole = (double)(int64_t)value;
	return whole > value ? whole - 1 : whole;
}

static double
round_up(double value)
{
	return -round_down(-value);
}

/* That share of all; infinite bounds stay what they are. */
static double
share(double all, double percent)
{
	return isinf(percent) ? percent : all * percent / 100;
}

/*
 * An upper bound that alerts at the limit itself, of something that is counted
 * in whole numbers; it is printed as the limit.
 */
static double
just_below(double limit)
{
	double whole = round_down(limit < 0 ? 0 : limit);

	return whole < limit ? whole : whole * (1 - DBL_EPSILON) - DBL_MIN;
}

static struct range
used_side(enum disk_measure measure, const struct range *given, double all)
{
	double low = given->min, high = given->max;

	switch (measure) {
	case DISK_FREE_PERCENT:
		low = share(all, 100 - given->max);
		high = share(all, 100 - given->min);
		break;
	case DISK_FREE:
		low = all - given->max;
		high = all - given->min;
		break;
	case DISK_USED_PERCENT:
		low = share(all, given->min);
		high = share(all, given->max);
		break;
	case DISK_USED:
	case DISK_MEASURES:
		break;
	}
	/* No more than all can be used: the upper end is none. */
	if (given->inside && high >= all)
		return (struct range){ .set = true, .max = just_below(low) };
	return (struct range){
		.set = true,
		.inside = given->inside,
		.min = round_up(low),
		.max = round_down(high),
	};
}

static bool
is_upper_bound(const struct range *range)
{
	return !range->inside && range->min <= 0;
}

/* Of two upper bounds the lower one says both. */
static void
tighten(struct range *shown, const struct range *range)
{
	if (!shown->set || (is_upper_bound(shown) && is_upper_bound(range) &&
	    range->max < shown->max))
		*shown = *range;
}

/* "95%", "10% free", "2.0 GiB free", "@10:20% free" */
static void
put_limit(struct buf *b, enum disk_measure measure, const struct range *given)
{
	bool percent = measure == DISK_FREE_PERCENT ||
	    measure == DISK_USED_PERCENT;
	bool free = measure == DISK_FREE_PERCENT || measure == DISK_FREE;
	bool simple = given->min <= 0 && isfinite(given->max) &&
	    given->inside == free;

	if (simple)
		buf_str(b, percent ? number_text(given->max).s :
		    size_text(given->max).s);
	else
		range_put(b, given);
	if (percent)
		buf_char(b, '%');
	if (free || !percent)
		buf_str(b, free ? " free" : " used");
}

/* Judges one level; the first range of all that alerts names the limit. */
static void
judge_level(struct disk_verdict *v, enum status bad, struct range *shown,
    const struct range given[DISK_MEASURES], const double amounts[2])
{
	for (int i = 0; i < DISK_MEASURES; i++) {
		enum disk_measure measure = (enum disk_measure)i;
		struct range range;

		if (!given[i].set)
			continue;
		range = used_side(measure, &given[i], amounts[0] + amounts[1]);
		tighten(shown, &range);
		if (!range_alerts(&range, amounts[0]))
			continue;
		if (v->status == STATUS_OK) {
			struct buf b = buf_on(v->limit, sizeof v->limit);

			put_limit(&b, measure, &given[i]);
		}
		v->status = status_worse(v->status, bad);
	}
}

struct disk_verdict
disk_limits_judge(const struct disk_limits *l, enum disk_resource what,
    double used, double free)
{
	struct disk_verdict v = { .status = STATUS_OK };
	const double amounts[2] = { used, free };

	judge_level(&v, STATUS_CRITICAL, &v.crit, l->ranges[what][DISK_CRIT],
	    amounts);
	judge_level(&v, STATUS_WARNING, &v.warn, l->ranges[what][DISK_WARN],
	    amounts);
	return v;
}
