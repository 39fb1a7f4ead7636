/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/extra_opts.h"
#include "common/file.h"

#define OPTION "--extra-opts"

enum {
	INI_MAX = 64 * 1024,
	/* "x" becomes "-x" or "--xy=", with a terminator. */
	TEXT_MAX = 4 * INI_MAX,
};

static const char *const places[] = {
	"/usr/local/etc/monitoring-plugins/monitoring-plugins.ini",
	"/usr/local/etc/monitoring-plugins.ini",
	"/etc/monitoring-plugins/monitoring-plugins.ini",
	"/etc/monitoring-plugins.ini",
	"/etc/nagios/plugins.ini",
	"/usr/local/nagios/etc/plugins.ini",
};

/* A piece of a line, without blanks around it. */
struct span {
	const char *text;
	size_t len;
};

static struct span
trim(const char *from, const char *to)
{
	while (from < to && isspace((unsigned char)*from))
		from++;
	while (to > from && isspace((unsigned char)to[-1]))
		to--;
	return (struct span){ from, (size_t)(to - from) };
}

/* "key = value" as an argument; -1 unless there are a key and a "=". */
static int
put_argument(struct buf *out, struct span line)
{
	const char *equals = memchr(line.text, '=', line.len);
	const char *end = line.text + line.len;
	struct span key, value;

	if (equals == NULL)
		return -1;
	key = trim(line.text, equals);
	value = trim(equals + 1, end);
	if (key.len == 0)
		return -1;
	buf_str(out, key.len == 1 ? "-" : "--");
	buf_put(out, key.text, key.len);
	if (value.len > 0) {
		/* A letter's value follows it at once. */
		if (key.len > 1)
			buf_char(out, '=');
		buf_put(out, value.text, value.len);
	}
	buf_put(out, "", 1);
	return 0;
}

/* Whether a line "[name]" is about section. */
static bool
is_section(struct span line, const char *section)
{
	struct span name;

	if (line.len < 2 || line.text[line.len - 1] != ']')
		return false;
	name = trim(line.text + 1, line.text + line.len - 1);
	return strlen(section) == name.len &&
	    strncmp(section, name.text, name.len) == 0;
}

int
extra_opts_parse(const char *ini, const char *section, struct buf *out,
    struct error *err)
{
	bool found = false, inside = false;
	int count = 0, number = 0;

	for (const char *next = ini; *next != '\0';) {
		const char *end = next + strcspn(next, "\n");
		struct span line = trim(next, end);

		next = *end == '\0' ? end : end + 1;
		number++;
		if (line.len == 0 || strchr("#;", *line.text) != NULL)
			continue;
		if (*line.text == '[') {
			inside = is_section(line, section);
			found = found || inside;
		} else if (inside) {
			if (put_argument(out, line) < 0)
				return error_set(err,
				    "line %d is not 'option = value'", number);
			count++;
		}
	}
	if (!found)
		return error_set(err, "no section [%s]", section);
	return buf_ok(out) ? count : error_set(err, "too many options");
}

static const char *
usual_file(void)
{
	const char *path = getenv("MP_CONFIG_FILE");

	if (path != NULL)
		return path;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		if (access(places[i], F_OK) == 0)
			return places[i];
	}
	return NULL;
}

/* Appends what one [SECTION][@FILE] stands for; the number of arguments. */
static int
expand(const char *locator, const char *program, struct buf *out,
    struct error *err)
{
	const char *at = strchr(locator, '@');
	const char *path = at != NULL && at[1] != '\0' ? at + 1 : usual_file();
	size_t len = strcspn(locator, "@");
	char section[64] = "", *ini;
	struct error why;
	int n = -1;

	if (len >= sizeof section)
		return error_set(err, OPTION ": section name too long");
	memcpy(section, locator, len);
	if (path == NULL)
		return error_set(err, OPTION ": there is no file in any of the "
		    "usual places");
	ini = malloc(INI_MAX);
	if (ini == NULL)
		return error_set(err, OPTION ": out of memory");
	if (file_read(path, ini, INI_MAX, &why) < 0) {
		error_set(err, OPTION ": %s", why.text);
	} else {
		n = extra_opts_parse(ini, len > 0 ? section : program, out,
		    &why);
		if (n < 0)
			error_set(err, OPTION ": %s: %s", path, why.text);
	}
	free(ini);
	return n;
}

/* The locator if argument *i is the option, moving *i over its value. */
static const char *
locator_at(char *const argv[], int *i)
{
	const char *arg = argv[*i];

	if (strncmp(arg, OPTION "=", sizeof OPTION) == 0)
		return arg + sizeof OPTION;
	if (strcmp(arg, OPTION) != 0)
		return NULL;
	if (argv[*i + 1] == NULL || *argv[*i + 1] == '-')
		return "";
	return argv[++*i];
}

static bool
is_used(int argc, char *const argv[])
{
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], OPTION, strlen(OPTION)) == 0)
			return true;
	}
	return false;
}

int
extra_opts_expand(struct extra_opts *out, const char *program, int argc,
    char *const argv[], struct error *err)
{
	bool used = is_used(argc, argv);
	char *text = used ? malloc(TEXT_MAX) : NULL;
	struct buf b = { 0 };
	int rest = 0, found = 0;

	*out = (struct extra_opts){ .text = text };
	if (used && text == NULL)
		return error_set(err, "out of memory");
	if (used)
		b = buf_on(text, TEXT_MAX);
	for (int i = 1; i < argc; i++) {
		const char *locator = locator_at(argv, &i);
		int n = locator == NULL ? 0 :
		    expand(locator, program, &b, err);

		if (n < 0)
			return -1;
		found += n;
		rest += locator == NULL;
	}

	out->argv = calloc((size_t)(found + rest) + 2, sizeof *out->argv);
	if (out->argv == NULL)
		return error_set(err, "out of memory");
	if (argc > 0)
		out->argv[out->argc++] = argv[0];
	for (int i = 0; i < found; i++) {
		out->argv[out->argc++] = text;
		text += strlen(text) + 1;
	}
	for (int i = 1; i < argc; i++) {
		if (locator_at(argv, &i) == NULL)
			out->argv[out->argc++] = argv[i];
	}
	return 0;
}

void
extra_opts_free(struct extra_opts *e)
{
	free(e->argv);
	free(e->text);
	e->argv = NULL;
	e->text = NULL;
}
