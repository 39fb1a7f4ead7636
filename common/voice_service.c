/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <ctype.h>
#include <math.h>

#include "common/escape.h"
#include "common/quantity.h"
#include "common/voice.h"

void
voice_put_name(struct buf *out, const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		buf_char(out, *p == '_' ? ' ' :
		    (char)toupper((unsigned char)*p));
}

static void
put_optional(struct buf *out, bool known, double value)
{
	buf_char(out, ';');
	if (known)
		quantity_put(out, value);
}

/* 'label'=value[UOM];[warn];[crit];[min];[max] */
static void
put_perfdata(struct buf *out, const struct metric *m)
{
	size_t end;

	escape_label(out, m->label);
	buf_char(out, '=');
	quantity_put(out, m->value);
	buf_str(out, m->unit);
	end = out->len;

	buf_char(out, ';');
	range_put_perfdata(out, &m->warn);
	buf_char(out, ';');
	range_put_perfdata(out, &m->crit);
	put_optional(out, !m->below_zero, 0);
	put_optional(out, m->max > 0, m->max);

	while (out->len > end && out->data[out->len - 1] == ';' &&
	    buf_ok(out))
		buf_cut(out, out->len - 1);
}

bool
voice_keep(struct buf *out, size_t mark)
{
	if (buf_ok(out) && out->size - out->len > VOICE_LEFT_OUT_MAX)
		return true;
	buf_cut(out, mark);
	return false;
}

/* Returns how many were left out. */
static unsigned
put_metrics(struct buf *out, const struct report *r)
{
	struct record rec;
	size_t at = 0;
	unsigned left_out = r->lost_metrics;
	bool first = true;

	while (report_next(r, &at, &rec)) {
		size_t mark = out->len;

		if (rec.type != RECORD_METRIC ||
		    rec.metric.kind != METRIC_JUDGED)
			continue;
		/* Once one is missing so are all after it: a stable order. */
		if (left_out > r->lost_metrics) {
			left_out++;
			continue;
		}
		buf_str(out, first ? " | " : " ");
		put_perfdata(out, &rec.metric);
		if (!voice_keep(out, mark))
			left_out++;
		first = false;
	}
	return left_out;
}

static unsigned
put_lines(struct buf *out, const struct report *r, enum record_type type,
    enum status status, unsigned left_out)
{
	struct record rec;
	size_t at = 0;

	while (report_next(r, &at, &rec)) {
		size_t mark = out->len;

		if (rec.type != type || rec.status != status)
			continue;
		if (left_out > 0) {
			left_out++;
			continue;
		}
		buf_char(out, '\n');
		if (type == RECORD_LINE)
			buf_fmt(out, "[%s] ", status_name(status));
		escape_output(out, rec.text);
		if (!voice_keep(out, mark))
			left_out++;
	}
	return left_out;
}

void
voice_put_left_out(struct buf *out, unsigned lines, unsigned metrics)
{
	if (lines == 0 && metrics == 0)
		return;
	buf_str(out, "(left out:");
	if (lines > 0)
		buf_fmt(out, " %u line%s", lines, lines == 1 ? "" : "s");
	if (metrics > 0)
		buf_fmt(out, "%s %u metric%s", lines > 0 ? "," : "", metrics,
		    metrics == 1 ? "" : "s");
	buf_str(out, ")\n");
}

/* The first line up to the perfdata, cut so that what follows has room. */
static void
put_head(struct buf *out, const char *name, const struct report *r)
{
	size_t size = out->size;

	if (size > 2 * VOICE_LEFT_OUT_MAX)
		out->size -= VOICE_LEFT_OUT_MAX;
	voice_put_name(out, name);
	buf_fmt(out, " %s - ", status_name(r->status));
	escape_output(out, report_get_summary(r));
	buf_cut(out, out->len);
	out->size = size;
}

void
voice_service(struct buf *out, const char *name, const struct report *r)
{
	static const enum status order[] = { STATUS_CRITICAL, STATUS_WARNING,
		STATUS_UNKNOWN, STATUS_OK };
	unsigned lines = 0, metrics;

	put_head(out, name, r);
	metrics = put_metrics(out, r);

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
		lines = put_lines(out, r, RECORD_LINE, order[i], lines);
	lines = put_lines(out, r, RECORD_NOTE, STATUS_OK, lines);

	buf_char(out, '\n');
	voice_put_left_out(out, lines + r->lost_lines, metrics);
}
