/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "agent/query.h"
#include "common/buf.h"
#include "common/escape.h"

enum {
	SHOWN_MAX = 200, /* bytes of a query in an error, escapes included */
};

/* Always -1: the query, as much as a line of log should hold of it, and why. */
static int
refuse(const char *text, const char *why, struct error *err)
{
	char shown[SHOWN_MAX];
	struct buf b = buf_on(shown, sizeof shown);

	escape_line(&b, text);
	return error_set(err, "query '%s'%s: %s", shown,
	    buf_ok(&b) ? "" : "...", why);
}

static int
check_nasty(const char *text, const char *nasty, struct error *err)
{
	const char *found = text + strcspn(text, nasty);
	char one[] = { *found, '\0' }, shown[8], why[64];
	struct buf c = buf_on(shown, sizeof shown);
	struct buf b = buf_on(why, sizeof why);

	if (*found == '\0')
		return 0;
	escape_line(&c, one);
	buf_fmt(&b, "'%s' is among nasty_metachars", shown);
	return refuse(text, why, err);
}

static int
check(const char *text, const struct query_policy *policy, struct error *err)
{
	const char *arguments;

	if (text[strspn(text, "!")] == '\0')
		return refuse(text, "no command", err);
	if (check_nasty(text, policy->nasty, err) < 0)
		return -1;

	arguments = strchr(text, '!');
	if (arguments == NULL)
		return 0;
	if (!policy->arguments)
		return refuse(text, "arguments are off (dont_blame_nrpe)", err);
	if (!policy->substitution && strstr(arguments, "$(") != NULL)
		return refuse(text, "\"$(\" in an argument "
		    "(allow_bash_command_substitution)", err);
	return 0;
}

int
query_parse(struct query *out, char *text, const struct query_policy *policy,
    struct error *err)
{
	struct query q = { .argc = 0 };
	char *rest, *arg;

	if (check(text, policy, err) < 0)
		return -1;
	q.name = strtok_r(text, "!", &rest);
	while (q.argc < QUERY_ARGS_MAX &&
	    (arg = strtok_r(NULL, "!", &rest)) != NULL)
		q.argv[q.argc++] = arg;
	*out = q;
	return 0;
}
