/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/nearest.h"
#include "common/opt.h"
#include "common/quantity.h"

struct parser {
	const struct opt_set *sets;
	size_t count;
	struct error *err;
};

bool
opt_takes_value(const struct opt *opt)
{
	return opt->kind != OPT_FLAG && !opt->bare;
}

static void *
field_of(const struct opt *opt, const struct opt_set *set)
{
	return (char *)set->into + opt->offset;
}

static int
parse_count(const char *value, uint64_t *field)
{
	char *end;

	errno = 0;
	*field = strtoull(value, &end, 10);
	return *value >= '0' && *value <= '9' && *end == '\0' && errno == 0 ?
	    0 : -1;
}

static int
set_number(const struct opt *opt, const char *value, double *field,
    struct error *err)
{
	struct quantity q;
	const char *end;

	if (!quantity_parse(value, opt->units, &q, &end) || *end != '\0')
		return error_set(err, "'%s' is not a %s", value,
		    (opt->units & UNITS_TIME) ? "duration (30, 30s, 5m, 1h)" :
		    (opt->units & UNITS_SIZE) ? "size (1000, 10k, 2G)" :
		    "number");
	if (opt->least < opt->most &&
	    (q.value < opt->least || q.value > opt->most))
		return error_set(err, "%s is not between %s and %s", value,
		    number_text(opt->least).s, number_text(opt->most).s);
	*field = q.value;
	return 0;
}

static int
add_step(const struct opt *opt, const char *value, struct opt_steps *steps,
    struct error *err)
{
	if (steps->count == OPT_STEPS_MAX)
		return error_set(err, "more than %d such options",
		    OPT_STEPS_MAX);
	steps->steps[steps->count++] = (struct opt_step){
		.letter = opt->letter,
		.value = value,
	};
	return 0;
}

static int
set_value(const struct opt *opt, const struct opt_set *set, const char *value,
    struct error *err)
{
	void *field = field_of(opt, set);

	switch (opt->kind) {
	case OPT_FLAG:
		*(bool *)field = true;
		return 0;
	case OPT_COUNT:
		if (opt->bare)
			(*(uint64_t *)field)++;
		else if (parse_count(value, field) < 0)
			return error_set(err, "'%s' is not a whole number",
			    value);
		return 0;
	case OPT_NUMBER:
		return set_number(opt, value, field, err);
	case OPT_TEXT:
		*(const char **)field = value;
		return 0;
	case OPT_RANGE:
		return range_parse(field, value, opt->units, err);
	case OPT_STEPS:
		return add_step(opt, value, field, err);
	case OPT_CUSTOM:
		return opt->parse(value, field, err);
	case OPT_END_OF_TABLE:
		break;
	}
	return 0;
}

/* As set_value(), with the option's name in front of what is wrong. */
static int
apply(const struct parser *p, const struct opt *opt, const struct opt_set *set,
    const char *value)
{
	struct error why;

	if (set_value(opt, set, value, &why) == 0)
		return 0;
	return error_set(p->err, "--%s: %s", opt->name, why.text);
}

static bool
is_name(const char *name, const char *text, size_t len)
{
	return name != NULL && strlen(name) == len &&
	    strncmp(name, text, len) == 0;
}

/* The row that letter (if not 0) or the len bytes of text name, or NULL. */
static const struct opt *
find(const struct parser *p, int letter, const char *text, size_t len,
    const struct opt_set **set)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct opt *opt = p->sets[i].opts;

		for (; opt->kind != OPT_END_OF_TABLE; opt++) {
			*set = &p->sets[i];
			if (letter != 0 ? opt->letter == letter :
			    is_name(opt->name, text, len) ||
			    is_name(opt->alias, text, len) ||
			    is_name(opt->alias2, text, len))
				return opt;
		}
	}
	return NULL;
}

static int
unknown(const struct parser *p, const char *arg, const char *text, size_t len)
{
	struct nearest near = nearest_to(text, len);

	for (size_t i = 0; i < p->count; i++) {
		const struct opt *opt = p->sets[i].opts;

		for (; opt->kind != OPT_END_OF_TABLE; opt++)
			nearest_try(&near, opt->name);
	}
	if (near.word == NULL)
		return error_set(p->err, "unknown option '%s'", arg);
	return error_set(p->err, "unknown option '%s', did you mean --%s?",
	    arg, near.word);
}

/* --name, --name=value or --name value; takes the latter from *next. */
static int
parse_long(const struct parser *p, const char *arg, char *const **next)
{
	const char *text = arg + 2;
	const char *value = strchr(text, '=');
	size_t len = value == NULL ? strlen(text) : (size_t)(value - text);
	const struct opt_set *set;
	const struct opt *opt = find(p, 0, text, len, &set);

	if (opt == NULL)
		return unknown(p, arg, text, len);
	if (!opt_takes_value(opt)) {
		if (value != NULL)
			return error_set(p->err, "--%s takes no value",
			    opt->name);
		return apply(p, opt, set, NULL);
	}
	if (value != NULL)
		return apply(p, opt, set, value + 1);
	if (**next == NULL)
		return error_set(p->err, "--%s needs a value", opt->name);
	return apply(p, opt, set, *(*next)++);
}

/* -w5, -w 5, -vvr: letters in one word, the last of which may take a value. */
static int
parse_short(const struct parser *p, const char *arg, char *const **next)
{
	for (const char *letter = arg + 1; *letter != '\0'; letter++) {
		const struct opt_set *set;
		const struct opt *opt =
		    find(p, (unsigned char)*letter, NULL, 0, &set);

		if (opt == NULL && letter == arg + 1 && arg[2] != '\0')
			return unknown(p, arg, arg + 1, strlen(arg + 1));
		if (opt == NULL)
			return error_set(p->err, "unknown option '-%c'%s%s",
			    *letter, arg[2] != '\0' ? " in " : "",
			    arg[2] != '\0' ? arg : "");
		if (!opt_takes_value(opt)) {
			if (apply(p, opt, set, NULL) < 0)
				return -1;
			continue;
		}
		if (letter[1] != '\0')
			return apply(p, opt, set, letter + 1);
		if (**next == NULL)
			return error_set(p->err, "-%c (--%s) needs a value",
			    *letter, opt->name);
		return apply(p, opt, set, *(*next)++);
	}
	return 0;
}

int
opt_parse(const struct opt_set *sets, size_t count, int argc,
    char *const argv[], struct error *err)
{
	struct parser p = { .sets = sets, .count = count, .err = err };
	char *const *next = argv + (argc > 0);

	while (*next != NULL) {
		const char *arg = *next++;
		int rc;

		if (strcmp(arg, "--") == 0 && *next == NULL)
			break;
		if (strncmp(arg, "--", 2) == 0)
			rc = parse_long(&p, arg, &next);
		else if (arg[0] == '-' && arg[1] != '\0')
			rc = parse_short(&p, arg, &next);
		else
			rc = error_set(err, "'%s' belongs to no option", arg);
		if (rc < 0)
			return -1;
	}
	return 0;
}

int
opt_parse_status(const char *value, void *field, struct error *err)
{
	if (!status_parse(value, field))
		return error_set(err, "'%s' is not a state (ok, warning, "
		    "critical, unknown)", value);
	return 0;
}
