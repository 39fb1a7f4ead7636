/* SPDX-License-Identifier: GPL-3.0-or-later */
/* certs - keys and certificates for tests, as PEM files */
#ifndef TESTS_CERTS_H
#define TESTS_CERTS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

struct certs_one {
	EVP_PKEY *key;
	X509 *certificate;
};

struct certs_spec {
	const char *name;    /* its CN; NULL: none */
	size_t name_size;    /* of one with zeros in it; 0: a string */
	const char *curve;   /* "P-384"; NULL: P-256 */
	int rsa_bits;        /* RSA instead; 0: no */
	int days;            /* from now until it expires; may be over */
	int from;            /* from now until it is valid; 0: long since */
	bool ca;
	const char *purpose; /* extendedKeyUsage, or NULL */
	const char *names;   /* subjectAltName, or NULL */
};

static inline void
certs_bail(const char *what)
{
	printf("Bail out! no certificate for the test: %s\n", what);
	exit(1);
}

static inline void
certs_add(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *extension = value == NULL ? NULL :
	    X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	if (value != NULL && extension == NULL)
		certs_bail(value);
	if (extension != NULL)
		X509_add_ext(x, extension, -1);
	X509_EXTENSION_free(extension);
}

/* Signed by ca, or by itself if that is NULL. */
static inline struct certs_one
certs_make(struct certs_spec spec, const struct certs_one *ca)
{
	struct certs_one one = {
		.key = spec.rsa_bits > 0 ?
		    EVP_RSA_gen((unsigned)spec.rsa_bits) :
		    EVP_EC_gen(spec.curve != NULL ? spec.curve : "P-256"),
		.certificate = X509_new(),
	};
	const struct certs_one *issuer = ca != NULL ? ca : &one;
	X509 *x = one.certificate;
	X509_NAME *subject = X509_get_subject_name(x);
	static long serial;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
	if (spec.name != NULL)
		X509_NAME_add_entry_by_NID(subject, NID_commonName,
		    V_ASN1_UTF8STRING, (const unsigned char *)spec.name,
		    spec.name_size > 0 ? (int)spec.name_size : -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(issuer->certificate));
	X509_time_adj_ex(X509_getm_notBefore(x), spec.from != 0 ? spec.from :
	    -30, 0, NULL);
	X509_time_adj_ex(X509_getm_notAfter(x), spec.days, 0, NULL);
	X509_set_pubkey(x, one.key);
	certs_add(x, NID_basic_constraints, spec.ca ? "critical,CA:TRUE" :
	    "critical,CA:FALSE");
	certs_add(x, NID_ext_key_usage, spec.purpose);
	certs_add(x, NID_subject_alt_name, spec.names);
	if (X509_sign(x, issuer->key, EVP_sha256()) <= 0)
		certs_bail("signing");
	return one;
}

static inline void
certs_free(struct certs_one *one)
{
	EVP_PKEY_free(one->key);
	X509_free(one->certificate);
}

/* passphrase may be NULL. */
static inline void
certs_write_key(const char *path, EVP_PKEY *key, const char *passphrase)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || PEM_write_PrivateKey(file, key,
	    passphrase != NULL ? EVP_aes_128_cbc() : NULL,
	    (const unsigned char *)passphrase,
	    passphrase != NULL ? (int)strlen(passphrase) : 0, NULL,
	    NULL) != 1 || fclose(file) != 0 || chmod(path, 0600) != 0)
		certs_bail(path);
}

static inline void
certs_write(const char *path, X509 *certificate)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || PEM_write_X509(file, certificate) != 1 ||
	    fclose(file) != 0)
		certs_bail(path);
}

/*
 * Appends a CRL of ca to a file: from and days as in a specification; of one
 * certificate, or of none if that is NULL.
 */
static inline void
certs_put_crl(const char *path, const struct certs_one *ca, int from, int days,
    X509 *revoked)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *time = ASN1_TIME_new();
	FILE *file = fopen(path, "a");

	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->certificate));
	X509_time_adj_ex(time, from != 0 ? from : -30, 0, NULL);
	X509_CRL_set1_lastUpdate(crl, time);
	if (revoked != NULL) {
		X509_REVOKED *entry = X509_REVOKED_new();

		X509_REVOKED_set_serialNumber(entry,
		    X509_get_serialNumber(revoked));
		X509_REVOKED_set_revocationDate(entry, time);
		X509_CRL_add0_revoked(crl, entry);
	}
	X509_time_adj_ex(time, days, 0, NULL);
	X509_CRL_set1_nextUpdate(crl, time);
	ASN1_TIME_free(time);
	if (X509_CRL_sign(crl, ca->key, EVP_sha256()) <= 0 || file == NULL ||
	    PEM_write_X509_CRL(file, crl) != 1 || fclose(file) != 0)
		certs_bail(path);
	X509_CRL_free(crl);
}

/* Makes one and writes PATH.pem and PATH.key. */
static inline struct certs_one
certs_put(const char *path, struct certs_spec spec, const struct certs_one *ca)
{
	struct certs_one one = certs_make(spec, ca);
	char name[600];

	(void)snprintf(name, sizeof name, "%s.pem", path);
	certs_write(name, one.certificate);
	(void)snprintf(name, sizeof name, "%s.key", path);
	certs_write_key(name, one.key, NULL);
	return one;
}

#endif
