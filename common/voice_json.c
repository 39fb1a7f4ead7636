/* SPDX-License-Identifier: GPL-3.0-or-later */
/* docs/report.schema.json describes what is written here. */
#include "config.h"

#include "common/escape.h"
#include "common/quantity.h"
#include "common/voice.h"

/* Raised when a member changes its meaning or goes, not when one is added. */
#define SCHEMA_VERSION 1

/* Room kept for the end of the object. */
enum {
	ENOUGH_FOR_END = 128,
};

static void
put_member(struct buf *out, const char *key, const char *text)
{
	buf_fmt(out, "\"%s\":", key);
	escape_json(out, text);
}

static void
put_range(struct buf *out, const char *key, const struct range *range)
{
	if (!range->set)
		return;
	buf_char(out, ',');
	put_member(out, key, range_text(range).s);
}

static void
put_metric(struct buf *out, const struct record *rec)
{
	static const char *const kinds[] = {
		[METRIC_JUDGED] = "judged",
		[METRIC_COUNTER] = "counter",
		[METRIC_GAUGE] = "gauge",
	};
	const struct metric *m = &rec->metric;

	buf_char(out, '{');
	put_member(out, "label", m->label);
	buf_char(out, ',');
	put_member(out, "name", m->name);
	if (m->object != NULL) {
		buf_char(out, ',');
		put_member(out, "object", m->object);
	}
	buf_char(out, ',');
	put_member(out, "kind", kinds[m->kind]);
	buf_str(out, ",\"value\":");
	quantity_put(out, m->value);
	buf_char(out, ',');
	put_member(out, "unit", m->unit);
	buf_char(out, ',');
	put_member(out, "status", status_name(rec->status));
	put_range(out, "warning", &m->warn);
	put_range(out, "critical", &m->crit);
	if (!m->below_zero)
		buf_str(out, ",\"min\":0");
	if (m->max > 0) {
		buf_str(out, ",\"max\":");
		quantity_put(out, m->max);
	}
	buf_char(out, '}');
}

static void
put_text(struct buf *out, const struct record *rec)
{
	if (rec->type == RECORD_NOTE) {
		escape_json(out, rec->text);
		return;
	}
	buf_char(out, '{');
	put_member(out, "status", status_name(rec->status));
	buf_char(out, ',');
	put_member(out, "text", rec->text);
	buf_char(out, '}');
}

/* "key":[...]; returns how many found no room: one, and all after it. */
static unsigned
put_array(struct buf *out, const char *key, const struct report *r,
    enum record_type type)
{
	struct record rec;
	size_t at = 0;
	unsigned left_out = 0;
	bool first = true;

	buf_fmt(out, ",\"%s\":[", key);
	while (report_next(r, &at, &rec)) {
		size_t mark = out->len;

		if (rec.type != type)
			continue;
		if (left_out > 0) {
			left_out++;
			continue;
		}
		if (!first)
			buf_char(out, ',');
		if (type == RECORD_METRIC)
			put_metric(out, &rec);
		else
			put_text(out, &rec);
		if (buf_ok(out) && out->size - out->len > ENOUGH_FOR_END) {
			first = false;
		} else {
			buf_cut(out, mark);
			left_out++;
		}
	}
	buf_char(out, ']');
	return left_out;
}

void
voice_json(struct buf *out, const char *name, const struct report *r)
{
	unsigned lines = r->lost_lines, metrics = r->lost_metrics;

	buf_fmt(out, "{\"version\":%d,", SCHEMA_VERSION);
	put_member(out, "check", name);
	buf_char(out, ',');
	put_member(out, "status", status_name(r->status));
	buf_fmt(out, ",\"code\":%d,", (int)r->status);
	put_member(out, "summary", report_get_summary(r));
	metrics += put_array(out, "metrics", r, RECORD_METRIC);
	lines += put_array(out, "lines", r, RECORD_LINE);
	lines += put_array(out, "notes", r, RECORD_NOTE);
	buf_fmt(out, ",\"left_out\":{\"lines\":%u,\"metrics\":%u}}\n", lines,
	    metrics);
}
