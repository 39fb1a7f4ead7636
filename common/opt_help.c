/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "common/opt.h"
#include "common/quantity.h"

const char *
opt_metavar(const struct opt *opt)
{
	if (!opt_takes_value(opt))
		return NULL;
	if (opt->metavar != NULL)
		return opt->metavar;
	switch (opt->kind) {
	case OPT_RANGE:
		return "RANGE";
	case OPT_NUMBER:
		return (opt->units & UNITS_TIME) ? "DURATION" :
		    (opt->units & UNITS_SIZE) ? "SIZE" : "NUMBER";
	case OPT_COUNT:
		return "NUMBER";
	default:
		return "TEXT";
	}
}

void
opt_put_value(struct buf *out, const struct opt *opt, const void *from)
{
	const void *field = (const char *)from + opt->offset;

	if (opt->initial != NULL) {
		buf_str(out, opt->initial);
		return;
	}
	switch (opt->kind) {
	case OPT_COUNT:
		if (!opt->bare)
			quantity_put(out, (double)*(const uint64_t *)field);
		break;
	case OPT_NUMBER:
		if (opt->units & UNITS_TIME)
			buf_str(out, duration_text(*(const double *)field).s);
		else
			quantity_put(out, *(const double *)field);
		break;
	case OPT_TEXT:
		if (*(const char *const *)field != NULL)
			buf_str(out, *(const char *const *)field);
		break;
	case OPT_RANGE:
		range_put(out, field);
		break;
	default:
		break;
	}
}

/* The words of help in lines of at most 79 columns, each indented. */
static void
put_wrapped(struct buf *out, const char *text, size_t indent)
{
	size_t column = 80;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (column + 1 + n > 79) {
			if (column != 80)
				buf_char(out, '\n');
			buf_pad(out, (int)indent);
			column = indent;
		} else {
			buf_char(out, ' ');
			column++;
		}
		buf_put(out, text, n);
		column += n;
		text += n;
		text += strspn(text, " ");
	}
	buf_char(out, '\n');
}

static void
put_row(struct buf *out, const struct opt *opt, const void *from)
{
	char text[1024], value[128];
	struct buf help = buf_on(text, sizeof text);
	struct buf initial = buf_on(value, sizeof value);
	const char *metavar = opt_metavar(opt);

	if (opt->letter != 0)
		buf_fmt(out, "  -%c, --%s", opt->letter, opt->name);
	else
		buf_fmt(out, "      --%s", opt->name);
	if (metavar != NULL)
		buf_fmt(out, "=%s", metavar);
	buf_char(out, '\n');

	buf_str(&help, opt->help);
	opt_put_value(&initial, opt, from);
	if (initial.len > 0 && metavar != NULL)
		buf_fmt(&help, " (default: %s)", initial.data);
	put_wrapped(out, help.data, 10);
}

void
opt_help(struct buf *out, const struct opt_set *set)
{
	buf_fmt(out, "\n%s:\n", set->title);
	for (const struct opt *opt = set->opts; opt->kind != OPT_END_OF_TABLE;
	    opt++)
		put_row(out, opt, set->into);
}
