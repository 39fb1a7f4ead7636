/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>

#include "agent/activation.h"
#include "agent/check_config.h"
#include "agent/generation.h"
#include "agent/registry.h"
#include "agent/settings.h"
#include "agent/settings_print.h"
#include "common/buf.h"
#include "common/escape.h"

struct tally {
	const char *path; /* of the first file */
	unsigned errors, warnings;
};

static void
complain(void *arg, enum settings_severity severity, const char *file,
    int line, const char *text)
{
	struct tally *tally = arg;
	bool error = severity == SETTINGS_ERROR;
	char escaped[2048];
	struct buf b = buf_on(escaped, sizeof escaped);

	*(error ? &tally->errors : &tally->warnings) += 1;
	escape_line(&b, text);
	printf("%s", file);
	if (line > 0)
		printf(":%d", line);
	printf(": %s: %s\n", error ? "error" : "warning", escaped);
}

static void
warn(void *arg, const char *text)
{
	struct tally *tally = arg;

	complain(tally, SETTINGS_WARNING, tally->path, 0, text);
}

/* As systemd-socket-activate would start it. */
static void
check_sockets(const struct settings *s, struct tally *tally)
{
	struct listeners given;
	struct error err;

	if (activation_take(&given, &err) < 0)
		complain(tally, SETTINGS_ERROR, "LISTEN_FDS", 0, err.text);
	else if (given.count > 0)
		printf("# %s\n", activation_means(s));
}

/* What is not the file's fault: those that it names. */
static void
check_outside(struct settings *s, struct tally *tally)
{
	struct generation g = { .settings = s };
	struct tls_settings tls = generation_tls_settings(&g);
	struct settings_place at;
	struct tls_context *context;
	struct error err;

	if (generation_find_identities(&g, &err) < 0) {
		at = settings_where(s, err.about);
		complain(tally, SETTINGS_ERROR, at.file, at.line, err.text);
	}
	if (!s->tls)
		return;
	tls.warn = warn;
	tls.arg = tally;
	/* One of our own may not be made yet. */
	if (s->tls_certificate == NULL) {
		if (tls_check_ca(&tls, &err) < 0)
			complain(tally, SETTINGS_ERROR, tally->path, 0, err.text);
		return;
	}
	context = tls_context_new(&tls, &err);
	tls_context_free(context);
	if (context == NULL) {
		at = settings_where(s, err.about);
		complain(tally, SETTINGS_ERROR, at.file, at.line, err.text);
	}
}

int
check_config(const char *path)
{
	struct tally tally = { .path = path };
	struct settings *s = settings_load(path, SETTINGS_START, complain,
	    &tally);
	struct registry registry;

	if (s != NULL) {
		check_sockets(s, &tally);
		check_outside(s, &tally);
		registry_open(&registry, s->plugin_directory);
		registry_assign(&registry, s);
		settings_print(stdout, s);
		settings_free(s);
	}
	printf("%s: %u error%s, %u warning%s\n", path, tally.errors,
	    tally.errors == 1 ? "" : "s", tally.warnings,
	    tally.warnings == 1 ? "" : "s");
	return s == NULL || tally.errors > 0;
}
