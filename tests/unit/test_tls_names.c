/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "agent/tls_names.h"
#include "tests/certs.h"
#include "tests/tap.h"

/* A subjectAltName as OpenSSL's configuration has it, and what is seen. */
static const struct {
	const char *cn, *alternative, *want;
} certificates[] = {
	{ "nagios", NULL, "CN=nagios;" },
	{ NULL, NULL, "" },
	{ "nagios", "DNS:mon.example.org", "DNS:mon.example.org;" },
	{ "nagios", "DNS:a,IP:192.0.2.1,IP:2001:db8::1,email:a@b,URI:urn:a,"
	    "DNS:b", "DNS:a;IP:192.0.2.1;IP:2001:db8::1;email:a@b;URI:urn:a;"
	    "DNS:b;" },
	/* There are names, of no kind that is compared. */
	{ "nagios", "RID:1.2.3.4", "" },
	{ "nagios", "otherName:1.2.3.4;UTF8:x,DNS:a", "DNS:a;" },
	{ NULL, "DNS:a", "DNS:a;" },
};

static bool
note(void *arg, const struct peer_name *name)
{
	struct buf *b = arg;

	peer_name_put(b, name);
	buf_str(b, ";");
	return false;
}

static bool
stop(void *arg, const struct peer_name *name)
{
	(void)note(arg, name);
	return true;
}

static void
look(X509 *x, const char *want, const char *what)
{
	char text[4096];
	struct buf b = buf_on(text, sizeof text);

	tap_ok(!tls_names_find(x, note, &b), what);
	tap_str(text, want, "its names");
}

static void
test_certificates(void)
{
	for (size_t i = 0; i < COUNT(certificates); i++) {
		struct certs_one one = certs_make((struct certs_spec){
			.name = certificates[i].cn,
			.names = certificates[i].alternative,
			.days = 1,
		}, NULL);

		look(one.certificate, certificates[i].want,
		    certificates[i].alternative != NULL ?
		    certificates[i].alternative : "no alternative");
		certs_free(&one);
	}
}

static void
test_first(void)
{
	struct certs_one one = certs_make((struct certs_spec){
		.names = "DNS:a,DNS:b",
		.days = 1,
	}, NULL);
	char text[64];
	struct buf b = buf_on(text, sizeof text);

	tap_ok(tls_names_find(one.certificate, stop, &b), "one is found");
	tap_str(text, "DNS:a;", "and the rest not looked at");
	certs_free(&one);
}

static void
test_many(void)
{
	char list[TLS_NAMES_MAX * 16], text[TLS_NAMES_MAX * 16];
	struct buf l = buf_on(list, sizeof list), b;
	struct certs_one one;

	for (int i = 0; i <= TLS_NAMES_MAX; i++)
		buf_fmt(&l, "%sDNS:n%d", i > 0 ? "," : "", i);
	one = certs_make((struct certs_spec){
		.names = list,
		.days = 1,
	}, NULL);
	b = buf_on(text, sizeof text);
	(void)tls_names_find(one.certificate, note, &b);
	tap_has(strstr(text, "DNS:n63;"), "DNS:n63;", "64 names");
	tap_ok(strstr(text, "n64") == NULL, "and no more");
	certs_free(&one);
}

/* What is no list of names, or there twice, leaves none at all. */
static void
test_damaged(void)
{
	struct certs_one one = certs_make((struct certs_spec){
		.name = "nagios",
		.names = "DNS:a",
		.days = 1,
	}, NULL);
	ASN1_OCTET_STRING *rubbish = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;
	int at = X509_get_ext_by_NID(one.certificate, NID_subject_alt_name,
	    -1);

	certs_add(one.certificate, NID_subject_alt_name, "DNS:b");
	look(one.certificate, "", "two of them");

	(void)ASN1_OCTET_STRING_set(rubbish, (const uint8_t *)"\x30\x7f", 2);
	extension = X509_get_ext(one.certificate, at);
	(void)X509_EXTENSION_set_data(extension, rubbish);
	extension = X509_delete_ext(one.certificate, at + 1);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(rubbish);
	look(one.certificate, "", "a damaged one");
	certs_free(&one);
}

static void
add_name(X509_NAME *name, const char *text, int n, int type)
{
	(void)X509_NAME_add_entry_by_NID(name, NID_commonName, type,
	    (const unsigned char *)text, n, -1, 0);
}

static void
test_common_names(void)
{
	struct certs_one one = certs_make((struct certs_spec){
		.name = "first",
		.days = 1,
	}, NULL);
	X509_NAME *name = X509_get_subject_name(one.certificate);
	char text[64];
	struct buf b = buf_on(text, sizeof text);

	add_name(name, "last", -1, V_ASN1_PRINTABLESTRING);
	look(one.certificate, "CN=last;", "several");
	tls_names_put_subject(&b, name);
	tap_str(text, "CN=last", "the subject");
	add_name(name, "\0n\0\xe4", 4, V_ASN1_BMPSTRING);
	look(one.certificate, "CN=n\xc3\xa4;", "two bytes a character");
	add_name(name, "nagios\0.evil", 12, V_ASN1_UTF8STRING);
	look(one.certificate, "CN=nagios\\x00.evil;", "a zero in it");
	certs_free(&one);

	one = certs_make((struct certs_spec){ .days = 1 }, NULL);
	b = buf_on(text, sizeof text);
	tls_names_put_subject(&b, X509_get_subject_name(one.certificate));
	tap_str(text, "a certificate without a name", "no subject");
	certs_free(&one);
}

int
main(void)
{
	test_certificates();
	test_first();
	test_many();
	test_damaged();
	test_common_names();
	return tap_done();
}
