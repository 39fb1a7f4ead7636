/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "agent/statement.h"

#define BLANKS " \t"

static void
trim_end(char *line)
{
	size_t n = strlen(line);

	while (n > 0 && isspace((unsigned char)line[n - 1]))
		n--;
	line[n] = '\0';
}

/* What stands in the brackets that *at points to; NULL and err. */
static const char *
take_brackets(char **at, struct error *err)
{
	char *text = *at + 1, *end = strchr(text, ']');

	if (end == NULL) {
		(void)error_set(err, "no ']' behind '%.64s'", *at);
		return NULL;
	}
	if (end == text) {
		(void)error_set(err, "nothing stands in '[]'");
		return NULL;
	}
	*end = '\0';
	*at = end + 1;
	return text;
}

static int
read_number(const char *text, size_t *out, struct error *err)
{
	size_t n = strspn(text, "0123456789");

	*out = 0;
	for (size_t i = 0; i < n && i < 6; i++)
		*out = 10 * *out + (size_t)(text[i] - '0');
	if (text[n] != '\0' || n > 6 || *out == 0)
		return error_set(err, "'%.64s' is no argument's number", text);
	return 0;
}

/* The parts in brackets; *at is moved behind them. */
static int
take_key(struct statement *out, char **at, struct error *err)
{
	const char *number;

	out->key = take_brackets(at, err);
	if (out->key == NULL)
		return -1;
	if (**at != '[')
		return 0;
	number = take_brackets(at, err);
	return number == NULL ? -1 : read_number(number, &out->number, err);
}

int
statement_parse(struct statement *out, char *line, struct error *err)
{
	char *start = line + strspn(line, BLANKS), *end, *at, *value;

	trim_end(start);
	if (*start == '\0' || *start == '#')
		return 0;
	end = at = start + strcspn(start, "=[");
	*out = (struct statement){ .name = start };
	if (*at == '[' && take_key(out, &at, err) < 0)
		return -1;
	value = at + strspn(at, BLANKS);
	if (*value != '=')
		return out->key != NULL ? error_set(err, "no '=' behind ']'") :
		    error_set(err, "'%.64s' has no '='", start);
	if (end == start)
		return error_set(err, "no name before '='");
	out->value = value + 1 + strspn(value + 1, BLANKS);
	out->blanks = value != at || out->value != value + 1 ||
	    end[-1] == ' ' || end[-1] == '\t';
	*end = '\0';
	trim_end(start);
	return 1;
}
