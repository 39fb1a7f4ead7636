/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/certificate.h"
#include "agent/inspection.h"
#include "agent/process.h"
#include "agent/tls.h"

static int
load(void *arg, struct error *err)
{
	struct tls_context *context = tls_context_new(arg, err);

	tls_context_free(context);
	return context != NULL ? 0 : -1;
}

/* Whether a client that knows this version alone could connect. */
static bool
speaks(const struct tls_settings *all, const char *version)
{
	struct tls_settings one = *all;
	struct error none;

	one.version = version;
	return process_apart(load, &one, &none) == 0;
}

/* Clients of NRPE 3 and 4 are on systems whose OpenSSL may be of 2015. */
static void
check_versions(struct inspection *i, const struct tls_settings *tls)
{
	const char *version = tls->version != NULL ? tls->version : "TLSv1.2+";

	if (strncmp(version, "TLSv1.3", strlen("TLSv1.3")) == 0)
		inspection_warn(i, "ssl_version", "ssl_version: TLS 1.3 alone "
		    "keeps out check_nrpe on systems with OpenSSL before 1.1.1 "
		    "(2018)");
	else if (version[strlen(version) - 1] == '+' &&
	    !speaks(tls, "TLSv1.2"))
		inspection_warn(i, "ssl_cipher_list", "ssl_cipher_list: "
		    "nothing in it goes with TLS 1.2 and this certificate: "
		    "only clients of TLS 1.3 can connect");
}

static void
check_time(struct inspection *i, const char *directive, const char *path)
{
	struct error why;

	if (path != NULL && certificate_check_time(path, &why) < 0)
		inspection_warn(i, directive, "%s", why.text);
}

static void
check_context(struct inspection *i, struct tls_settings *tls)
{
	struct error err;

	if (process_apart(load, tls, &err) < 0) {
		inspection_fail(i, &err);
		return;
	}
	check_versions(i, tls);
}

static void
warn_list(void *arg, const char *text)
{
	inspection_warn(arg, "ssl_crl_file", "%s", text);
}

/* What is no error of them, but will refuse clients. */
static void
check_lists(struct inspection *i, struct tls_settings *tls)
{
	struct error told;

	tls->warn = warn_list;
	tls->arg = i;
	if (i->settings->tls_crl != NULL)
		(void)tls_check_ca(tls, &told);
}

static const char *
state_directory(const struct inspection *i)
{
	const char *path = i->settings->state_directory;

	return path != NULL ? path : STATE_DIRECTORY;
}

/* One as it will be made at the first start, in a directory that goes away. */
static void
check_with_new(struct inspection *i, struct tls_settings *tls)
{
	char directory[] = "/tmp/beffroid-check-XXXXXX";
	struct certificate_paths made;
	struct error err;

	if (mkdtemp(directory) == NULL)
		return;
	made = certificate_paths(directory);
	if (certificate_ensure_apart(directory, "localhost", &err) >= 0) {
		tls->certificate = made.certificate;
		tls->key = made.key;
		check_context(i, tls);
	}
	certificate_forget(directory);
	(void)rmdir(directory);
}

/* Without a certificate of the administrator's. */
static void
check_own(struct inspection *i, struct tls_settings *tls)
{
	struct certificate_paths own = i->who.certificate;
	struct error err;

	if (access(own.certificate, F_OK) == 0 && access(own.key, F_OK) == 0) {
		check_context(i, tls);
		check_time(i, "state_directory", own.certificate);
		return;
	}
	if (check_directory(state_directory(i), &err) < 0) {
		(void)error_about(&err, "state_directory");
		inspection_fail(i, &err);
	}
	check_with_new(i, tls);
}

static void
warn_legacy(struct inspection *i, const char *directive)
{
	if (directive != NULL)
		inspection_warn(i, directive, "%s: legacy TLS: whoever sits in "
		    "between can read and answer; leave it out once no client "
		    "needs it", directive);
}

static void
check_legacy(struct inspection *i)
{
	const char *version = i->settings->tls_version;
	const char *directive = generation_legacy_tls(i->settings);

	warn_legacy(i, directive);
	/* The other one, too, has its say then. */
	if (directive != NULL && strcmp(directive, "ssl_version") != 0 &&
	    version != NULL && strncmp(version, "TLSv1.2", 7) != 0 &&
	    strncmp(version, "TLSv1.3", 7) != 0)
		warn_legacy(i, "ssl_version");
}

void
check_tls(struct inspection *i)
{
	const struct settings *s = i->settings;
	struct tls_settings tls;
	struct error err;

	if (!s->tls) {
		if (generation_check_names(s, &err) < 0)
			inspection_fail(i, &err);
		inspection_warn(i, "ssl_enabled", "ssl_enabled: no TLS: "
		    "whoever sits in between can read and answer");
		return;
	}
	check_legacy(i);
	i->who.certificate = certificate_paths(state_directory(i));
	tls = generation_tls_settings(&i->who);
	if (s->tls_certificate == NULL && s->tls_key == NULL &&
	    tls.certificate != NULL) {
		check_own(i, &tls);
	} else {
		check_context(i, &tls);
		check_time(i, "ssl_cert_file", s->tls_certificate);
	}
	check_lists(i, &tls);
	if (s->tls_client_certs != CLIENT_CERTS_NONE)
		check_time(i, "ssl_cacert_file", s->tls_ca);
	else if (s->tls_ca != NULL)
		inspection_warn(i, "ssl_cacert_file", "ssl_cacert_file: no "
		    "client is asked for a certificate: write "
		    "ssl_client_certs=2");
}
