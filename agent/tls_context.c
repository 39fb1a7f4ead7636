/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "agent/tls.h"
#include "agent/tls_internal.h"
#include "common/buf.h"
#include "common/file.h"

/* What all clients of the last ten years have. */
static const char modern[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
/* Old ones have any of these; the last are the anonymous ones. */
static const char legacy[] = "ECDHE+AESGCM:ECDHE+CHACHA20:ALL:!MD5:!RC4";

/* The words of ssl_version, without their "+". */
static const struct {
	const char *name;
	int version;
} versions[] = {
	{ "SSLv2", SSL2_VERSION },
	{ "SSLv3", SSL3_VERSION },
	{ "TLSv1", TLS1_VERSION },
	{ "TLSv1.0", TLS1_VERSION },
	{ "TLSv1.1", TLS1_1_VERSION },
	{ "TLSv1.2", TLS1_2_VERSION },
	{ "TLSv1.3", TLS1_3_VERSION },
};

struct span {
	int from, to; /* OpenSSL's numbers of versions; to 0: the newest */
};

/* -1 if there is no such version. */
static int
find_version(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
		if (strlen(versions[i].name) == n &&
		    strncasecmp(versions[i].name, name, n) == 0)
			return versions[i].version;
	return -1;
}

static int
parse_span(struct span *out, const char *text, bool old, struct error *err)
{
	size_t n = strlen(text);
	bool more = n > 0 && text[n - 1] == '+';
	int version = find_version(text, n - more);

	if (version < 0)
		return error_set(err, "ssl_version '%s': not a version "
		    "(TLSv1.3, TLSv1.2+)", text);
	if (version < TLS1_2_VERSION && !old)
		return error_set(err, "ssl_version '%s': only with "
		    "ssl_use_adh=1, or write TLSv1.2+", text);
	if (version < TLS1_VERSION && !more)
		return error_set(err, "ssl_version '%s': too broken to be had",
		    text);
	out->from = version < TLS1_VERSION ? TLS1_VERSION : version;
	out->to = more ? 0 : version;
	return 0;
}

static int
set_versions(SSL_CTX *ssl, const struct tls_settings *s, struct error *err)
{
	struct span span = { .from = TLS1_2_VERSION };

	if (s->version != NULL &&
	    parse_span(&span, s->version, s->old || s->adh, err) < 0)
		return -1;
	/* TLS 1.3 has no anonymous suite. */
	if (s->certificate == NULL && span.from == TLS1_3_VERSION)
		return error_set(err, "ssl_version '%s': TLS 1.3 needs a "
		    "certificate", s->version);
	if (s->certificate == NULL && span.to == 0)
		span.to = TLS1_2_VERSION;
	if (SSL_CTX_set_min_proto_version(ssl, span.from) != 1 ||
	    SSL_CTX_set_max_proto_version(ssl, span.to) != 1)
		return error_set(err, "ssl_version: %s", tls_reason());
	return 0;
}

/*
 * aNULL is both ADH and AECDH, while "!ADH" would leave the latter. A client
 * without a name cannot have a certificate either.
 */
static int
set_ciphers(SSL_CTX *ssl, const struct tls_settings *s, struct error *err)
{
	bool old = s->old || s->adh;
	const char *list = old ? legacy : modern;
	char text[1024];
	struct buf b = buf_on(text, sizeof text);

	if (s->ciphers != NULL)
		list = s->ciphers;
	buf_fmt(&b, "%s:!eNULL", list);
	if (!s->adh || s->require)
		buf_str(&b, ":!aNULL");
	/* Any other level has no anonymous suite, and no TLS before 1.2. */
	if (old)
		buf_str(&b, ":@SECLEVEL=0");
	if (!buf_ok(&b))
		return error_set(err, "ssl_cipher_list: longer than %zu bytes",
		    sizeof text - sizeof ":!eNULL:!aNULL:@SECLEVEL=0");
	ERR_clear_error();
	if (SSL_CTX_set_cipher_list(ssl, text) == 1)
		return 0;
	return error_set(err, "ssl_cipher_list '%s': %s", list,
	    ERR_GET_REASON(ERR_peek_error()) == SSL_R_NO_CIPHER_MATCH ?
	    "nothing in it that may be used" : tls_reason());
}

/*
 * Tickets are sent, since old clients wait 40 ms for one, but none is taken:
 * whether a client's certificate is good is looked at each time.
 */
static SSL_TICKET_RETURN
ignore_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
    size_t n, SSL_TICKET_STATUS status, void *arg)
{
	(void)ssl;
	(void)session;
	(void)name;
	(void)n;
	(void)status;
	(void)arg;
	return SSL_TICKET_RETURN_IGNORE;
}

static int
set_rules(SSL_CTX *ssl, struct error *err)
{
	(void)SSL_CTX_set_options(ssl, SSL_OP_CIPHER_SERVER_PREFERENCE |
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	    SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_dh_auto(ssl, 1);
	/* The last two: certificates of clients on TLS 1.2 may have them. */
	if (SSL_CTX_set1_groups_list(ssl, "X25519:P-256:P-384:P-521") != 1 ||
	    SSL_CTX_set_num_tickets(ssl, 1) != 1 ||
	    SSL_CTX_set_session_ticket_cb(ssl, NULL, ignore_ticket, NULL) != 1)
		return error_set(err, "TLS: %s", tls_reason());
	return 0;
}

int
tls_no_passphrase(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

int
tls_look_at(const char *path, struct stat *st, struct error *err)
{
	int fd = file_open(path, err), rc;

	if (fd < 0)
		return -1;
	rc = fstat(fd, st);
	close(fd);
	return rc < 0 ? error_set(err, "%s: not to be read", path) : 0;
}

static int
load_certificate(SSL_CTX *ssl, const struct tls_settings *s,
    struct error *err)
{
	struct stat st;

	if (tls_look_at(s->certificate, &st, err) < 0)
		return -1;
	ERR_clear_error();
	SSL_CTX_set_default_passwd_cb(ssl, tls_no_passphrase);
	if (SSL_CTX_use_certificate_chain_file(ssl, s->certificate) != 1)
		return error_set(err, "%s: %s", s->certificate, tls_reason());
	return 0;
}

static int
load_key(SSL_CTX *ssl, const struct tls_settings *s, struct error *err)
{
	struct stat st;

	if (tls_look_at(s->key, &st, err) < 0)
		return -1;
	if ((st.st_mode & 07) != 0)
		return error_set(err, "%s: a key open to all users (mode "
		    "%04o); chmod 640 or 600 it", s->key,
		    (unsigned)st.st_mode & 07777);
	ERR_clear_error();
	if (SSL_CTX_use_PrivateKey_file(ssl, s->key, SSL_FILETYPE_PEM) == 1 &&
	    SSL_CTX_check_private_key(ssl) == 1)
		return 0;
	switch (ERR_GET_REASON(ERR_peek_last_error())) {
	case X509_R_KEY_VALUES_MISMATCH:
	case SSL_R_NO_CERTIFICATE_ASSIGNED: /* one of another kind */
		return error_set(err, "%s: not the key of the certificate %s",
		    s->key, s->certificate);
	default:
		return error_set(err, "%s: %s", s->key, tls_reason());
	}
}

static int
check_settings(const struct tls_settings *s, struct error *err)
{
	if (s->certificate != NULL && s->key == NULL) {
		(void)error_set(err, "%s: a certificate without its key "
		    "(ssl_privatekey_file)", s->certificate);
		return error_about(err, "ssl_cert_file");
	}
	if (s->certificate == NULL && s->key != NULL) {
		(void)error_set(err, "%s: a key without its certificate "
		    "(ssl_cert_file)", s->key);
		return error_about(err, "ssl_privatekey_file");
	}
	if (s->certificate == NULL && (!s->adh || s->require)) {
		(void)error_set(err, "TLS: neither a certificate nor "
		    "anonymous suites");
		return error_about(err, "ssl_use_adh");
	}
	return 0;
}

/* Ciphers before files: their level says which keys are too short. */
static int
set_up(SSL_CTX *ssl, const struct tls_settings *s, struct error *err)
{
	if (set_versions(ssl, s, err) < 0)
		return error_about(err, "ssl_version");
	if (set_ciphers(ssl, s, err) < 0)
		return error_about(err, "ssl_cipher_list");
	if (set_rules(ssl, err) < 0)
		return -1;
	if (s->certificate != NULL && load_certificate(ssl, s, err) < 0)
		return error_about(err, "ssl_cert_file");
	if (s->certificate != NULL && load_key(ssl, s, err) < 0)
		return error_about(err, "ssl_privatekey_file");
	if ((s->ask || s->require) && tls_load_ca(ssl, s, err) < 0)
		return error_about(err, s->ca == NULL ? "ssl_client_certs" :
		    "ssl_cacert_file");
	return tls_warm_up(ssl, err);
}

struct tls_context *
tls_context_new(const struct tls_settings *settings, struct error *err)
{
	struct tls_context *context;

	if (check_settings(settings, err) < 0)
		return NULL;
	context = calloc(1, sizeof *context);
	if (context == NULL) {
		error_set(err, "TLS: out of memory");
		return NULL;
	}
	ERR_clear_error();
	if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS |
	    OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) == 1)
		context->ssl = SSL_CTX_new(TLS_server_method());
	if (context->ssl == NULL)
		error_set(err, "TLS: %s", tls_reason());
	else if (set_up(context->ssl, settings, err) == 0)
		return context;
	tls_context_free(context);
	return NULL;
}

void
tls_context_free(struct tls_context *context)
{
	if (context == NULL)
		return;
	SSL_CTX_free(context->ssl);
	free(context);
}
