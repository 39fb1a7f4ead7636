/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <time.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "agent/certificate.h"
#include "agent/process.h"
#include "agent/tls_internal.h"
#include "common/file.h"

/* Days until a certificate ends; they are for a person, and a bound. */
#define SOON 30

/* Whole days from now; what cannot be read is far away. */
static int
days_until(const ASN1_TIME *when, int *seconds)
{
	int days = 0;

	*seconds = 0;
	return ASN1_TIME_diff(&days, seconds, NULL, when) == 1 ? days : SOON;
}

static int
judge(const char *path, const X509 *certificate, struct error *err)
{
	int seconds, days = days_until(X509_get0_notBefore(certificate),
	    &seconds);

	if (days > 0 || (days == 0 && seconds > 0))
		return error_set(err, "%s: is not valid yet, but in %d day%s",
		    path, days + 1, days == 0 ? "" : "s");
	days = days_until(X509_get0_notAfter(certificate), &seconds);
	if (days < 0 || seconds < 0)
		return error_set(err, "%s: expired %d day%s ago: who verifies "
		    "it will not connect", path, -days, days == -1 ? "" : "s");
	if (days < SOON)
		return error_set(err, "%s: expires in %d day%s", path, days,
		    days == 1 ? "" : "s");
	return 0;
}

static int
look(void *arg, struct error *err)
{
	const char *path = arg;
	char text[65536];
	X509 *certificate;
	BIO *bio;
	int rc;

	if (file_read(path, text, sizeof text, err) < 0)
		return 0;
	bio = BIO_new_mem_buf(text, -1);
	certificate = bio == NULL ? NULL :
	    PEM_read_bio_X509(bio, NULL, tls_no_passphrase, NULL);
	rc = certificate == NULL ? 0 : judge(path, certificate, err);
	X509_free(certificate);
	BIO_free(bio);
	return rc;
}

int
certificate_check_time(const char *path, struct error *err)
{
	return process_apart(look, (void *)path, err);
}
