/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>

#include "agent/check_config.h"
#include "agent/inspection.h"
#include "agent/registry.h"
#include "agent/settings_print.h"
#include "common/buf.h"
#include "common/escape.h"

void
inspection_complain(void *arg, enum settings_severity severity,
    const char *file, int line, const char *text)
{
	struct inspection *i = arg;
	bool error = severity == SETTINGS_ERROR;
	char escaped[2048];
	struct buf b = buf_on(escaped, sizeof escaped);

	*(error ? &i->errors : &i->warnings) += 1;
	escape_line(&b, text);
	printf("%s", file);
	if (line > 0)
		printf(":%d", line);
	printf(": %s: %s\n", error ? "error" : "warning", escaped);
}

void
inspection_warn(struct inspection *i, const char *directive, const char *fmt,
    ...)
{
	struct settings_place at = settings_where(i->settings, directive);
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	inspection_complain(i, SETTINGS_WARNING, at.file, at.line, text);
}

void
inspection_fail(struct inspection *i, const struct error *err)
{
	struct settings_place at = settings_where(i->settings, err->about);

	inspection_complain(i, SETTINGS_ERROR, at.file, at.line, err->text);
}

static void
check_identities(struct inspection *i)
{
	struct error err;

	i->known = generation_find_identities(&i->who, &err) == 0;
	if (!i->known || generation_find_grants(&i->who, inspection_complain,
	    i, &err) < 0)
		inspection_fail(i, &err);
}

static void
inspect(struct inspection *i)
{
	struct settings *s = i->settings;
	struct registry registry;

	i->who.settings = s;
	registry_open(&registry, s->plugin_directory);
	registry_assign(&registry, s);
	check_identities(i);
	check_network(i);
	check_access(i);
	check_tls(i);
	check_files(i);
	check_commands(i);
	settings_print(stdout, s, check_describe, i);
}

static const char *
plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

/* The sums come last, where whoever calls this in a terminal looks first. */
static void
sum_up(const struct inspection *i, const char *path)
{
	unsigned all = i->resident + i->programs + i->broken;

	if (i->settings != NULL)
		printf("\n%s: %u command%s: %u in process, %u program%s, %u "
		    "that cannot be run\n", path, all, plural(all),
		    i->resident, i->programs, plural(i->programs), i->broken);
	printf("%s: %u error%s, %u warning%s\n", path, i->errors,
	    plural(i->errors), i->warnings, plural(i->warnings));
}

int
check_config(const char *path)
{
	struct inspection *i = calloc(1, sizeof *i);
	int code;

	if (i == NULL) {
		fprintf(stderr, "beffroid: out of memory\n");
		return 1;
	}
	i->settings = settings_load(path, SETTINGS_START, inspection_complain,
	    i);
	if (i->settings != NULL)
		inspect(i);
	sum_up(i, path);
	code = i->settings == NULL || i->errors > 0;
	settings_free(i->settings);
	free(i);
	return code;
}
