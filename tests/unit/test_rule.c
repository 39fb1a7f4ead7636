/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <time.h>

#include "agent/rule.h"
#include "tests/tap.h"

static const struct {
	const char *rule, *value;
	const char *why; /* NULL: it passes */
} values[] = {
	{ "integer", "0", NULL },
	{ "integer", "-17", NULL },
	{ "integer", "007", NULL },
	{ "integer", "9223372036854775807", NULL },
	{ "integer", "-9223372036854775808", NULL },
	{ "integer", "9223372036854775808", "'9223372036854775808' is not a "
	    "whole number" },
	{ "integer", "", "'' is not a whole number" },
	{ "integer", "-", "'-' is not a whole number" },
	{ "integer", "+5", "'+5' is not a whole number" },
	{ "integer", " 5", "' 5' is not a whole number" },
	{ "integer", "5 ", "'5 ' is not a whole number" },
	{ "integer", "5\n", "'5\\n' is not a whole number" },
	{ "integer", "5.0", "'5.0' is not a whole number" },
	{ "integer", "0x5", "'0x5' is not a whole number" },
	{ "integer", "--5", "'--5' is not a whole number" },
	{ "integer", "5;id", "'5;id' is not a whole number" },
	{ "integer 1..10", "1", NULL },
	{ "integer 1..10", "10", NULL },
	{ "integer 1..10", "0", "0 is not within 1..10" },
	{ "integer 1..10", "11", "11 is not within 1..10" },
	{ "integer\t -5..-3", "-4", NULL },
	{ "integer -5..-3", "-6", "-6 is not within -5..-3" },
	{ "integer 3..3", "3", NULL },
	{ "integer 3..", "9223372036854775807", NULL },
	{ "integer 3..", "2", "2 is not within 3.." },
	{ "integer ..3", "-9223372036854775808", NULL },
	{ "integer ..3", "4", "4 is not within ..3" },

	{ "number", "1.5", NULL },
	{ "number", "-1e3", NULL },
	{ "number", "nan", "'nan' is not a number" },
	{ "number", "inf", "'inf' is not a number" },
	{ "number", "5k", "'5k' is not a number" },
	{ "number", "5%", "'5%' is not a number" },
	{ "number", "", "'' is not a number" },
	{ "number 0.5..1.5", "0.5", NULL },
	{ "number 0.5..1.5", "1.5", NULL },
	{ "number 0.5..1.5", "0.49", "0.49 is not within 0.5..1.5" },
	{ "number 0.5..1.5", "1.51", "1.51 is not within 0.5..1.5" },
	{ "number 0..", "1e300", NULL },
	{ "number ..0", "-1e300", NULL },
	{ "number ..0", "1e-9", "1e-9 is not within ..0" },
	{ "number 0..", "-1", "-1 is not within 0.." },

	{ "range", "10", NULL },
	{ "range", "-5:5", NULL },
	{ "range", "@10%:20%", NULL },
	{ "range", "~:3", NULL },
	{ "range", "5:1", "'5:1' is not a range (10, 10:, ~:10, 10:20, "
	    "@10:20)" },
	{ "range", "", "'' is not a range (10, 10:, ~:10, 10:20, @10:20)" },
	{ "range", "-w", "'-w' is not a range (10, 10:, ~:10, 10:20, "
	    "@10:20)" },

	{ "one_of red green", "red", NULL },
	{ "one_of red  \t green", "green", NULL },
	{ "one_of red green", "gree", "'gree' is not one of: red green" },
	{ "one_of red green", "greens", "'greens' is not one of: red green" },
	{ "one_of red green", "", "'' is not one of: red green" },
	{ "one_of red green", "red green", "'red green' is not one of: red "
	    "green" },
	{ "one_of red", "RED", "'RED' is not one of: red" },

	{ "match [a-z]+", "abc", NULL },
	{ "match [a-z]+", "abc1", "'abc1' does not match [a-z]+" },
	{ "match [a-z]+", "1abc", "'1abc' does not match [a-z]+" },
	{ "match [a-z]+", "abc\n", "'abc\\n' does not match [a-z]+" },
	{ "match ^[a-z]+$", "abc\n", "'abc\\n' does not match ^[a-z]+$" },
	{ "match a|ab", "ab", NULL },
	{ "match a|b", "ab", "'ab' does not match a|b" },
	{ "match (?m)^a$", "a\nb", "'a\\nb' does not match (?m)^a$" },
	{ "match \\d{1,3} x", "12 x", NULL },
	{ "match |a", "", NULL },
	{ "match a.c", "a\xff" "c", NULL },
	{ "match (a+)+b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac",
	    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac' does not match "
	    "(a+)+b" },
	{ "match (a+)+[b-c]", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad",
	    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad' takes too long "
	    "to match with (a+)+[b-c]" },

	{ "length 2..3", "ab", NULL },
	{ "length 2..3", "abc", NULL },
	{ "length 2..3", "a", "it has 1 bytes, not 2..3" },
	{ "length 2..3", "abcd", "it has 4 bytes, not 2..3" },
	{ "length 2..", "abcdefgh", NULL },
	{ "length ..2", "", NULL },
	{ "length ..2", "\xc3\xa4", NULL },
	{ "length ..2", "abc", "it has 3 bytes, not ..2" },
};

static void
test_values(void)
{
	for (size_t i = 0; i < COUNT(values); i++) {
		struct rules rules = { .count = 0 };
		struct error err = { .text = "" };
		char what[200];
		int rc;

		(void)snprintf(what, sizeof what, "%s: %s", values[i].rule,
		    values[i].value);
		for (char *p = what; *p != '\0'; p++)
			*p = *p == '\n' ? '~' : *p;
		tap_int(rules_add(&rules, values[i].rule, &err), 0, what);
		tap_str(rules_text(&rules, 0), values[i].rule, "is kept");
		rc = rules_check(&rules, values[i].value, &err);
		tap_int(rc, values[i].why == NULL ? 0 : -1, "its verdict");
		tap_str(err.text, values[i].why == NULL ? "" : values[i].why,
		    "and why");
		rules_free(&rules);
	}
}

static const struct {
	const char *rule, *why;
} wrong[] = {
	{ "", "'' is no rule (integer, number, range, one_of, match, "
	    "length)" },
	{ "regex a", "'regex' is no rule (integer, number, range, one_of, "
	    "match, length)" },
	{ "int", "'int' is no rule (integer, number, range, one_of, match, "
	    "length)" },
	{ "integers 1..2", "'integers' is no rule (integer, number, range, "
	    "one_of, match, length)" },
	{ "integer 5", "integer: '5' is not MIN..MAX" },
	{ "integer ..", "integer: '..' is not MIN..MAX" },
	{ "integer 2..1", "integer: '2..1' is not MIN..MAX" },
	{ "integer 1..x", "integer: '1..x' is not MIN..MAX" },
	{ "integer x..1", "integer: 'x..1' is not MIN..MAX" },
	{ "integer 1...2", "integer: '1...2' is not MIN..MAX" },
	{ "integer 1..2 3", "integer: '1..2 3' is not MIN..MAX" },
	{ "integer 1..99999999999999999999", "integer: "
	    "'1..99999999999999999999' is not MIN..MAX" },
	{ "number 1", "number: '1' is not MIN..MAX" },
	{ "number 1..x", "number: '1..x' is not MIN..MAX" },
	{ "number 2..1", "number: '2..1' is not MIN..MAX" },
	{ "range 1..2", "range: '1..2' is one word too many" },
	{ "one_of", "one_of: no word is given" },
	{ "match", "match: no regular expression is given" },
	{ "match (", "match: '(': missing closing parenthesis at character "
	    "2" },
	{ "match a\\Cb", "match: 'a\\Cb': using \\C is disabled by the "
	    "application at character 4" },
	{ "length", "length: MIN..MAX is missing" },
	{ "length ..-1", "length: '..-1' leaves no length" },
	{ "length 5", "length: '5' is not MIN..MAX" },
};

static void
test_wrong(void)
{
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct rules rules = { .count = 0 };
		struct error err = { .text = "" };

		tap_int(rules_add(&rules, wrong[i].rule, &err), -1,
		    wrong[i].rule);
		tap_str(err.text, wrong[i].why, "why");
		tap_int((long long)rules.count, 0, "none was added");
		rules_free(&rules);
	}
}

static void
test_several(void)
{
	struct rules rules = { .count = 0 };
	struct error err;

	tap_int(rules_check(&rules, "anything", &err), 0, "no rule");
	tap_ok(!rules_decide(&rules), "says nothing");
	(void)rules_add(&rules, "length ..3", &err);
	tap_ok(!rules_decide(&rules), "nor does a length");
	(void)rules_add(&rules, "match [a-z]*", &err);
	tap_ok(rules_decide(&rules), "but an expression");
	tap_int(rules_check(&rules, "abc", &err), 0, "both hold");
	tap_int(rules_check(&rules, "abcd", &err), -1, "the first is broken");
	tap_str(err.text, "it has 4 bytes, not ..3", "and named");
	tap_int(rules_check(&rules, "ab1", &err), -1, "the second is broken");
	while (rules.count < RULES_MAX)
		(void)rules_add(&rules, "length ..3", &err);
	tap_int(rules_add(&rules, "length ..3", &err), -1, "one too many");
	tap_str(err.text, "more than 8 rules for one argument", "why");
	rules_free(&rules);
	tap_int((long long)rules.count, 0, "all are gone");
}

/* Expressions that are known to explode, on 64 KiB. */
static void
test_time(void)
{
	static const char *const expressions[] = {
		"match (a*)*b", "match (a|aa)+b", "match (.*a){12}b",
		"match ((a+)+)+[b-c]", "match (?:a?){30}a{30}",
		"match (a)(?1)*(?1)*(?1)*[xy]",
	};
	static char value[64 * 1024];
	clock_t start = clock();

	memset(value, 'a', sizeof value - 1);
	for (size_t i = 0; i < COUNT(expressions); i++) {
		struct rules rules = { .count = 0 };
		struct error err;

		tap_int(rules_add(&rules, expressions[i], &err), 0,
		    expressions[i]);
		tap_int(rules_check(&rules, value, &err), -1, "is broken");
		rules_free(&rules);
	}
	tap_ok((clock() - start) / CLOCKS_PER_SEC < 10, "within seconds");
}

/* A client gets back little of what it sent, and no perfdata. */
static void
test_shown(void)
{
	static char value[64 * 1024];
	struct rules rules = { .count = 0 };
	struct error err;

	memset(value, 'x', sizeof value - 1);
	(void)rules_add(&rules, "integer", &err);
	tap_int(rules_check(&rules, value, &err), -1, "64 KiB");
	tap_ok(strlen(err.text) < 160, "is cut");
	tap_has(err.text, "x' is not a whole number", "but the reason is not");
	(void)rules_check(&rules, "1|a=1\033[31m", &err);
	tap_ok(strpbrk(err.text, "|\033") == NULL, "neither pipe nor escape");
	rules_free(&rules);
}

int
main(void)
{
	test_values();
	test_wrong();
	test_several();
	test_time();
	test_shown();
	return tap_done();
}
