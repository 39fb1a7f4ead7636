/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define PCRE2_CODE_UNIT_WIDTH 8

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/rule.h"
#include "common/buf.h"
#include "common/escape.h"
#include "common/quantity.h"
#include "common/range.h"

enum {
	/* Of PCRE2, so that no expression takes more than some milliseconds. */
	MATCH_LIMIT = 100000,
	DEPTH_LIMIT = 1000,
	HEAP_LIMIT = 1024, /* KiB */
};

struct rule_kind {
	const char *name;
	int (*read)(struct rule *rule, const char *text, struct error *err);
	int (*check)(const struct rule *rule, const char *value,
	    struct error *err);
	bool decides; /* what the value is */
};

struct rule {
	const struct rule_kind *kind;
	char *whole;          /* as it was written */
	const char *text;     /* in it, behind the kind's name */
	bool bounded;
	int64_t least, most;  /* of an integer or a length */
	double from, to;      /* of a number */
	pcre2_code *code;
	pcre2_match_context *limits;
};

/* A client's value as it may be shown to it: cut, and no perfdata. */
struct shown {
	char s[128];
};

static struct shown
show(const char *value)
{
	struct shown shown;
	struct buf b = buf_on(shown.s, sizeof shown.s);

	escape_output(&b, value);
	return shown;
}

static int
broken(const char *value, const char *what, struct error *err)
{
	return error_set(err, "'%s' is not %s", show(value).s, what);
}

/* The bounds "MIN..MAX", of which either may be missing; not both. */
static int
cut_bounds(const char *text, char least[64], char most[64], struct error *err)
{
	const char *dots = strstr(text, "..");
	size_t n = dots == NULL ? 0 : (size_t)(dots - text);

	if (dots == NULL || n >= 64 || strlen(dots + 2) >= 64 ||
	    (n == 0 && dots[2] == '\0'))
		return error_set(err, "'%s' is not MIN..MAX", text);
	memcpy(least, text, n);
	least[n] = '\0';
	memcpy(most, dots + 2, strlen(dots + 2) + 1);
	return 0;
}

static bool
read_integer(const char *text, int64_t *out)
{
	const char *digits = text + (*text == '-');
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return *digits >= '0' && *digits <= '9' && *end == '\0' && errno == 0;
}

static int
read_integer_bounds(struct rule *rule, const char *text, struct error *err)
{
	char least[64], most[64];

	rule->least = INT64_MIN;
	rule->most = INT64_MAX;
	if (*text == '\0')
		return 0;
	if (cut_bounds(text, least, most, err) < 0)
		return -1;
	if ((*least != '\0' && !read_integer(least, &rule->least)) ||
	    (*most != '\0' && !read_integer(most, &rule->most)) ||
	    rule->least > rule->most)
		return error_set(err, "'%s' is not MIN..MAX", text);
	return 0;
}

static int
check_integer(const struct rule *rule, const char *value, struct error *err)
{
	int64_t n;

	if (!read_integer(value, &n))
		return broken(value, "a whole number", err);
	if (n < rule->least || n > rule->most)
		return error_set(err, "%" PRId64 " is not within %s", n,
		    rule->text);
	return 0;
}

static bool
read_number(const char *text, double *out)
{
	struct quantity q;
	const char *end;

	if (!quantity_parse(text, UNITS_NONE, &q, &end) || *end != '\0')
		return false;
	*out = q.value;
	return true;
}

static int
read_number_bounds(struct rule *rule, const char *text, struct error *err)
{
	char least[64], most[64];

	if (*text == '\0')
		return 0;
	if (cut_bounds(text, least, most, err) < 0)
		return -1;
	rule->from = -HUGE_VAL;
	rule->to = HUGE_VAL;
	rule->bounded = true;
	if ((*least != '\0' && !read_number(least, &rule->from)) ||
	    (*most != '\0' && !read_number(most, &rule->to)) ||
	    rule->from > rule->to)
		return error_set(err, "'%s' is not MIN..MAX", text);
	return 0;
}

static int
check_number(const struct rule *rule, const char *value, struct error *err)
{
	double n;

	if (!read_number(value, &n))
		return broken(value, "a number", err);
	if (rule->bounded && (n < rule->from || n > rule->to))
		return error_set(err, "%s is not within %s", show(value).s,
		    rule->text);
	return 0;
}

static int
read_nothing(struct rule *rule, const char *text, struct error *err)
{
	(void)rule;
	return *text == '\0' ? 0 :
	    error_set(err, "'%s' is one word too many", text);
}

static int
check_range(const struct rule *rule, const char *value, struct error *err)
{
	struct range range;
	struct error none;

	(void)rule;
	return range_parse(&range, value, UNITS_PERCENT, &none) == 0 ? 0 :
	    broken(value, "a range (10, 10:, ~:10, 10:20, @10:20)", err);
}

static int
read_words(struct rule *rule, const char *text, struct error *err)
{
	(void)rule;
	return *text != '\0' ? 0 : error_set(err, "no word is given");
}

static int
check_words(const struct rule *rule, const char *value, struct error *err)
{
	const char *word = rule->text;
	size_t len = strlen(value);

	while (*word != '\0') {
		size_t n = strcspn(word, " \t");

		if (n == len && memcmp(word, value, n) == 0)
			return 0;
		word += n;
		word += strspn(word, " \t");
	}
	return error_set(err, "'%s' is not one of: %.256s", show(value).s,
	    rule->text);
}

static int
read_expression(struct rule *rule, const char *text, struct error *err)
{
	PCRE2_UCHAR why[128];
	PCRE2_SIZE offset;
	int code;

	if (*text == '\0')
		return error_set(err, "no regular expression is given");
	rule->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
	    PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY |
	    PCRE2_NEVER_BACKSLASH_C, &code, &offset, NULL);
	if (rule->code == NULL) {
		(void)pcre2_get_error_message(code, why, sizeof why);
		return error_set(err, "'%.128s': %s at character %zu", text,
		    (const char *)why, offset + 1);
	}
	rule->limits = pcre2_match_context_create(NULL);
	if (rule->limits == NULL)
		return error_set(err, "out of memory");
	(void)pcre2_set_match_limit(rule->limits, MATCH_LIMIT);
	(void)pcre2_set_depth_limit(rule->limits, DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(rule->limits, HEAP_LIMIT);
	return 0;
}

static int
check_expression(const struct rule *rule, const char *value,
    struct error *err)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	int n;

	if (data == NULL)
		return error_set(err, "out of memory");
	n = pcre2_match(rule->code, (PCRE2_SPTR)value, strlen(value), 0, 0,
	    data, rule->limits);
	pcre2_match_data_free(data);
	if (n >= 0)
		return 0;
	if (n == PCRE2_ERROR_NOMATCH)
		return error_set(err, "'%s' does not match %.256s",
		    show(value).s, rule->text);
	return error_set(err, "'%s' takes too long to match with %.256s",
	    show(value).s, rule->text);
}

static int
read_length(struct rule *rule, const char *text, struct error *err)
{
	if (*text == '\0')
		return error_set(err, "MIN..MAX is missing");
	if (read_integer_bounds(rule, text, err) < 0)
		return -1;
	return rule->most >= 0 ? 0 :
	    error_set(err, "'%s' leaves no length", text);
}

static int
check_length(const struct rule *rule, const char *value, struct error *err)
{
	int64_t n = (int64_t)strlen(value);

	if (n < rule->least || n > rule->most)
		return error_set(err, "it has %" PRId64 " bytes, not %s", n,
		    rule->text);
	return 0;
}

static const struct rule_kind kinds[] = {
	{ "integer", read_integer_bounds, check_integer, true },
	{ "number", read_number_bounds, check_number, true },
	{ "range", read_nothing, check_range, true },
	{ "one_of", read_words, check_words, true },
	{ "match", read_expression, check_expression, true },
	{ "length", read_length, check_length, false },
};

static const struct rule_kind *
find_kind(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strlen(kinds[i].name) == len &&
		    memcmp(kinds[i].name, name, len) == 0)
			return &kinds[i];
	}
	return NULL;
}

static void
rule_free(struct rule *rule)
{
	pcre2_match_context_free(rule->limits);
	pcre2_code_free(rule->code);
	free(rule->whole);
	free(rule);
}

int
rules_add(struct rules *rules, const char *text, struct error *err)
{
	size_t len = strcspn(text, " \t");
	const struct rule_kind *kind = find_kind(text, len);
	struct rule *rule;
	struct error why;

	if (kind == NULL)
		return error_set(err, "'%.*s' is no rule (integer, number, "
		    "range, one_of, match, length)", len < 64 ? (int)len : 64,
		    text);
	if (rules->count == RULES_MAX)
		return error_set(err, "more than %d rules for one argument",
		    RULES_MAX);
	rule = calloc(1, sizeof *rule);
	if (rule == NULL || (rule->whole = strdup(text)) == NULL) {
		free(rule);
		return error_set(err, "out of memory");
	}
	rule->kind = kind;
	rule->text = rule->whole + len + strspn(rule->whole + len, " \t");
	if (kind->read(rule, rule->text, &why) < 0) {
		rule_free(rule);
		return error_set(err, "%s: %s", kind->name, why.text);
	}
	rules->all[rules->count++] = rule;
	return 0;
}

const char *
rules_text(const struct rules *rules, size_t i)
{
	return rules->all[i]->whole;
}

int
rules_check(const struct rules *rules, const char *value, struct error *err)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = rules->all[i];

		if (rule->kind->check(rule, value, err) < 0)
			return -1;
	}
	return 0;
}

bool
rules_decide(const struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		if (rules->all[i]->kind->decides)
			return true;
	}
	return false;
}

void
rules_free(struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		rule_free(rules->all[i]);
	rules->count = 0;
}
