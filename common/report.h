/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report - what a check has to say, as data
 *
 * A status, one summary, lines, metrics, in one block of bytes without
 * pointers: it is copied, compared and written to another process as it is.
 * Text is kept raw, foreign bytes and all; each voice escapes it in its way.
 */
#ifndef COMMON_REPORT_H
#define COMMON_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/range.h"
#include "common/status.h"

#define REPORT_MAX ((size_t)1 << 20) /* bytes */

/* Opaque but for status; lives at the start of the caller's storage. */
struct report {
	enum status status; /* the worst of all that was raised */
	uint32_t size;      /* of the storage */
	uint32_t used;      /* of the storage, this header included */
	uint32_t summary;   /* offset of the latest summary, 0: none */
	uint32_t lost_lines, lost_metrics; /* found no room */
};

enum metric_kind {
	METRIC_JUDGED,  /* perfdata, with thresholds where there are any */
	METRIC_COUNTER, /* feed only: raw, growing (DERIVE, _total) */
	METRIC_GAUGE,   /* feed only */
};

struct metric {
	const char *label;  /* perfdata label: unique, stable from run to run */
	const char *name;   /* what is measured; NULL: the label says it */
	const char *object; /* of what: a mount point, a core; NULL: the host */
	const char *unit;   /* "" (a plain number), "%", "B", "s" */
	double value;       /* in base units; a metric not finite is left out */
	struct range warn, crit;
	double max;         /* the largest value there can be, 0: none known */
	enum metric_kind kind;
	bool below_zero;    /* may be negative, so that it has no minimum */
	bool capped;        /* its verdict is at worst cap: see window.h */
	enum status cap;
};

/* An empty report, OK so far, on storage aligned for any type. */
struct report *report_init(void *storage, size_t size);

/* A finished report of another process; NULL unless sound to the last byte. */
const struct report *report_adopt(const void *bytes, size_t size);

/* The status becomes at least as bad as this. */
void report_raise(struct report *r, enum status status);

/*
 * The first line, without name and state: what is wrong, where, how bad; aim
 * at 60 characters. A later summary replaces an earlier one.
 */
void report_summary(struct report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* One detail line about one item. Its status is shown and raises the whole. */
void report_line(struct report *r, enum status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* One line of background, shown after the others. */
void report_note(struct report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Judges m by its thresholds, raises the report's status and returns m's. */
enum status report_metric(struct report *r, const struct metric *m);

/*
 * Makes r what is said when time was up after so many seconds: with what was
 * known by then, and doing ("reading /mnt/nfs", or NULL) as the reason.
 */
void report_time_out(struct report *r, double seconds, enum status status,
    const char *doing);

enum record_type {
	RECORD_LINE,
	RECORD_NOTE,
	RECORD_METRIC,
};

/* One entry of a report; its strings lie in the report. */
struct record {
	enum record_type type;
	enum status status;
	const char *text;     /* of a line or note */
	struct metric metric; /* with name set */
};

/* Entries in the order they were made; *at starts at 0. False at the end. */
bool report_next(const struct report *r, size_t *at, struct record *out);

/* "" if there is none. */
const char *report_get_summary(const struct report *r);

#endif
