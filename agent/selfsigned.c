/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "agent/selfsigned.h"

enum {
	SERIAL_BITS = 128,
	DAY = 86400, /* s */
	VALID_DAYS = 3652,
	HOST_MAX = 253,
	CN_MAX = 64, /* as X.509 has it; the alternative name is whole */
};

static const struct {
	int nid;
	const char *value;
} extensions[] = {
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_ext_key_usage, "serverAuth" },
	{ NID_subject_key_identifier, "hash" },
};

static const char *
reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_error());

	return text != NULL ? text : "out of memory";
}

EVP_PKEY *
selfsigned_key(struct error *err)
{
	EVP_PKEY *key;

	ERR_clear_error();
	key = EVP_EC_gen("P-256");
	if (key == NULL)
		error_set(err, "a key cannot be made: %s", reason());
	return key;
}

static bool
is_host(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= HOST_MAX && strspn(text, "abcdefghijklmnopqrstuv"
	    "wxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") == n;
}

static bool
set_serial(X509 *x)
{
	BIGNUM *n = BN_new();
	bool ok = n != NULL && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ANY,
	    BN_RAND_BOTTOM_ANY) == 1 &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;

	BN_free(n);
	return ok;
}

static bool
set_names(X509 *x, const char *host)
{
	X509_NAME *name = X509_get_subject_name(x);
	size_t n = strlen(host);

	return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
	    (const unsigned char *)host, n > CN_MAX ? CN_MAX : (int)n, -1,
	    0) == 1 && X509_set_issuer_name(x, name) == 1;
}

/* From parts, not from text, in which a comma would start another name. */
static bool
add_alternative(X509 *x, const char *host)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	bool ok = false;

	if (names == NULL || name == NULL || text == NULL ||
	    ASN1_STRING_set(text, host, -1) != 1)
		goto out;
	GENERAL_NAME_set0_value(name, GEN_DNS, text);
	text = NULL;
	if (sk_GENERAL_NAME_push(names, name) <= 0)
		goto out;
	name = NULL;
	ok = X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0,
	    X509V3_ADD_DEFAULT) == 1;
out:
	ASN1_IA5STRING_free(text);
	GENERAL_NAME_free(name);
	GENERAL_NAMES_free(names);
	return ok;
}

static bool
add_extensions(X509 *x)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
	for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
		X509_EXTENSION *one = X509V3_EXT_conf_nid(NULL, &context,
		    extensions[i].nid, extensions[i].value);
		bool ok = one != NULL && X509_add_ext(x, one, -1) == 1;

		X509_EXTENSION_free(one);
		if (!ok)
			return false;
	}
	return true;
}

X509 *
selfsigned_certificate(EVP_PKEY *key, const char *host, struct error *err)
{
	X509 *x = X509_new();

	if (!is_host(host))
		host = "localhost";
	ERR_clear_error();
	if (x != NULL && X509_set_version(x, X509_VERSION_3) == 1 &&
	    set_serial(x) && set_names(x, host) &&
	    X509_gmtime_adj(X509_getm_notBefore(x), -DAY) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(x), VALID_DAYS, 0, NULL) !=
	    NULL && X509_set_pubkey(x, key) == 1 &&
	    add_alternative(x, host) && add_extensions(x) &&
	    X509_sign(x, key, EVP_sha256()) > 0)
		return x;
	error_set(err, "a certificate cannot be made: %s", reason());
	X509_free(x);
	return NULL;
}
