/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/directive.h"
#include "common/nearest.h"

const struct directive *
directive_find(const char *name)
{
	for (const struct directive *d = directives;
	    d->kind != DIRECTIVE_END_OF_TABLE; d++) {
		if (strcmp(d->name, name) == 0)
			return d;
	}
	return NULL;
}

const char *
directive_guess(const char *name)
{
	struct nearest near = nearest_to(name, strlen(name));

	for (const struct directive *d = directives;
	    d->kind != DIRECTIVE_END_OF_TABLE; d++)
		nearest_try(&near, d->name);
	return near.word;
}

int
directive_parse_flag(const char *value, bool *out, struct error *err)
{
	static const struct {
		const char *word;
		bool means;
	} words[] = {
		{ "0", false }, { "no", false }, { "false", false },
		{ "off", false }, { "1", true }, { "yes", true },
		{ "true", true }, { "on", true },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(value, words[i].word) == 0) {
			*out = words[i].means;
			return 0;
		}
	}
	return error_set(err, "'%.64s' is neither yes nor no", value);
}

int
directive_parse_number(const char *value, int64_t least, int64_t most,
    int64_t *out, struct error *err)
{
	bool digit = *value >= '0' && *value <= '9';
	char *end;
	int64_t n;

	errno = 0;
	n = strtoll(value, &end, 10);
	if (!digit || *end != '\0' || (errno != 0 && errno != ERANGE))
		return error_set(err, "'%.64s' is not a whole number", value);
	if (errno == ERANGE || n < least || n > most)
		return error_set(err, "%.64s is not between %" PRId64 " and %"
		    PRId64, value, least, most);
	*out = n;
	return 0;
}

/* NRPE knows numbers alone, of which 1 means yes; a word is no to it. */
static int
set_flag(const struct directive *d, const char *value, bool *field,
    struct error *err)
{
	bool normally = *(const bool *)((const char *)&directive_defaults +
	    d->offset);
	char *end;
	long n = strtol(value, &end, 10);

	if (*value != '\0' && *end == '\0' && d->amount) {
		*field = n > 0;
		return 0;
	}
	if (directive_parse_flag(value, field, err) == 0) {
		if (d->ours || !*field || strcmp(value, "1") == 0)
			return 0;
		(void)error_set(err, "'%s' means yes, while NRPE takes it for "
		    "no; write 1", value);
		return 1;
	}
	/* What is on is not turned off by a slip. */
	if (*end != '\0' || d->ours || normally)
		return -1;
	*field = false;
	(void)error_set(err, "'%.64s' counts as 0, as in NRPE", value);
	return 1;
}

static int
set_number(const struct directive *d, const char *value, int64_t *field,
    struct error *err)
{
	int64_t n;

	if (directive_parse_number(value, d->least, d->most, &n, err) < 0)
		return -1;
	*field = d->cap > 0 && n > d->cap ? d->cap : n;
	if (*field == n)
		return 0;
	(void)error_set(err, "%" PRId64 " is more than %" PRId64 ", which "
	    "counts instead", n, d->cap);
	return 1;
}

static bool
is_one_of(const char *words, const char *value)
{
	size_t len = strlen(value);

	for (size_t n; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (n == len && memcmp(words, value, n) == 0)
			return true;
	}
	return false;
}

static int
set_text(const struct directive *d, const char *value, struct settings *into,
    struct error *err)
{
	char **field = (char **)(void *)((char *)into + d->offset), *text;
	const char *given = value;

	if (d->words != NULL && !is_one_of(d->words, value)) {
		if (d->instead == NULL)
			return error_set(err, "'%.64s' is not one of: %s",
			    value, d->words);
		value = d->instead;
	}
	if (d->parse != NULL && d->parse(value, into, err) < 0)
		return -1;
	text = strdup(value);
	if (text == NULL)
		return error_set(err, "out of memory");
	free(*field);
	*field = text;
	if (value == given)
		return 0;
	(void)error_set(err, "'%.64s' is not one of: %s; %s counts instead",
	    given, d->words, value);
	return 1;
}

static int
set(const struct directive *d, const char *value, struct settings *into,
    struct error *err)
{
	void *field = (char *)into + d->offset;

	if (*value == '\0' && !d->may_be_empty)
		return error_set(err, "no value");
	switch (d->kind) {
	case DIRECTIVE_FLAG:
		return set_flag(d, value, field, err);
	case DIRECTIVE_NUMBER:
		return set_number(d, value, field, err);
	case DIRECTIVE_TEXT:
		return set_text(d, value, into, err);
	case DIRECTIVE_CUSTOM:
		return d->parse(value, into, err);
	default:
		return 0;
	}
}

int
directive_set(const struct directive *d, const char *value,
    struct settings *into, struct error *err)
{
	struct error why;
	int rc = set(d, value, into, &why);

	if (rc != 0)
		(void)error_set(err, "%s: %s", d->name, why.text);
	return rc;
}

static bool
put_custom(struct buf *out, const struct directive *d,
    const struct settings *from)
{
	if (d->offset == offsetof(struct settings, tls_client_certs)) {
		buf_fmt(out, "%d", (int)from->tls_client_certs);
		return true;
	}
	if (d->offset == offsetof(struct settings, family)) {
		buf_str(out, from->family == FAMILY_IPV4 ? "4" :
		    from->family == FAMILY_IPV6 ? "6" : "any");
		return true;
	}
	for (size_t i = 0; i < from->address_count; i++)
		buf_fmt(out, "%s%s", i > 0 ? "," : "", from->addresses[i]);
	return from->address_count > 0;
}

bool
directive_put(struct buf *out, const struct directive *d,
    const struct settings *from)
{
	const void *field = (const char *)from + d->offset;

	switch (d->kind) {
	case DIRECTIVE_FLAG:
		if (d->ours)
			buf_str(out, *(const bool *)field ? "yes" : "no");
		else
			buf_char(out, *(const bool *)field ? '1' : '0');
		return true;
	case DIRECTIVE_NUMBER:
		if (*(const int64_t *)field < 0)
			return false;
		buf_fmt(out, "%" PRId64, *(const int64_t *)field);
		return true;
	case DIRECTIVE_TEXT:
		if (*(char *const *)field == NULL)
			return false;
		buf_str(out, *(char *const *)field);
		return true;
	case DIRECTIVE_CUSTOM:
		return put_custom(out, d, from);
	default:
		return false;
	}
}

void
directive_free_all(struct settings *s)
{
	for (const struct directive *d = directives;
	    d->kind != DIRECTIVE_END_OF_TABLE; d++) {
		char **field = (char **)(void *)((char *)s + d->offset);

		if (d->kind != DIRECTIVE_TEXT)
			continue;
		free(*field);
		*field = NULL;
	}
	for (size_t i = 0; i < s->address_count; i++)
		free(s->addresses[i]);
	s->address_count = 0;
}
