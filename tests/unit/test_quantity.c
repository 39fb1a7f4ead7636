/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <float.h>
#include <stdint.h>

#include "common/quantity.h"
#include "tests/tap.h"

#define SIZE UNITS_SIZE
#define TIME UNITS_TIME
#define PERCENT UNITS_PERCENT
#define EIB 1152921504606846976.0

/* What is read, and what is left behind it; rest NULL: nothing is. */
static const struct {
	const char *text;
	unsigned units;
	double value;
	const char *rest;
} parsed[] = {
	{ "0", 0, 0, "" },
	{ "10", 0, 10, "" },
	{ "-10", 0, -10, "" },
	{ "+10", 0, 10, "" },
	{ "010", 0, 10, "" },
	{ ".5", 0, 0.5, "" },
	{ "5.", 0, 5, "" },
	{ "-.5", 0, -0.5, "" },
	{ "1e3", 0, 1000, "" },
	{ "1E+3", 0, 1000, "" },
	{ "1.5e-3", 0, 0.0015, "" },
	{ "1e-400", 0, 0, "" },
	{ "0x10", 0, 0, "x10" },
	{ "10,5", 0, 10, ",5" },
	{ "1e", 0, 1, "e" },
	{ "1e+", 0, 1, "e+" },
	{ "1 ", 0, 1, " " },
	{ "1.2.3", 0, 1.2, ".3" },
	{ "1_000", 0, 1, "_000" },
	{ "", 0, 0, NULL },
	{ " 1", 0, 0, NULL },
	{ ".", 0, 0, NULL },
	{ "-", 0, 0, NULL },
	{ "-.", 0, 0, NULL },
	{ ".e5", 0, 0, NULL },
	{ "--1", 0, 0, NULL },
	{ "nan", 0, 0, NULL },
	{ "inf", 0, 0, NULL },
	{ "infinity", 0, 0, NULL },
	{ "-inf", 0, 0, NULL },
	{ "1e400", 0, 0, NULL },
	{ "-1e400", 0, 0, NULL },
	/* 63 digits are a number, 64 are a joke. */
	{ "000000000000000000000000000000000000000000000000000000000000001",
	    0, 1, "" },
	{ "0000000000000000000000000000000000000000000000000000000000000001",
	    0, 0, NULL },

	/* A suffix counts only where it is declared. */
	{ "10k", 0, 10, "k" },
	{ "10%", 0, 10, "%" },
	{ "10s", 0, 10, "s" },
	{ "10s", SIZE, 10, "s" },
	{ "10k", TIME, 10, "k" },
	{ "10%", SIZE | TIME, 10, "%" },
	{ "10k", PERCENT, 10, "k" },

	{ "10", SIZE, 10, "" },
	{ "10b", SIZE, 10, "" },
	{ "10B", SIZE, 10, "" },
	{ "10k", SIZE, 10240, "" },
	{ "10K", SIZE, 10240, "" },
	{ "10kB", SIZE, 10240, "" },
	{ "10KiB", SIZE, 10240, "" },
	{ "10KIB", SIZE, 10240, "" },
	{ "10kib", SIZE, 10240, "" },
	{ "1.5M", SIZE, 1572864, "" },
	{ "-2G", SIZE, -2 * GIB, "" },
	{ "1T", SIZE, 1024 * GIB, "" },
	{ "1P", SIZE, 1048576 * GIB, "" },
	/* E is a power of ten before digits only. */
	{ "1E", SIZE, EIB, "" },
	{ "1EB", SIZE, EIB, "" },
	{ "1EiB", SIZE, EIB, "" },
	{ "1e3", SIZE, 1000, "" },
	{ "1e3k", SIZE, 1024000, "" },
	{ "10kk", SIZE, 10240, "k" },
	{ "10ki", SIZE, 10240, "i" },
	{ "10 k", SIZE, 10, " k" },
	{ "1e308P", SIZE, 0, NULL },

	{ "30", TIME, 30, "" },
	{ "30s", TIME, 30, "" },
	{ "5ms", TIME, 0.005, "" },
	{ "5m", TIME, 300, "" },
	{ "5min", TIME, 300, "" },
	{ "26h", TIME, 93600, "" },
	{ "1.5h", TIME, 5400, "" },
	{ "2d", TIME, 172800, "" },
	{ "1w", TIME, 604800, "" },
	{ "1h30m", TIME, 5400, "" },
	{ "1w2d3h4m5s6ms", TIME, 788645.006, "" },
	{ "-1h30m", TIME, -5400, "" },
	{ "1h-30m", TIME, 3600, "-30m" },
	{ "5M", TIME, 5, "M" },
	{ "1h 30m", TIME, 3600, " 30m" },
	{ "1h30", TIME, 0, NULL },
	{ "1h30x", TIME, 0, NULL },
	{ "1h1e400s", TIME, 0, NULL },
	{ "1e308w", TIME, 0, NULL },

	{ "85%", PERCENT, 85, "" },
	{ "85", PERCENT, 85, "" },
	{ "85%%", PERCENT, 85, "%" },
	{ "85 %", PERCENT, 85, " %" },
	{ "%", PERCENT, 0, NULL },
	{ "85%", PERCENT | SIZE, 85, "" },
	{ "85G", PERCENT | SIZE, 85 * GIB, "" },
};

static void
test_parse(void)
{
	for (size_t i = 0; i < COUNT(parsed); i++) {
		const char *text = parsed[i].text, *rest = parsed[i].rest;
		const char *end = "(nothing)";
		struct quantity q;
		bool percent = (parsed[i].units & PERCENT) &&
		    strchr(text, '%') == text + strspn(text, "0123456789");

		if (!quantity_parse(text, parsed[i].units, &q, &end)) {
			tap_ok(rest == NULL, text);
			continue;
		}
		tap_str(end, rest != NULL ? rest : "(refused)", text);
		tap_num(q.value, parsed[i].value, text);
		tap_ok(q.percent == percent, text);
	}
}

static const struct {
	double value;
	const char *text;
} put[] = {
	{ 0, "0" },
	{ -0.0, "0" },
	{ 1, "1" },
	{ -1.5, "-1.5" },
	{ 100, "100" },
	{ 0.1, "0.1" },
	{ 0.000001, "0.000001" },
	{ 0.0000004, "0" },
	{ -0.0000004, "0" },
	{ 2.50, "2.5" },
	{ 1.0 / 3, "0.333333" },
	{ 999999.9999999, "1000000" },
	{ 123456789.123456, "123456789.123456" },
	{ 999999999.9999999, "1000000000" },
	/* 15 digits in all. */
	{ 1234567890.12345, "1234567890.12345" },
	{ 12345678901234.5, "12345678901234.5" },
	{ 100000000000000.2, "100000000000000" },
	/* Whole numbers keep all that a double knows of them. */
	{ 9007199254740992, "9007199254740992" },
	{ 18446744073709551615.0, "18446744073709551616" },
	{ 1e19, "10000000000000000000" },
	{ -1e19, "-10000000000000000000" },
};

static void
test_put(void)
{
	char text[400];
	struct buf b = buf_on(text, sizeof text);

	for (size_t i = 0; i < COUNT(put); i++) {
		buf_cut(&b, 0);
		quantity_put(&b, put[i].value);
		tap_str(text, put[i].text, put[i].text);
		tap_str(number_text(put[i].value).s, put[i].text, "by value");
	}
	buf_cut(&b, 0);
	quantity_put(&b, DBL_MAX);
	tap_int((long long)b.len, 309, "the largest number has 309 digits");
	tap_ok(strspn(text, "0123456789") == b.len, "and no exponent");
	tap_str(number_text(DBL_MAX).s, text, "by value, none of them lost");
}

/* What is printed is read back, to the digits that are promised. */
static void
test_round_trip(void)
{
	unsigned long long seed = 1;
	int bad = 0;

	for (int i = 0; i < 100000; i++) {
		struct quantity q = { 0 };
		const char *end = "";
		double value, error;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		value = (double)(seed >> 20) / 16777216;
		for (int n = (int)(seed >> 33) % 20; n > 0; n--)
			value = i % 2 ? value * 10 : value / 10;
		value = seed & 1024 ? -value : value;

		struct quantity_text t = number_text(value);

		if (!quantity_parse(t.s, 0, &q, &end) || *end != '\0' ||
		    strchr(t.s, 'e') != NULL)
			bad++;
		error = fabs(q.value - value);
		bad += error > 0.51e-6 && error > fabs(value) * 1e-14;
	}
	tap_int(bad, 0, "100,000 numbers printed and read back");
}

static const struct {
	double value;
	const char *text;
} sizes[] = {
	{ 0, "0 B" },
	{ 1023, "1023 B" },
	{ 1024, "1.0 KiB" },
	{ 1536, "1.5 KiB" },
	{ -1536, "-1.5 KiB" },
	{ 1048524, "1023.9 KiB" },
	{ 1048575, "1.0 MiB" },
	{ 3.4 * GIB, "3.4 GiB" },
	{ 1024 * GIB, "1.0 TiB" },
	{ 1048576 * GIB, "1.0 PiB" },
	{ EIB, "1.0 EiB" },
	{ 16 * EIB, "16.0 EiB" },
	{ 5000 * EIB, "5000.0 EiB" },
}, durations[] = {
	{ 0, "0 s" },
	{ 0.004, "4 ms" },
	{ 0.25, "250 ms" },
	{ 0.9996, "1.0 s" },
	{ 1, "1 s" },
	{ 1.5, "1.5 s" },
	{ 9.96, "10 s" },
	{ 10.4, "10 s" },
	{ 59.4, "59 s" },
	{ 59.6, "1 min" },
	{ 60, "1 min" },
	{ 90, "1 min 30 s" },
	{ 3599.6, "1 h" },
	{ 3600, "1 h" },
	{ 7500, "2 h 5 min" },
	{ 86399, "1 d" },
	{ 90000, "1 d 1 h" },
	{ -90, "-1 min 30 s" },
	{ 1e15, "11574074074 d 2 h" },
	{ 1e16, "ages" },
	{ -1e16, "-ages" },
};

int
main(void)
{
	test_parse();
	test_put();
	test_round_trip();
	for (size_t i = 0; i < COUNT(sizes); i++)
		tap_str(size_text(sizes[i].value).s, sizes[i].text, "size");
	for (size_t i = 0; i < COUNT(durations); i++)
		tap_str(duration_text(durations[i].value).s,
		    durations[i].text, "duration");
	tap_has(size_text(DBL_MAX).s, " EiB", "the largest size has its unit");
	return tap_done();
}
