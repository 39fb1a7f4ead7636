/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "agent/tls.h"
#include "common/buf.h"
#include "tests/certs.h"
#include "tests/scratch.h"
#include "tests/tap.h"

/* Files that are made once, by their names in the scratch directory. */
static void
make_files(void)
{
	static const struct {
		const char *name;
		struct certs_spec spec;
	} all[] = {
		{ "ca", { .name = "CA", .days = 100, .ca = true } },
		{ "server", { .name = "agent", .days = 100 } },
		{ "client", { .name = "nagios", .days = 100 } },
		{ "rsa", { .name = "agent", .days = 100, .rsa_bits = 2048 } },
		{ "short", { .name = "agent", .days = 100,
		    .rsa_bits = 1024 } },
	};

	for (size_t i = 0; i < COUNT(all); i++) {
		struct certs_one one = certs_put(scratch_path("%s",
		    all[i].name).s, all[i].spec, NULL);

		certs_free(&one);
	}
}

/* In all texts here @ is the scratch directory. */
static struct scratch_path
expand(const char *text)
{
	struct scratch_path path;
	struct buf b = buf_on(path.s, sizeof path.s);

	for (; text != NULL && *text != '\0'; text++)
		if (*text == '@')
			buf_str(&b, scratch_dir);
		else
			buf_char(&b, *text);
	return path;
}

#define OWN .certificate = "@/server.pem", .key = "@/server.key"

static const struct {
	const char *what;
	struct tls_settings settings;
	const char *want; /* NULL: fine */
} settings_cases[] = {
	{ "all that is needed", { OWN }, NULL },
	{ "RSA", { .certificate = "@/rsa.pem", .key = "@/rsa.key" }, NULL },
	{ "a chain and its key in one file", { .certificate = "@/all.pem",
	    .key = "@/all.pem" }, NULL },
	{ "nothing", { .version = NULL },
	    "TLS: neither a certificate nor anonymous suites" },
	{ "nothing, legacy", { .adh = true }, NULL },
	{ "nothing, legacy, clients with certificates", { .adh = true,
	    .require = true, .ca = "@/ca.pem" },
	    "TLS: neither a certificate nor anonymous suites" },
	{ "no key", { .certificate = "@/server.pem" }, "@/server.pem: a "
	    "certificate without its key (ssl_privatekey_file)" },
	{ "no certificate", { .key = "@/server.key", .adh = true },
	    "@/server.key: a key without its certificate (ssl_cert_file)" },

	{ "a certificate that is not there", { .certificate = "@/none",
	    .key = "@/server.key" }, "@/none: No such file or directory" },
	{ "a key that is not there", { .certificate = "@/server.pem",
	    .key = "@/none" }, "@/none: No such file or directory" },
	{ "a directory", { .certificate = "@", .key = "@/server.key" },
	    "@: not a regular file" },
	{ "a CA that is not there", { OWN, .ca = "@/none", .ask = true },
	    "@/none: No such file or directory" },
	{ "one that nobody needs", { OWN, .ca = "@/none" }, NULL },
	{ "no CA", { OWN, .ask = true }, "client certificates are asked for, "
	    "but there is no CA to check them with (ssl_cacert_file)" },
	{ "an empty certificate", { .certificate = "@/empty",
	    .key = "@/server.key" },
	    "@/empty: nothing of the kind in it (PEM)" },
	{ "an empty key", { .certificate = "@/server.pem", .key = "@/empty" },
	    "@/empty: no key in it (PEM)" },
	{ "a key that is none", { .certificate = "@/server.pem",
	    .key = "@/server.pem.600" },
	    "@/server.pem.600: no key in it (PEM)" },
	{ "half a key", { .certificate = "@/server.pem", .key = "@/half" },
	    "@/half: no key in it (PEM)" },
	{ "half a certificate", { .certificate = "@/half.pem",
	    .key = "@/server.key" }, "@/half.pem: damaged (PEM)" },
	{ "an empty CA", { OWN, .ca = "@/empty", .ask = true },
	    "@/empty: no certificate in it" },
	{ "another key", { .certificate = "@/server.pem",
	    .key = "@/client.key" }, "@/client.key: not the key of the "
	    "certificate @/server.pem" },
	{ "another kind of key", { .certificate = "@/server.pem",
	    .key = "@/rsa.key" }, "@/rsa.key: not the key of the certificate "
	    "@/server.pem" },
	{ "a passphrase", { .certificate = "@/server.pem",
	    .key = "@/secret.key" },
	    "@/secret.key: protected by a passphrase" },
	{ "a short key", { .certificate = "@/short.pem",
	    .key = "@/short.key" },
	    "@/short.pem: its key is too short for today" },
	{ "a short key, legacy", { .certificate = "@/short.pem",
	    .key = "@/short.key", .adh = true }, NULL },

	{ "TLSv1.1+", { OWN, .version = "TLSv1.1+" }, "ssl_version "
	    "'TLSv1.1+': only with ssl_use_adh=1, or write TLSv1.2+" },
	{ "SSLv2+", { OWN, .version = "SSLv2+" }, "ssl_version 'SSLv2+': only "
	    "with ssl_use_adh=1, or write TLSv1.2+" },
	{ "SSLv3, legacy", { OWN, .version = "SSLv3", .adh = true },
	    "ssl_version 'SSLv3': too broken to be had" },
	{ "TLSv1.3, no certificate", { .version = "TLSv1.3", .adh = true },
	    "ssl_version 'TLSv1.3': TLS 1.3 needs a certificate" },
	{ "small letters", { OWN, .version = "tlsv1.2+" }, NULL },
	{ "TLSv1.4", { OWN, .version = "TLSv1.4" }, "ssl_version 'TLSv1.4': "
	    "not a version (TLSv1.3, TLSv1.2+)" },
	{ "TLSv1.2++", { OWN, .version = "TLSv1.2++" }, "ssl_version "
	    "'TLSv1.2++': not a version (TLSv1.3, TLSv1.2+)" },
	{ "TLSv1.", { OWN, .version = "TLSv1." }, "ssl_version 'TLSv1.': "
	    "not a version (TLSv1.3, TLSv1.2+)" },
	{ "an empty version", { OWN, .version = "" }, "ssl_version '': "
	    "not a version (TLSv1.3, TLSv1.2+)" },
	{ "a plus", { OWN, .version = "+" }, "ssl_version '+': "
	    "not a version (TLSv1.3, TLSv1.2+)" },

	{ "no such cipher", { OWN, .ciphers = "ROT13" }, "ssl_cipher_list "
	    "'ROT13': nothing in it that may be used" },
	{ "anonymous ones alone", { OWN, .ciphers = "ADH:AECDH" },
	    "ssl_cipher_list 'ADH:AECDH': nothing in it that may be used" },
	{ "no cipher at all", { OWN, .ciphers = "eNULL", .adh = true },
	    "ssl_cipher_list 'eNULL': nothing in it that may be used" },
	{ "for another certificate, but there is TLS 1.3", { OWN,
	    .ciphers = "ECDHE-RSA-AES256-GCM-SHA384" }, NULL },
	{ "for another certificate", { OWN, .version = "TLSv1.2",
	    .ciphers = "ECDHE-RSA-AES256-GCM-SHA384" }, "no client could have "
	    "TLS with this: no cipher suite that the client has, too" },
};

static void
copy_part(const char *to, const char *from, size_t skip, size_t part)
{
	char text[8192];
	ssize_t n = scratch_read(from, text, sizeof text);

	n = n / (ssize_t)part;
	scratch_write(to, text + skip, n > (ssize_t)skip ?
	    (size_t)n - skip : 0);
}

static void
make_broken_files(void)
{
	struct certs_one one = certs_make((struct certs_spec){
		.name = "secret",
		.days = 100,
	}, NULL);
	char text[16384];
	ssize_t n;

	certs_write_key(scratch_path("secret.key").s, one.key, "word");
	certs_free(&one);
	scratch_write(scratch_path("empty").s, "", 0);
	copy_part(scratch_path("server.pem.600").s,
	    scratch_path("server.pem").s, 0, 1);
	copy_part(scratch_path("half").s, scratch_path("server.key").s, 0, 2);
	copy_part(scratch_path("half.pem").s, scratch_path("server.pem").s, 0,
	    2);
	n = scratch_read(scratch_path("server.pem").s, text, sizeof text / 4);
	n += scratch_read(scratch_path("ca.pem").s, text + n, sizeof text / 4);
	n += scratch_read(scratch_path("server.key").s, text + n,
	    sizeof text / 4);
	scratch_write(scratch_path("all.pem").s, text, (size_t)n);
}

static void
test_settings(void)
{
	for (size_t i = 0; i < COUNT(settings_cases); i++) {
		struct tls_settings s = settings_cases[i].settings;
		struct scratch_path certificate = expand(s.certificate);
		struct scratch_path key = expand(s.key), ca = expand(s.ca);
		struct error err = { .text = "fine" };
		struct tls_context *context;

		s.certificate = s.certificate != NULL ? certificate.s : NULL;
		s.key = s.key != NULL ? key.s : NULL;
		s.ca = s.ca != NULL ? ca.s : NULL;
		context = tls_context_new(&s, &err);
		tap_str(context != NULL ? "fine" : err.text,
		    settings_cases[i].want != NULL ?
		    expand(settings_cases[i].want).s : "fine",
		    settings_cases[i].what);
		tls_context_free(context);
	}
}

/* Lists of users go on long enough in the end. */
static void
test_long_list(void)
{
	struct scratch_path pem = scratch_path("server.pem");
	struct scratch_path key = scratch_path("server.key");
	struct tls_settings s = { .certificate = pem.s, .key = key.s };
	struct error err = { .text = "" };
	char list[2000] = "ECDHE+AESGCM";

	for (size_t n = strlen(list); n + 5 < sizeof list; n += 4)
		memcpy(list + n, ":ALL", 5);
	s.ciphers = list;
	tap_ok(tls_context_new(&s, &err) == NULL, "a list without end");
	tap_has(err.text, "ssl_cipher_list: longer than ", "is too long");
}

static void
test_modes(void)
{
	static const struct {
		mode_t mode;
		bool fine;
	} modes[] = {
		{ 0600, true }, { 0400, true }, { 0640, true }, { 0660, true },
		{ 0644, false }, { 0604, false }, { 0602, false },
	};
	struct scratch_path pem = scratch_path("server.pem");
	struct scratch_path key = scratch_path("server.key");
	struct tls_settings s = { .certificate = pem.s, .key = key.s };

	for (size_t i = 0; i < COUNT(modes); i++) {
		struct error err = { .text = "fine" };
		struct tls_context *context;
		struct scratch_path want;

		(void)chmod(s.key, modes[i].mode);
		(void)snprintf(want.s, sizeof want.s, "%s: a key open to all "
		    "users (mode %04o); chmod 640 or 600 it", s.key,
		    (unsigned)modes[i].mode);
		context = tls_context_new(&s, &err);
		tap_str(err.text, modes[i].fine ? "fine" : want.s,
		    "the mode of a key");
		tls_context_free(context);
	}
	(void)chmod(s.key, 0600);
}

int
main(void)
{
	scratch_make();
	make_files();
	make_broken_files();
	test_settings();
	test_long_list();
	test_modes();
	return tap_done();
}
