/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "common/perfdata.h"
#include "common/quantity.h"

/* The rest of the text, as far as it is looked at. */
struct span {
	const char *at, *end;
};

static const struct unit {
	const char *text;
	const char *base;
	double factor;
} units[] = {
	{ "", "", 1 },
	{ "%", "%", 1 },
	{ "s", "s", 1 },
	{ "ms", "s", 1e-3 },
	{ "us", "s", 1e-6 },
	{ "ns", "s", 1e-9 },
	{ "B", "B", 1 },
	{ "kB", "B", KIB },
	{ "MB", "B", MIB },
	{ "GB", "B", GIB },
	{ "TB", "B", 1024 * GIB },
	{ "PB", "B", MIB * GIB },
	{ "KiB", "B", KIB },
	{ "MiB", "B", MIB },
	{ "GiB", "B", GIB },
	{ "TiB", "B", 1024 * GIB },
	{ "PiB", "B", MIB * GIB },
};

static const struct unit *
find_unit(const char *text)
{
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strcasecmp(units[i].text, text) == 0)
			return &units[i];
	}
	return &units[0];
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0';
}

/* --- the label --- */

/* 'it''s' is it's: false if its quote does not end, or it is too long. */
static bool
take_quoted(struct span *s, char label[PERFDATA_LABEL_SIZE])
{
	size_t len = 0;

	for (s->at++; s->at < s->end; s->at++) {
		if (*s->at == '\'') {
			bool doubled = s->end - s->at > 1 && s->at[1] == '\'';

			s->at += 1;
			if (!doubled) {
				label[len] = '\0';
				return true;
			}
		}
		if (*s->at == '\0' || len == PERFDATA_LABEL_SIZE - 1)
			return false;
		label[len++] = *s->at;
	}
	return false;
}

static bool
take_bare(struct span *s, char label[PERFDATA_LABEL_SIZE])
{
	size_t len = 0;

	for (; s->at < s->end && *s->at != '='; s->at++) {
		if (is_blank(*s->at) || len == PERFDATA_LABEL_SIZE - 1)
			return false;
		label[len++] = *s->at;
	}
	label[len] = '\0';
	return true;
}

static bool
take_label(struct span *s, char label[PERFDATA_LABEL_SIZE])
{
	bool quoted = *s->at == '\'';

	return (quoted ? take_quoted(s, label) : take_bare(s, label)) &&
	    label[0] != '\0' && s->at < s->end && *s->at == '=';
}

/* --- the figures --- */

/* value[UOM]; the factor of all the other figures, or 0 if it is none. */
static double
read_value(const char *text, struct perfdata *out)
{
	const struct unit *unit;
	struct quantity q;
	const char *rest;

	if (strcmp(text, "U") == 0) {
		out->value = NAN;
		return 1;
	}
	/* "1,5s" of another locale is no 1 with a unit. */
	if (!quantity_parse(text, UNITS_NONE, &q, &rest) || *rest == ',')
		return 0;
	out->counter = strcmp(rest, "c") == 0;
	unit = find_unit(rest);
	out->unit = unit->base;
	out->value = q.value * unit->factor;
	return isfinite(out->value) ? unit->factor : 0;
}

static void
read_range(const char *text, double factor, struct range *out)
{
	struct error none;

	if (range_parse(out, text, UNITS_PERCENT, &none) < 0) {
		*out = (struct range){ .set = false };
		return;
	}
	out->min *= factor;
	out->max *= factor;
}

static double
read_limit(const char *text, double factor)
{
	struct quantity q;
	const char *rest;

	return quantity_parse(text, UNITS_NONE, &q, &rest) && *rest == '\0' ?
	    q.value * factor : NAN;
}

/* Cuts the next field out of text, "" if there is none. */
static const char *
cut_field(char **text)
{
	char *field = *text;

	*text += strcspn(field, ";");
	if (**text == ';')
		*(*text)++ = '\0';
	return field;
}

static bool
read_fields(char *text, struct perfdata *out)
{
	double factor = read_value(cut_field(&text), out);

	if (factor == 0)
		return false;
	read_range(cut_field(&text), factor, &out->warn);
	read_range(cut_field(&text), factor, &out->crit);
	out->min = read_limit(cut_field(&text), factor);
	out->max = read_limit(cut_field(&text), factor);
	return true;
}

static bool
take_fields(struct span *s, struct perfdata *out)
{
	char text[PERFDATA_FIELDS_MAX];
	size_t len = 0;

	for (; s->at < s->end && !is_blank(*s->at); s->at++) {
		if (len == sizeof text - 1)
			return false;
		text[len++] = *s->at;
	}
	text[len] = '\0';
	return read_fields(text, out);
}

int
perfdata_next(const char **at, const char *end, struct perfdata *out)
{
	struct span s = { *at, end };
	bool good;

	*out = (struct perfdata){ .unit = "" };
	while (s.at < end && is_blank(*s.at))
		s.at++;
	*at = s.at;
	if (s.at == end)
		return 0;
	good = take_label(&s, out->label);
	if (good) {
		s.at++;
		good = take_fields(&s, out);
	}
	while (s.at < end && !is_blank(*s.at))
		s.at++;
	*at = s.at;
	return good ? 1 : -1;
}
