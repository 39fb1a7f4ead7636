/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "common/escape.h"
#include "common/quantity.h"
#include "common/voice.h"

enum {
	BAR_WIDTH = 20,
	CELL_MAX = 256,
	LABEL_MAX = 40,
};

enum column { LABEL, VALUE, BAR, WARN, CRIT, STATE, COLUMNS };

struct row {
	char cell[COLUMNS][CELL_MAX];
	enum status status;
};

static const char *const titles[COLUMNS] = { "metric", "value", "", "warning",
	"critical", "state" };

static const char *const colours[] = {
	[STATUS_OK] = "\033[32m",
	[STATUS_WARNING] = "\033[33m",
	[STATUS_CRITICAL] = "\033[1;31m",
	[STATUS_UNKNOWN] = "\033[35m",
};

static void
put_status(struct buf *out, enum status status, bool colour)
{
	if (colour)
		buf_str(out, colours[status]);
	buf_str(out, status_name(status));
	if (colour)
		buf_str(out, "\033[0m");
}

/* Columns of a terminal; what is not one column wide is rare in our cells. */
static int
width(const char *text)
{
	int n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void
put_value(struct buf *b, const char *unit, double value)
{
	if (strcmp(unit, "B") == 0)
		buf_str(b, size_text(value).s);
	else if (strcmp(unit, "s") == 0)
		buf_str(b, duration_text(value).s);
	else if (strcmp(unit, "%") == 0)
		buf_fmt(b, "%.1f %%", value);
	else if (value <= -1e15 || value >= 1e15 ||
	    value == (double)(long long)value)
		buf_str(b, number_text(value).s);
	else
		buf_fmt(b, "%.2f", value);
}

static bool
is_upper_bound(const struct range *range)
{
	return range->set && !range->inside && range->min <= 0 &&
	    range->max <= 1e300;
}

/* A plain upper bound in the value's own unit, any other range verbatim. */
static void
put_limit(struct buf *b, const char *unit, const struct range *range)
{
	if (is_upper_bound(range)) {
		buf_str(b, "> ");
		put_value(b, unit, range->max);
	} else {
		range_put(b, range);
	}
}

/* Clamped first: a share may be too large for any int. */
static int
on_bar(double share)
{
	return share <= 0 ? 0 : share >= 1 ? BAR_WIDTH :
	    (int)(share * BAR_WIDTH);
}

/* The share of max that is used, with a mark where the warning starts. */
static void
put_bar(struct buf *b, const struct metric *m)
{
	bool judged = m->warn.set || m->crit.set;

	/* Of what is only told it is not clear which end is the good one. */
	if (m->max <= 0 || (!judged && strcmp(m->unit, "%") != 0))
		return;

	int filled = on_bar(m->value / m->max + 0.5 / BAR_WIDTH);
	int mark = is_upper_bound(&m->warn) ?
	    on_bar(m->warn.max / m->max) : -1;

	buf_char(b, '[');
	for (int i = 0; i < BAR_WIDTH; i++)
		buf_char(b, i < filled ? '#' : i == mark ? '|' : '.');
	buf_char(b, ']');
}

static void
fill_row(struct row *row, const struct record *rec)
{
	const struct metric *m = &rec->metric;
	struct buf b = buf_on(row->cell[LABEL], LABEL_MAX);

	escape_line(&b, m->label);
	b = buf_on(row->cell[VALUE], CELL_MAX);
	put_value(&b, m->unit, m->value);
	b = buf_on(row->cell[BAR], CELL_MAX);
	put_bar(&b, m);
	b = buf_on(row->cell[WARN], CELL_MAX);
	put_limit(&b, m->unit, &m->warn);
	b = buf_on(row->cell[CRIT], CELL_MAX);
	put_limit(&b, m->unit, &m->crit);
	b = buf_on(row->cell[STATE], CELL_MAX);
	row->status = rec->status;
	if (m->warn.set || m->crit.set)
		buf_str(&b, status_name(rec->status));
}

static bool
next_row(const struct report *r, size_t *at, struct row *row)
{
	struct record rec;

	while (report_next(r, at, &rec)) {
		if (rec.type != RECORD_METRIC ||
		    rec.metric.kind != METRIC_JUDGED)
			continue;
		fill_row(row, &rec);
		return true;
	}
	return false;
}

static void
put_row(struct buf *out, const struct row *row, const int widths[COLUMNS],
    bool colour)
{
	size_t start = out->len;

	for (int c = 0; c < COLUMNS; c++) {
		const char *text = row->cell[c];
		int gap = widths[c] - width(text);

		if (widths[c] == 0)
			continue;
		buf_str(out, "  ");
		if (c == VALUE || c == WARN || c == CRIT)
			buf_pad(out, gap);
		if (c == STATE && *text != '\0' && colour)
			put_status(out, row->status, true);
		else
			buf_str(out, text);
		if (c == LABEL || c == BAR)
			buf_pad(out, gap);
	}
	while (out->len > start && out->data[out->len - 1] == ' ' &&
	    buf_ok(out))
		buf_cut(out, out->len - 1);
	buf_char(out, '\n');
}

/* The widest cell of each column, titles included; false if there is no row. */
static bool
measure_columns(const struct report *r, int widths[COLUMNS])
{
	struct row row;
	size_t at = 0;
	bool any = false;

	while (next_row(r, &at, &row)) {
		for (int c = 0; c < COLUMNS; c++) {
			int w = width(row.cell[c]);

			widths[c] = w > widths[c] ? w : widths[c];
		}
		any = true;
	}
	for (int c = 0; c < COLUMNS; c++) {
		int w = width(titles[c]);

		if (widths[c] > 0 && w > widths[c])
			widths[c] = w;
	}
	return any;
}

/* Returns how many rows found no room: one, and all after it. */
static unsigned
put_metrics(struct buf *out, const struct report *r, bool colour)
{
	struct row row = { .status = STATUS_OK };
	int widths[COLUMNS] = { 0 };
	size_t at = 0, mark = out->len;
	unsigned left_out = 0;

	if (!measure_columns(r, widths))
		return 0;
	for (int c = 0; c < COLUMNS; c++) {
		struct buf b = buf_on(row.cell[c], CELL_MAX);

		buf_str(&b, titles[c]);
	}
	buf_char(out, '\n');
	put_row(out, &row, widths, false);

	while (next_row(r, &at, &row)) {
		if (left_out == 0)
			put_row(out, &row, widths, colour);
		if (left_out > 0 || !voice_keep(out, mark))
			left_out++;
		mark = out->len;
	}
	return left_out;
}

/* Lines of one kind; counts in *left_out those that find no room. */
static void
put_lines(struct buf *out, const struct report *r, enum record_type type,
    enum status status, bool colour, unsigned *left_out)
{
	struct record rec;
	size_t at = 0;

	while (report_next(r, &at, &rec)) {
		size_t mark = out->len;

		if (rec.type != type || rec.status != status)
			continue;
		if (*left_out > 0) {
			++*left_out;
			continue;
		}
		buf_str(out, "  ");
		if (type == RECORD_LINE) {
			buf_char(out, '[');
			put_status(out, status, colour);
			buf_str(out, "] ");
		}
		escape_line(out, rec.text);
		buf_char(out, '\n');
		if (!voice_keep(out, mark))
			++*left_out;
	}
}

static void
put_head(struct buf *out, const char *name, const struct report *r,
    bool colour)
{
	voice_put_name(out, name);
	buf_char(out, ' ');
	put_status(out, r->status, colour);
	buf_str(out, " - ");
	escape_line(out, report_get_summary(r));
	buf_char(out, '\n');
}

void
voice_table(struct buf *out, const char *name, const struct report *r,
    bool colour)
{
	static const enum status order[] = { STATUS_CRITICAL, STATUS_WARNING,
		STATUS_UNKNOWN, STATUS_OK };
	unsigned lines = 0, metrics;
	size_t mark, first;

	put_head(out, name, r, colour);
	(void)voice_keep(out, out->len);
	metrics = put_metrics(out, r, colour);

	mark = out->len;
	buf_char(out, '\n');
	first = out->len;
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
		put_lines(out, r, RECORD_LINE, order[i], colour, &lines);
	put_lines(out, r, RECORD_NOTE, STATUS_OK, colour, &lines);
	if (out->len == first)
		buf_cut(out, mark);
	voice_put_left_out(out, lines + r->lost_lines,
	    metrics + r->lost_metrics);
}
