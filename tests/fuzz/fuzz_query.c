/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The first byte is the policy, the text up to a NUL what nasty_metachars says
 * in a file, the rest a query. What is refused is refused in one line of text.
 */
#include "config.h"

#include <string.h>

#include "agent/query.h"
#include "tests/fuzz/fuzz.h"

static void
must_be_a_line(const char *text)
{
	MUST(*text != '\0');
	for (const char *p = text; *p != '\0'; p++)
		MUST((unsigned char)*p >= ' ' && *p != 0x7f);
}

/* The part of a query that may be used: not empty, and of the query. */
static void
must_be_clean(const char *part, const char *text, size_t size,
    const struct query_policy *policy)
{
	MUST(part >= text && part + strlen(part) < text + size);
	MUST(*part != '\0' && strchr(part, '!') == NULL);
	MUST(strpbrk(part, policy->nasty) == NULL);
}

static void
parse(char *text, size_t size, const struct query_policy *policy)
{
	struct query q;
	struct error err;

	if (query_parse(&q, text, policy, &err) < 0) {
		must_be_a_line(err.text);
		return;
	}
	must_be_clean(q.name, text, size, policy);
	MUST(q.argc <= (policy->arguments ? QUERY_ARGS_MAX : 0));
	for (size_t i = 0; i < q.argc; i++) {
		must_be_clean(q.argv[i], text, size, policy);
		MUST(policy->substitution ||
		    strstr(q.argv[i], "$(") == NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct query_policy policy = { .nasty = QUERY_NASTY_DEFAULT };
	struct error err;
	size_t nasty;
	char *text;

	if (size == 0)
		return 0;
	/* On the heap and no longer than it is, for ASan to see its end. */
	text = malloc(size);
	if (text == NULL)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	nasty = strlen(text) + 1;
	if (query_unescape_nasty(text, &err) < 0)
		must_be_a_line(err.text);
	else if (data[0] & 4)
		policy.nasty = text;
	policy.arguments = data[0] & 1;
	policy.substitution = data[0] & 2;
	if (nasty < size)
		parse(text + nasty, size - nasty, &policy);
	free(text);
	return 0;
}
