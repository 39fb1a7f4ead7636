/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "agent/selfsigned.h"
#include "tests/tap.h"

#define SIXTY "012345678901234567890123456789012345678901234567890123456789"

/* The text of an extension. */
static const char *
extension(const X509 *x, int nid)
{
	static char text[512];
	BIO *bio = BIO_new(BIO_s_mem());
	int at = X509_get_ext_by_NID(x, nid, -1), n = 0;

	if (at >= 0 && X509V3_EXT_print(bio, X509_get_ext(x, at), 0, 0) == 1)
		n = BIO_read(bio, text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	BIO_free(bio);
	return text;
}

/* As a client checks it that has been given this very file (-A). */
static int
verify(X509 *x, const char *host)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	int code;

	X509_STORE_add_cert(store, x);
	X509_STORE_CTX_init(context, store, x, NULL);
	X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(context), host,
	    0);
	(void)X509_verify_cert(context);
	code = X509_STORE_CTX_get_error(context);
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return code;
}

static void
test_content(EVP_PKEY *key)
{
	struct error err = { .text = "" };
	X509 *x = selfsigned_certificate(key, "agent.example.org", &err);
	char text[128] = "";
	size_t n;
	time_t now = time(NULL), early = now - 2 * 86400L;
	time_t late = now + 3600L * 24 * 3649, later = now + 3600L * 24 * 3654;

	tap_int(EVP_PKEY_get_group_name(key, text, sizeof text, &n), 1,
	    "an elliptic curve");
	tap_str(text, "prime256v1", "P-256");
	tap_int(X509_get_version(x), X509_VERSION_3, "X.509 version 3");
	X509_NAME_oneline(X509_get_subject_name(x), text, sizeof text);
	tap_str(text, "/CN=agent.example.org", "the subject");
	X509_NAME_oneline(X509_get_issuer_name(x), text, sizeof text);
	tap_str(text, "/CN=agent.example.org", "signed by itself");
	tap_int(X509_get_signature_nid(x), NID_ecdsa_with_SHA256, "SHA-256");
	tap_int(X509_verify(x, key), 1, "and really so");
	tap_str(extension(x, NID_subject_alt_name), "DNS:agent.example.org",
	    "the host");
	tap_str(extension(x, NID_basic_constraints), "CA:FALSE", "no CA");
	tap_str(extension(x, NID_key_usage), "Digital Signature", "the usage");
	tap_str(extension(x, NID_ext_key_usage),
	    "TLS Web Server Authentication", "for servers");
	tap_ok(X509_cmp_time(X509_get0_notBefore(x), &now) < 0 &&
	    X509_cmp_time(X509_get0_notBefore(x), &early) > 0,
	    "from yesterday on");
	tap_ok(X509_cmp_time(X509_get0_notAfter(x), &late) > 0 &&
	    X509_cmp_time(X509_get0_notAfter(x), &later) < 0, "for ten years");
	tap_int(verify(x, "agent.example.org"), X509_V_OK, "can be pinned");
	tap_int(verify(x, "other.example.org"), X509_V_ERR_HOSTNAME_MISMATCH,
	    "as that host's");
	X509_free(x);
}

static void
test_hosts(EVP_PKEY *key)
{
	static const struct {
		const char *host, *cn, *alternative;
	} hosts[] = {
		{ "a", "/CN=a", "DNS:a" },
		{ "web_01.Example-2.org", "/CN=web_01.Example-2.org",
		    "DNS:web_01.Example-2.org" },
		{ "", "/CN=localhost", "DNS:localhost" },
		{ "a,IP:10.0.0.1", "/CN=localhost", "DNS:localhost" },
		{ "h\303\266st", "/CN=localhost", "DNS:localhost" },
		{ SIXTY "abcd", "/CN=" SIXTY "abcd", "DNS:" SIXTY "abcd" },
		{ SIXTY "abcde", "/CN=" SIXTY "abcd", "DNS:" SIXTY "abcde" },
	};
	struct error err = { .text = "" };
	char cn[128];

	for (size_t i = 0; i < COUNT(hosts); i++) {
		X509 *x = selfsigned_certificate(key, hosts[i].host, &err);

		X509_NAME_oneline(X509_get_subject_name(x), cn, sizeof cn);
		tap_str(cn, hosts[i].cn, "the common name");
		tap_str(extension(x, NID_subject_alt_name),
		    hosts[i].alternative, "the alternative name");
		X509_free(x);
	}
}

static void
test_serials(EVP_PKEY *key)
{
	struct error err = { .text = "" };
	char serials[2][64] = { "", "" };

	for (int i = 0; i < 2; i++) {
		X509 *x = selfsigned_certificate(key, "a", &err);
		BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x),
		    NULL);
		char *hex = BN_bn2hex(n);

		(void)snprintf(serials[i], sizeof serials[i], "%s", hex);
		tap_ok(BN_num_bits(n) <= 128 && BN_num_bits(n) > 88,
		    "a serial of 128 bits");
		OPENSSL_free(hex);
		BN_free(n);
		X509_free(x);
	}
	tap_ok(strcmp(serials[0], serials[1]) != 0, "another each time");
}

static void
test_longest(EVP_PKEY *key)
{
	struct error err = { .text = "" };
	char longest[300];

	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	for (size_t n = 253; n <= 254; n++) {
		X509 *x;

		longest[n] = '\0';
		x = selfsigned_certificate(key, longest, &err);
		longest[n] = 'a';
		tap_int((long)strlen(extension(x, NID_subject_alt_name)),
		    n == 253 ? 257 : 13, "the longest name");
		X509_free(x);
	}
}

/* Whatever key was found: not all can do this. */
static void
test_keys(void)
{
	struct error err = { .text = "" };
	EVP_PKEY *rsa = EVP_RSA_gen(2048);
	EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	X509 *x = selfsigned_certificate(rsa, "a", &err);

	tap_int(x != NULL && X509_verify(x, rsa) == 1, 1, "an RSA key");
	X509_free(x);
	tap_ok(selfsigned_certificate(other, "a", &err) == NULL,
	    "a key that cannot sign");
	tap_has(err.text, "a certificate cannot be made: ", "why");
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(other);
}

int
main(void)
{
	struct error err = { .text = "" };
	EVP_PKEY *key = selfsigned_key(&err);

	test_content(key);
	test_hosts(key);
	test_serials(key);
	test_longest(key);
	test_keys();
	EVP_PKEY_free(key);
	return tap_done();
}
