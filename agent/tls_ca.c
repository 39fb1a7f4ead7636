/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What clients' certificates are checked with: authorities, and their CRLs. */
#include "config.h"

#include <stdio.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "agent/tls.h"
#include "agent/tls_internal.h"
#include "agent/tls_names.h"
#include "common/buf.h"

enum {
	DEPTH_MAX = 4, /* certificates between a client's and the CA */
	CRLS_MAX = 256,
};

/* A name for messages, by value. */
struct subject {
	char s[160];
};

static struct subject
subject_of(const X509_NAME *name)
{
	struct subject text;
	struct buf b = buf_on(text.s, sizeof text.s);

	tls_names_put_subject(&b, name);
	return text;
}

/* --- revocation lists --- */

/* Whether one of the authorities has signed it. */
static bool
is_signed(X509_STORE *store, X509_CRL *crl)
{
	STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(store);

	for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
		X509 *ca = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));

		if (ca != NULL && X509_NAME_cmp(X509_get_subject_name(ca),
		    X509_CRL_get_issuer(crl)) == 0 &&
		    X509_CRL_verify(crl, X509_get0_pubkey(ca)) == 1)
			return true;
	}
	ERR_clear_error();
	return false;
}

static int
add_crl(X509_STORE *store, X509_CRL *crl, const struct tls_settings *s,
    struct error *err)
{
	if (!is_signed(store, crl))
		return error_set(err, "%s: the CRL of %s is not signed by a "
		    "CA in %s", s->crl,
		    subject_of(X509_CRL_get_issuer(crl)).s, s->ca);
	if (X509_STORE_add_crl(store, crl) != 1)
		return error_set(err, "%s: %s", s->crl, tls_reason());
	return 0;
}

/* All that the file has: at least one, and nothing that is damaged. */
static int
add_crls(X509_STORE *store, BIO *file, const struct tls_settings *s,
    struct error *err)
{
	X509_CRL *crl;
	int n = 0, rc = 0;

	ERR_clear_error();
	while (rc == 0 && (crl = PEM_read_bio_X509_CRL(file, NULL,
	    tls_no_passphrase, NULL)) != NULL) {
		rc = n++ < CRLS_MAX ? add_crl(store, crl, s, err) :
		    error_set(err, "%s: more than %d CRLs", s->crl, CRLS_MAX);
		X509_CRL_free(crl);
	}
	if (rc < 0)
		return -1;
	if (n == 0 || ERR_GET_REASON(ERR_peek_last_error()) !=
	    PEM_R_NO_START_LINE)
		return error_set(err, "%s: %s", s->crl, tls_reason());
	ERR_clear_error();
	return 0;
}

/* How good a CRL is at best, of those that an authority has. */
enum crl_state { NONE, EXPIRED, EARLY, CURRENT };

static enum crl_state
state_of(const X509_CRL *crl)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);

	if (X509_cmp_current_time(X509_CRL_get0_lastUpdate(crl)) > 0)
		return EARLY;
	return next != NULL && X509_cmp_current_time(next) < 0 ? EXPIRED :
	    CURRENT;
}

static enum crl_state
best_of(X509_STORE *store, const X509_NAME *issuer)
{
	STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(store);
	enum crl_state best = NONE, one;

	for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
		X509_CRL *crl = X509_OBJECT_get0_X509_CRL(
		    sk_X509_OBJECT_value(all, i));

		if (crl == NULL ||
		    X509_NAME_cmp(X509_CRL_get_issuer(crl), issuer) != 0)
			continue;
		one = state_of(crl);
		best = one > best ? one : best;
	}
	return best;
}

/* Clients that it has signed itself are refused, which may be a surprise. */
static void
warn_useless(X509_STORE *store, const struct tls_settings *s)
{
	static const char *const words[][2] = {
		[NONE] = { "there is no CRL of", "" },
		[EXPIRED] = { "the CRL of", " has expired" },
		[EARLY] = { "the CRL of", " is not yet valid" },
	};
	STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(store);
	char text[512];

	for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
		X509 *ca = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
		const X509_NAME *name = ca == NULL ? NULL :
		    X509_get_subject_name(ca);
		enum crl_state state = ca == NULL ? CURRENT :
		    best_of(store, name);

		if (state == CURRENT)
			continue;
		(void)snprintf(text, sizeof text, "%s: %s %s%s: clients it "
		    "has signed are refused", s->crl, words[state][0],
		    subject_of(name).s, words[state][1]);
		s->warn(s->arg, text);
	}
}

static int
load_crls(SSL_CTX *ssl, const struct tls_settings *s, struct error *err)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ssl);
	struct stat st;
	BIO *file;
	int rc;

	if (s->crl == NULL)
		return 0;
	if (tls_look_at(s->crl, &st, err) < 0)
		return -1;
	file = BIO_new_file(s->crl, "r");
	if (file == NULL)
		return error_set(err, "%s: %s", s->crl, tls_reason());
	rc = add_crls(store, file, s, err);
	BIO_free(file);
	if (rc < 0)
		return -1;
	if (s->warn != NULL)
		warn_useless(store, s);
	/* tls_tolerate() then passes the CAs of which there is none. */
	if (X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK |
	    X509_V_FLAG_CRL_CHECK_ALL) != 1)
		return error_set(err, "%s: %s", s->crl, tls_reason());
	return 0;
}

bool
tls_tolerate(X509_STORE_CTX *store)
{
	/* 0 is the client's own, for which there must be one. */
	if (X509_STORE_CTX_get_error(store) != X509_V_ERR_UNABLE_TO_GET_CRL ||
	    X509_STORE_CTX_get_error_depth(store) == 0)
		return false;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return true;
}

/* --- authorities --- */

int
tls_load_ca(SSL_CTX *ssl, const struct tls_settings *s, struct error *err)
{
	STACK_OF(X509_NAME) *names;
	struct stat st;

	if (s->ca == NULL)
		return error_set(err, "client certificates are asked for, but "
		    "there is no CA to check them with (ssl_cacert_file)");
	if (tls_look_at(s->ca, &st, err) < 0)
		return -1;
	ERR_clear_error();
	if (SSL_CTX_load_verify_file(ssl, s->ca) != 1 ||
	    (names = SSL_load_client_CA_file(s->ca)) == NULL)
		return error_set(err, "%s: %s", s->ca, tls_reason());
	SSL_CTX_set_client_CA_list(ssl, names);
	SSL_CTX_set_verify_depth(ssl, DEPTH_MAX);
	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER |
	    (s->require ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
	return load_crls(ssl, s, err);
}

int
tls_check_ca(const struct tls_settings *settings, struct error *err)
{
	SSL_CTX *ssl;
	int rc;

	if (!settings->ask && !settings->require)
		return 0;
	ssl = SSL_CTX_new(TLS_server_method());
	rc = ssl == NULL ? error_set(err, "TLS: %s", tls_reason()) :
	    tls_load_ca(ssl, settings, err);
	SSL_CTX_free(ssl);
	return rc;
}
