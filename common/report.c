/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "common/quantity.h"
#include "common/report.h"

/*
 * After the header lie entries one after the other, each starting with its
 * size, a multiple of ALIGNMENT. Only a summary may use the last bytes, so
 * that there is always room for one.
 */
enum {
	ALIGNMENT = 8,
	LINE_MAX_BYTES = 8192,
	SUMMARY_MAX_BYTES = 1024,
	SUMMARY_ROOM = 4096,
	TYPE_SUMMARY = RECORD_METRIC + 1,
};

struct entry {
	uint32_t size; /* of the whole entry */
	uint16_t type;
	uint16_t status;
};

struct packed_range {
	double min, max;
	uint64_t flags;
};

enum {
	RANGE_SET = 1,
	RANGE_INSIDE = 2,
	RANGE_PERCENT = 4,
};

/* Followed by label, name, object and unit, each with its terminator. */
struct packed_metric {
	double value, max;
	struct packed_range warn, crit;
	uint32_t kind;
	uint16_t below_zero;
	uint16_t has_object;
};

#define METRIC_STRINGS 4

struct report *
report_init(void *storage, size_t size)
{
	struct report *r = storage;

	*r = (struct report){
		.status = STATUS_OK,
		.size = (uint32_t)(size < REPORT_MAX ? size : REPORT_MAX),
		.used = sizeof *r,
	};
	return r;
}

void
report_raise(struct report *r, enum status status)
{
	r->status = status_worse(r->status, status);
}

static const struct entry *
entry_at(const struct report *r, size_t offset)
{
	return (const struct entry *)(const void *)((const char *)r + offset);
}

/* Room for n bytes behind a new entry header, or NULL. */
static void *
append(struct report *r, unsigned type, enum status status, size_t n)
{
	size_t room = r->size - r->used;
	size_t want = (sizeof(struct entry) + n + ALIGNMENT - 1) / ALIGNMENT *
	    ALIGNMENT;

	if (type != TYPE_SUMMARY)
		room = room > SUMMARY_ROOM ? room - SUMMARY_ROOM : 0;
	if (want > room)
		return NULL;

	struct entry *e = (struct entry *)(void *)((char *)r + r->used);

	memset(e, 0, want); /* padding is sent to other processes too */
	e->size = (uint32_t)want;
	e->type = (uint16_t)type;
	e->status = (uint16_t)status;
	r->used += (uint32_t)want;
	return e + 1;
}

static bool
append_text(struct report *r, unsigned type, enum status status,
    const char *text, size_t n)
{
	char *to = append(r, type, status, n + 1);

	if (to == NULL)
		return false;
	memcpy(to, text, n);
	return true;
}

void
report_summary(struct report *r, const char *fmt, ...)
{
	char text[SUMMARY_MAX_BYTES];
	struct buf b = buf_on(text, sizeof text);
	uint32_t offset, used = r->used;
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(&b, fmt, ap);
	va_end(ap);
	/* Summaries in a row take each other's place, so the room suffices. */
	if (r->summary != 0 &&
	    r->summary + entry_at(r, r->summary)->size == r->used)
		r->used = r->summary;
	offset = r->used;
	if (append_text(r, TYPE_SUMMARY, STATUS_OK, b.data, b.len))
		r->summary = offset;
	else
		r->used = used;
}

void
report_time_out(struct report *r, double seconds, enum status status,
    const char *doing)
{
	const char *so_far = report_get_summary(r);

	report_summary(r, "no answer within %s%s%s%s%s",
	    duration_text(seconds).s, doing != NULL ? " while " : "",
	    doing != NULL ? doing : "", *so_far != '\0' ? "; so far: " : "",
	    so_far);
	report_raise(r, status);
}

static void
add_line(struct report *r, enum record_type type, enum status status,
    const char *fmt, va_list ap)
{
	char text[LINE_MAX_BYTES];
	struct buf b = buf_on(text, sizeof text);

	buf_vfmt(&b, fmt, ap);
	if (!append_text(r, type, status, b.data, b.len))
		r->lost_lines++;
	report_raise(r, status);
}

void
report_line(struct report *r, enum status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_line(r, RECORD_LINE, status, fmt, ap);
	va_end(ap);
}

void
report_note(struct report *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_line(r, RECORD_NOTE, STATUS_OK, fmt, ap);
	va_end(ap);
}

static struct packed_range
pack_range(const struct range *range)
{
	return (struct packed_range){
		.min = range->min,
		.max = range->max,
		.flags = (range->set ? RANGE_SET : 0) |
		    (range->inside ? RANGE_INSIDE : 0) |
		    (range->percent ? RANGE_PERCENT : 0),
	};
}

static struct range
unpack_range(const struct packed_range *p)
{
	return (struct range){
		.min = p->min,
		.max = p->max,
		.set = (p->flags & RANGE_SET) != 0,
		.inside = (p->flags & RANGE_INSIDE) != 0,
		.percent = (p->flags & RANGE_PERCENT) != 0,
	};
}

static void
store_metric(struct report *r, const struct metric *m, enum status status)
{
	const char *strings[METRIC_STRINGS] = { m->label,
		m->name != NULL ? m->name : m->label,
		m->object != NULL ? m->object : "", m->unit };
	struct packed_metric packed = {
		.value = m->value,
		.max = isfinite(m->max) ? m->max : 0,
		.warn = pack_range(&m->warn),
		.crit = pack_range(&m->crit),
		.kind = m->kind,
		.below_zero = m->below_zero,
		.has_object = m->object != NULL,
	};
	size_t n = sizeof packed;

	for (size_t i = 0; i < METRIC_STRINGS; i++)
		n += strlen(strings[i]) + 1;

	char *to = append(r, RECORD_METRIC, status, n);

	if (to == NULL) {
		r->lost_metrics++;
		return;
	}
	memcpy(to, &packed, sizeof packed);
	to += sizeof packed;
	for (size_t i = 0; i < METRIC_STRINGS; i++) {
		size_t len = strlen(strings[i]) + 1;

		memcpy(to, strings[i], len);
		to += len;
	}
}

enum status
report_metric(struct report *r, const struct metric *m)
{
	enum status status = STATUS_OK;

	if (!isfinite(m->value))
		return STATUS_OK;
	if (range_alerts(&m->crit, m->value))
		status = STATUS_CRITICAL;
	else if (range_alerts(&m->warn, m->value))
		status = STATUS_WARNING;
	if (m->capped && status_worse(m->cap, status) != m->cap)
		status = m->cap;
	store_metric(r, m, status);
	report_raise(r, status);
	return status;
}

const char *
report_get_summary(const struct report *r)
{
	return r->summary == 0 ? "" :
	    (const char *)(entry_at(r, r->summary) + 1);
}

static void
unpack_metric(const char *bytes, struct metric *m)
{
	struct packed_metric packed;
	const char *strings[METRIC_STRINGS];

	memcpy(&packed, bytes, sizeof packed);
	bytes += sizeof packed;
	for (size_t i = 0; i < METRIC_STRINGS; i++) {
		strings[i] = bytes;
		bytes += strlen(bytes) + 1;
	}
	*m = (struct metric){
		.label = strings[0],
		.name = strings[1],
		.object = packed.has_object ? strings[2] : NULL,
		.unit = strings[3],
		.value = packed.value,
		.warn = unpack_range(&packed.warn),
		.crit = unpack_range(&packed.crit),
		.max = packed.max,
		.kind = (enum metric_kind)packed.kind,
		.below_zero = packed.below_zero != 0,
	};
}

bool
report_next(const struct report *r, size_t *at, struct record *out)
{
	size_t offset = *at == 0 ? sizeof *r : *at;
	const struct entry *e;

	do {
		if (offset >= r->used)
			return false;
		e = entry_at(r, offset);
		offset += e->size;
	} while (e->type == TYPE_SUMMARY);
	*at = offset;

	*out = (struct record){
		.type = (enum record_type)e->type,
		.status = (enum status)e->status,
	};
	if (e->type == RECORD_METRIC)
		unpack_metric((const char *)(e + 1), &out->metric);
	else
		out->text = (const char *)(e + 1);
	return true;
}

static bool
sound_range(const struct packed_range *p)
{
	return !isnan(p->min) && !isnan(p->max) && p->min < INFINITY &&
	    p->max > -INFINITY;
}

/* It is printed as it is: letters, digits, "%" and "/" will do. */
static bool
sound_unit(const char *unit)
{
	static const char fit[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%/";

	return unit[strspn(unit, fit)] == '\0';
}

static bool
sound_metric(const char *bytes, size_t n)
{
	struct packed_metric packed;

	if (n < sizeof packed)
		return false;
	memcpy(&packed, bytes, sizeof packed);
	if (packed.kind > METRIC_GAUGE || !isfinite(packed.value) ||
	    !isfinite(packed.max) || !sound_range(&packed.warn) ||
	    !sound_range(&packed.crit))
		return false;

	const char *p = bytes + sizeof packed, *end = bytes + n;
	const char *last = p;

	for (size_t i = 0; i < METRIC_STRINGS; i++) {
		const char *nul = memchr(p, '\0', (size_t)(end - p));

		if (nul == NULL)
			return false;
		last = p;
		p = nul + 1;
	}
	return sound_unit(last);
}

static bool
sound_entry(const struct entry *e, size_t room)
{
	const char *body = (const char *)(e + 1);

	if (room < sizeof *e || e->size < sizeof *e || e->size > room ||
	    e->size % ALIGNMENT != 0 || e->status > STATUS_UNKNOWN)
		return false;

	size_t n = e->size - sizeof *e;

	if (e->type == RECORD_METRIC)
		return sound_metric(body, n);
	return e->type <= TYPE_SUMMARY && memchr(body, '\0', n) != NULL;
}

const struct report *
report_adopt(const void *bytes, size_t size)
{
	const struct report *r = bytes;
	bool has_summary = false;

	if (size < sizeof *r || size > REPORT_MAX || r->used != size ||
	    r->size < size || (unsigned)r->status > STATUS_UNKNOWN)
		return NULL;
	for (size_t at = sizeof *r; at < size; at += entry_at(r, at)->size) {
		if (!sound_entry(entry_at(r, at), size - at))
			return NULL;
		if (at == r->summary)
			has_summary = entry_at(r, at)->type == TYPE_SUMMARY;
	}
	return r->summary == 0 || has_summary ? r : NULL;
}
