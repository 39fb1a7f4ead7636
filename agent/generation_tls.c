/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a generation has for TLS, and what is said of it. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "agent/generation.h"

enum {
	ADH_ONLY = 2, /* ssl_use_adh: no certificate at all */
};

/*
 * What NRPE's own configuration asks for in so many words is done, with a word
 * of warning; what it merely does by default is not.
 */
const char *
generation_legacy_tls(const struct settings *s)
{
	static const char *const old[] = { "SSL", "TLSv1+", "TLSv1.1" };

	if (s->tls_adh >= 0)
		return s->tls_adh > 0 ? "ssl_use_adh" : NULL;
	if (s->tls_version == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof old / sizeof old[0]; i++) {
		if (strncmp(s->tls_version, old[i], strlen(old[i])) == 0)
			return "ssl_version";
	}
	return strcmp(s->tls_version, "TLSv1") == 0 ? "ssl_version" : NULL;
}

static void
warn_legacy(const struct settings *s, struct log *log)
{
	const char *directive = generation_legacy_tls(s);
	struct settings_place at = settings_where(s, directive);

	if (directive != NULL)
		log_write(log, LOG_WARNING, "%s:%d: %s asks for legacy TLS: "
		    "whoever sits in between can read and answer", at.file,
		    at.line, directive);
}

/* Of a certificate whose time is over, or nearly so. */
static void
warn_expiry(const struct settings *s, const char *directive, const char *path,
    struct log *log)
{
	struct error why;

	if (path == NULL || certificate_check_time(path, &why) == 0)
		return;
	(void)error_about(&why, directive);
	(void)settings_blame(s, &why);
	log_write(log, LOG_WARNING, "%s", why.text);
}

/* Names that nobody could have would be of no use, silently. */
int
generation_check_names(const struct settings *s, struct error *err)
{
	return access_is_by_name(&s->access) ? error_set(err, "client_names "
	    "and client_commands are for names in certificates, and there is "
	    "no TLS") : 0;
}

int
generation_find_certificate(struct generation *g,
    const struct generation_world *world, struct error *err)
{
	const struct settings *s = g->settings;
	const char *directory = s->state_directory != NULL ?
	    s->state_directory : STATE_DIRECTORY;
	char host[256];
	int made;

	if (world->plain || !s->tls)
		return generation_check_names(s, err);
	warn_legacy(s, world->log);
	warn_expiry(s, "ssl_cert_file", s->tls_certificate, world->log);
	if (s->tls_client_certs != CLIENT_CERTS_NONE)
		warn_expiry(s, "ssl_cacert_file", s->tls_ca, world->log);
	if (s->tls_certificate != NULL || s->tls_key != NULL ||
	    s->tls_adh == ADH_ONLY)
		return 0;
	if (gethostname(host, sizeof host) < 0)
		(void)strcpy(host, "localhost");
	host[sizeof host - 1] = '\0';
	made = certificate_ensure_apart(directory, host, err);
	if (made < 0)
		return error_about(err, "state_directory");
	g->certificate = certificate_paths(directory);
	if (made == 0)
		warn_expiry(s, "state_directory", g->certificate.certificate,
		    world->log);
	if (made > 0)
		log_write(world->log, LOG_NOTICE, "made a key and a "
		    "certificate of our own: %s", g->certificate.certificate);
	return 0;
}

struct tls_settings
generation_tls_settings(const struct generation *g)
{
	const struct settings *s = g->settings;
	bool own = s->tls_certificate == NULL && s->tls_key == NULL;
	struct tls_settings tls = {
		.certificate = own ? g->certificate.certificate :
		    s->tls_certificate,
		.key = own ? g->certificate.key : s->tls_key,
		.ca = s->tls_ca,
		.crl = s->tls_crl,
		.ask = s->tls_client_certs != CLIENT_CERTS_NONE,
		.require = s->tls_client_certs == CLIENT_CERTS_REQUIRE,
		.version = s->tls_version,
		.ciphers = s->tls_ciphers,
		.old = generation_legacy_tls(s) != NULL,
		.adh = s->tls_adh > 0,
	};

	if (s->tls_adh == ADH_ONLY)
		tls.certificate = tls.key = NULL;
	return tls;
}
