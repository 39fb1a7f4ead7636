/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "common/quantity.h"
#include "common/range.h"
#include "tests/tap.h"

/* The rows of data/ranges.txt: range, value, verdict. */
static void
test_row(const char *line, const char *text, const char *value,
    const char *want)
{
	struct range range = { .max = 12345 };
	struct error err = { .text = "" };
	const char *got = "rej";

	if (strcmp(text, "\"\"") == 0)
		text = "";
	if (range_parse(&range, text, UNITS_NONE, &err) == 0)
		got = range_alerts(&range, strtod(value, NULL)) ? "alert" :
		    "ok";
	if (strcmp(got, "rej") == 0) {
		tap_has(err.text, text, "a refusal names the range");
		tap_num(range.max, 12345, "and changes nothing");
	}
	tap_str(got, want, line);
}

static void
test_table(void)
{
	const char *srcdir = getenv("srcdir");
	char path[512], line[256], range[64], value[64], want[64];
	int rows = 0;
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/tests/data/ranges.txt",
	    srcdir != NULL ? srcdir : ".");
	file = fopen(path, "r");
	if (!tap_ok(file != NULL, path))
		return;
	while (fgets(line, sizeof line, file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' ||
		    sscanf(line, "%63s %63s %63s", range, value, want) != 3)
			continue;
		test_row(line, range, value, want);
		rows++;
	}
	fclose(file);
	tap_int(rows, 50, "rows in the table");
}

/* What is no range although parts of it are. */
static const struct {
	const char *text;
	unsigned units;
} refused[] = {
	{ " ", 0 },
	{ " 10", 0 },
	{ "10 ", 0 },
	{ "10 :20", 0 },
	{ "10: 20", 0 },
	{ "\t10", 0 },
	{ "10\n", 0 },
	{ "@:", 0 },
	{ "@~", 0 },
	{ "@@10", 0 },
	{ "10@", 0 },
	{ "10:@20", 0 },
	{ "~10", 0 },
	{ "~~:10", 0 },
	{ ":~", 0 },
	{ "~:~", 0 },
	{ "::", 0 },
	{ "10::20", 0 },
	{ "10:abc", 0 },
	{ "abc:10", 0 },
	{ "10:nan", 0 },
	{ "-inf:5", 0 },
	{ "1e999", 0 },
	{ "@2:1", 0 },
	{ "~:1e999", 0 },
	{ "10k", 0 },
	{ "10s", 0 },
	{ "10k", UNITS_TIME | UNITS_PERCENT },
	{ "26h", UNITS_SIZE | UNITS_PERCENT },
	{ "85%", UNITS_SIZE | UNITS_TIME },
	{ "1h30", UNITS_TIME },
	{ "2G:1G", UNITS_SIZE },
	{ "10-20", 0 },
	{ "\xc3\xa9", 0 },
};

/* Text, units, what range_put() and range_put_perfdata() make of it. */
static const struct {
	const char *text;
	unsigned units;
	const char *put, *perfdata;
} printed[] = {
	{ "10", 0, "10", "10" },
	{ "10:", 0, "10:", "10:" },
	{ "~:10", 0, "~:10", "10" },
	{ "~:-10", 0, "~:-10", "~:-10" },
	{ "~:0", 0, "~:0", "0" },
	{ "10:20", 0, "10:20", "10:20" },
	{ "@10:20", 0, "@10:20", "@10:20" },
	{ "@10", 0, "@10", "@10" },
	{ "@~:10", 0, "@~:10", "@~:10" },
	{ "@10:", 0, "@10:", "@10:" },
	{ "~:", 0, "~:", "~:" },
	{ "@~:", 0, "@~:", "@~:" },
	{ ":10", 0, "10", "10" },
	{ "0:10", 0, "10", "10" },
	{ "0:", 0, "0:", "0:" },
	{ "0", 0, "0", "0" },
	{ "-0", 0, "0", "0" },
	{ "0:0", 0, "0", "0" },
	{ "-5:5", 0, "-5:5", "-5:5" },
	{ "-10:0", 0, "-10:0", "-10:0" },
	{ "-10:-5", 0, "-10:-5", "-10:-5" },
	{ "+5", 0, "5", "5" },
	{ "007", 0, "7", "7" },
	{ "1e3", 0, "1000", "1000" },
	{ ".5", 0, "0.5", "0.5" },
	{ "1.50:2.50", 0, "1.5:2.5", "1.5:2.5" },
	{ "10k", UNITS_SIZE, "10240", "10240" },
	{ "1G:", UNITS_SIZE, "1073741824:", "1073741824:" },
	{ "1G:2GiB", UNITS_SIZE, "1073741824:2147483648",
	    "1073741824:2147483648" },
	{ "26h", UNITS_TIME, "93600", "93600" },
	{ "1h30m:2h", UNITS_TIME, "5400:7200", "5400:7200" },
	{ "85%", UNITS_PERCENT, "85", "85" },
	{ "@5%:10%", UNITS_PERCENT, "@5:10", "@5:10" },
};

static bool
same(const struct range *a, const struct range *b)
{
	return a->min == b->min && a->max == b->max && a->set == b->set &&
	    a->inside == b->inside;
}

static void
test_printed(void)
{
	char text[128];
	struct buf b = buf_on(text, sizeof text);
	struct range range, again;
	struct error err;

	for (size_t i = 0; i < COUNT(printed); i++) {
		const char *what = printed[i].text;

		if (!tap_ok(range_parse(&range, what, printed[i].units,
		    &err) == 0, what))
			continue;
		tap_ok(range.percent == (strchr(what, '%') != NULL), what);
		buf_cut(&b, 0);
		range_put(&b, &range);
		tap_str(text, printed[i].put, what);
		tap_str(range_text(&range).s, text, "the same by value");
		tap_ok(range_parse(&again, text, 0, &err) == 0 &&
		    same(&range, &again), "and read back the same");
		buf_cut(&b, 0);
		range_put_perfdata(&b, &range);
		tap_str(text, printed[i].perfdata, "as perfdata");
	}
}

static void
test_unset(void)
{
	struct range none = { 0 }, top = RANGE_MAX(5);
	char text[16];
	struct buf b = buf_on(text, sizeof text);

	tap_ok(!range_alerts(&none, 5) && !range_alerts(&none, -5),
	    "a range that is not set never alerts");
	none.inside = true;
	tap_ok(!range_alerts(&none, 0), "nor from the inside");
	range_put(&b, &none);
	range_put_perfdata(&b, &none);
	tap_str(text, "", "and prints nothing");
	tap_str(range_text(&top).s, "5", "RANGE_MAX(5)");
	tap_ok(range_alerts(&top, -1) && !range_alerts(&top, 0), "from 0");
}

static void
test_extremes(void)
{
	struct range range, again;
	struct error err;

	tap_int(range_parse(&range, "-1e50:1e50", 0, &err), 0, "huge");
	tap_int(range_parse(&again, range_text(&range).s, 0, &err), 0,
	    "is no less so when printed");
	tap_num(again.max, 1e50, "to the last digit");
}

int
main(void)
{
	struct range range;
	struct error err;

	test_table();
	for (size_t i = 0; i < COUNT(refused); i++)
		tap_int(range_parse(&range, refused[i].text, refused[i].units,
		    &err), -1, refused[i].text);
	test_printed();
	test_unset();
	test_extremes();
	return tap_done();
}
