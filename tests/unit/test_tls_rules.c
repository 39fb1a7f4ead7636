/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which clients are let in, and what is said of those that are not. */
#include "config.h"

#include "agent/tls.h"
#include "tests/certs.h"
#include "tests/scratch.h"
#include "tests/tap.h"
#include "tests/tls_peer.h"

#define ANONYMOUS "ADH:AECDH:@SECLEVEL=0"

/* Files that are made once, by their names in the scratch directory. */
static void
make_files(void)
{
	static const struct {
		const char *name;
		bool other; /* another CA's */
		struct certs_spec spec;
	} all[] = {
		{ "server", false, { .name = "agent", .days = 100 } },
		{ "client", false, { .name = "nagios", .days = 100 } },
		{ "client384", false, { .name = "nagios", .days = 100,
		    .curve = "P-384" } },
		{ "clientrsa", false, { .name = "nagios", .days = 100,
		    .rsa_bits = 2048 } },
		{ "expired", false, { .name = "old", .days = -1 } },
		{ "early", false, { .name = "soon", .days = 100,
		    .from = 1 } },
		{ "purpose", false, { .name = "web", .days = 100,
		    .purpose = "serverAuth" } },
		{ "zero", false, { .name = "a\0b\033|c", .name_size = 6,
		    .days = 100 } },
		{ "unnamed", false, { .days = 100 } },
		{ "stranger", true, { .name = "evil\n", .days = 100 } },
	};
	struct certs_spec root = { .name = "CA", .days = 100, .ca = true };
	struct certs_spec namesake = { .name = "nagios", .days = 100 };
	struct certs_one ca = certs_put(scratch_path("ca").s, root, NULL);
	struct certs_one same = certs_make(root, NULL), other, one;

	one = certs_put(scratch_path("self").s, namesake, NULL);
	certs_free(&one);
	root.name = "another CA";
	other = certs_make(root, NULL);
	one = certs_put(scratch_path("namesake").s, namesake, &same);
	certs_free(&one);
	for (size_t i = 0; i < COUNT(all); i++) {
		one = certs_put(scratch_path("%s", all[i].name).s, all[i].spec,
		    all[i].other ? &other : &ca);
		certs_free(&one);
	}
	certs_free(&same);
	certs_free(&other);
	certs_free(&ca);
}

/* rc 0: want is the start of tls_peer_text(), else it is in err. */
static const struct {
	const char *what;
	const char *version, *ciphers;
	bool old, adh, bare; /* bare: no certificate */
	struct peer_spec client;
	int rc;
	const char *want;
} kinds[] = {
	{ .what = "any client", .want = "TLSv1.3 TLS_AES_256_GCM_SHA384, no "
	    "certificate" },
	{ .what = "TLS 1.2", .client = { .to = TLS1_2_VERSION },
	    .want = "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384, no certificate" },
	{ .what = "TLS 1.1", .client = { .to = TLS1_1_VERSION }, .rc = -1,
	    .want = "TLS: client offers TLSv1.1 at most" },
	{ .what = "TLS 1.0", .client = { .to = TLS1_VERSION }, .rc = -1,
	    .want = "TLS: client offers TLSv1.0 at most" },
	{ .what = "TLSv1.3 alone", .version = "TLSv1.3", .want = "TLSv1.3 " },
	{ .what = "TLSv1.3 alone, old client", .version = "TLSv1.3",
	    .client = { .to = TLS1_2_VERSION }, .rc = -1,
	    .want = "TLS: client offers TLSv1.2 at most" },
	{ .what = "TLSv1.3+", .version = "TLSv1.3+", .want = "TLSv1.3 " },
	{ .what = "TLSv1.2 alone", .version = "TLSv1.2", .want = "TLSv1.2 " },
	{ .what = "TLSv1.2 alone, new client", .version = "TLSv1.2",
	    .client = { .from = TLS1_3_VERSION }, .rc = -1,
	    .want = "TLS: no version that the client has, too" },
	{ .what = "TLSv1.2+", .version = "TLSv1.2+", .want = "TLSv1.3 " },
	{ .what = "TLSv1.1+, legacy", .version = "TLSv1.1+", .adh = true,
	    .client = { .to = TLS1_1_VERSION }, .want = "TLSv1.1 " },
	{ .what = "TLSv1.1+, legacy, TLS 1.0", .version = "TLSv1.1+",
	    .adh = true, .client = { .to = TLS1_VERSION }, .rc = -1,
	    .want = "TLS: client offers TLSv1.0 at most" },
	{ .what = "TLSv1, legacy", .version = "TLSv1", .adh = true,
	    .want = "TLSv1 " },
	{ .what = "SSLv2+, legacy", .version = "SSLv2+", .adh = true,
	    .client = { .to = TLS1_VERSION }, .want = "TLSv1 " },
	{ .what = "SSLv2+, legacy, new client", .version = "SSLv2+",
	    .adh = true, .want = "TLSv1.3 " },

	{ .what = "TLSv1+, old versions", .version = "TLSv1+", .old = true,
	    .client = { .to = TLS1_VERSION }, .want = "TLSv1 " },

	{ .what = "no AEAD", .client = { .to = TLS1_2_VERSION,
	    .ciphers = "AES128-SHA:ECDHE-ECDSA-AES128-SHA" }, .rc = -1,
	    .want = "TLS: no cipher suite that the client has, too" },
	{ .what = "a list", .ciphers = "ECDHE-ECDSA-AES128-SHA",
	    .client = { .to = TLS1_2_VERSION },
	    .want = "TLSv1.2 ECDHE-ECDSA-AES128-SHA, " },
	{ .what = "our order",
	    .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:"
	    "ECDHE-ECDSA-AES256-GCM-SHA384", .client = { .to = TLS1_2_VERSION,
	    .ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384:"
	    "ECDHE-ECDSA-AES128-GCM-SHA256" },
	    .want = "TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256, " },

	{ .what = "ADH", .client = { .to = TLS1_2_VERSION,
	    .ciphers = "ADH:@SECLEVEL=0" }, .rc = -1,
	    .want = "TLS: no cipher suite that the client has, too" },
	{ .what = "AECDH", .client = { .to = TLS1_2_VERSION,
	    .ciphers = "AECDH:@SECLEVEL=0" }, .rc = -1,
	    .want = "TLS: no cipher suite that the client has, too" },
	{ .what = "ADH, on the list",
	    .ciphers = "ALL:!MD5:@STRENGTH:@SECLEVEL=0", .client = {
	    .to = TLS1_2_VERSION, .ciphers = ANONYMOUS }, .rc = -1,
	    .want = "TLS: no cipher suite that the client has, too" },
	{ .what = "ADH, old versions", .version = "TLSv1+", .old = true,
	    .client = { .to = TLS1_2_VERSION, .ciphers = ANONYMOUS },
	    .rc = -1,
	    .want = "TLS: no cipher suite that the client has, too" },
	{ .what = "ADH, legacy", .adh = true, .client = {
	    .to = TLS1_2_VERSION, .ciphers = "ADH:@SECLEVEL=0" },
	    .want = "TLSv1.2 ADH-AES256-GCM-SHA384, no certificate" },
	{ .what = "AECDH, legacy", .adh = true, .client = {
	    .to = TLS1_2_VERSION, .ciphers = "AECDH:@SECLEVEL=0" },
	    .want = "TLSv1.2 AECDH-AES256-SHA, no certificate" },
	{ .what = "ADH, legacy, no certificate", .adh = true, .bare = true,
	    .client = { .ciphers = "ALL:!MD5:@STRENGTH:@SECLEVEL=0" },
	    .want = "TLSv1.2 ADH-AES256-GCM-SHA384, no certificate" },
	{ .what = "ADH of TLS 1.0, legacy", .adh = true, .bare = true,
	    .version = "TLSv1+", .client = { .to = TLS1_VERSION,
	    .ciphers = "ADH:@SECLEVEL=0" },
	    .want = "TLSv1 ADH-AES256-SHA, no certificate" },
	{ .what = "a certificate, if the client can, legacy", .adh = true,
	    .client = { .to = TLS1_2_VERSION,
	    .ciphers = "ALL:!MD5:@STRENGTH:@SECLEVEL=0" },
	    .want = "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384, " },
};

static void
judge(struct peer_pair *c, int rc, const char *want, const char *what)
{
	char name[128];

	(void)snprintf(name, sizeof name, "%s: the verdict", what);
	tap_int(c->rc, rc, name);
	if (c->rc < 0) {
		(void)snprintf(name, sizeof name, "%s: the reason", what);
		tap_str(c->err.text, want, name);
		(void)snprintf(name, sizeof name, "%s: an alert", what);
		tap_ok(peer_alerted(&c->p), name);
	} else {
		(void)snprintf(name, sizeof name, "%s: what it is", what);
		tap_has(tls_peer_text(c->t).s, want, name);
	}
}

static void
test_kinds(void)
{
	struct scratch_path pem = scratch_path("server.pem");
	struct scratch_path key = scratch_path("server.key");

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct tls_settings settings = {
			.certificate = kinds[i].bare ? NULL : pem.s,
			.key = kinds[i].bare ? NULL : key.s,
			.version = kinds[i].version,
			.ciphers = kinds[i].ciphers,
			.old = kinds[i].old,
			.adh = kinds[i].adh,
		};
		struct tls_context *context = peer_context(settings);
		struct peer_pair c = peer_connect(context, kinds[i].client);

		judge(&c, kinds[i].rc, kinds[i].want, kinds[i].what);
		peer_pair_free(&c);
		tls_context_free(context);
	}
}

enum demand { ASK, REQUIRE, REQUIRE_ADH };

static const struct {
	enum demand demand;
	const char *name; /* of the client's certificate; NULL: none */
	int rc;
	const char *want;
} certificates[] = {
	{ ASK, NULL, 0, ", no certificate" },
	{ ASK, "client", 0, ", CN=nagios" },
	{ ASK, "client384", 0, ", CN=nagios" },
	{ ASK, "clientrsa", 0, ", CN=nagios" },
	{ ASK, "unnamed", 0, ", a certificate without a name" },
	{ ASK, "zero", 0, ", CN=a\\x00b\\x1b|c" },
	{ ASK, "expired", -1,
	    "client certificate, CN=old: certificate has expired" },
	{ ASK, "early", -1,
	    "client certificate, CN=soon: certificate is not yet valid" },
	{ ASK, "self", -1, "client certificate, CN=nagios: signed by itself, "
	    "not by a CA of ours" },
	{ ASK, "stranger", -1,
	    "client certificate, CN=evil\\n: not signed by a CA of ours" },
	{ ASK, "namesake", -1,
	    "client certificate, CN=nagios: not signed by a CA of ours" },
	{ ASK, "purpose", -1,
	    "client certificate, CN=web: not made for clients" },
	{ REQUIRE, NULL, -1, "TLS: client has no certificate" },
	{ REQUIRE, "client", 0, ", CN=nagios" },
	{ REQUIRE, "client384", 0, ", CN=nagios" },
	{ REQUIRE, "clientrsa", 0, ", CN=nagios" },
	{ REQUIRE, "expired", -1,
	    "client certificate, CN=old: certificate has expired" },
	{ REQUIRE, "stranger", -1,
	    "client certificate, CN=evil\\n: not signed by a CA of ours" },
	{ REQUIRE_ADH, "client", 0, ", CN=nagios" },
	{ REQUIRE_ADH, NULL, -1, "TLS: client has no certificate" },
};

static struct tls_settings
demanding(enum demand demand)
{
	static struct scratch_path pem, key, ca;

	pem = scratch_path("server.pem");
	key = scratch_path("server.key");
	ca = scratch_path("ca.pem");
	return (struct tls_settings){
		.certificate = pem.s,
		.key = key.s,
		.ca = ca.s,
		.ask = demand == ASK,
		.require = demand != ASK,
		.adh = demand == REQUIRE_ADH,
	};
}

static void
test_client_certificates(int version)
{
	for (size_t i = 0; i < COUNT(certificates); i++) {
		const char *name = certificates[i].name;
		struct tls_context *context =
		    peer_context(demanding(certificates[i].demand));
		struct scratch_path pem = scratch_path("%s.pem", name);
		struct scratch_path key = scratch_path("%s.key", name);
		struct peer_pair c = peer_connect(context, (struct peer_spec){
			.from = version,
			.to = version,
			.certificate = name != NULL ? pem.s : NULL,
			.key = name != NULL ? key.s : NULL,
		});
		char what[64];

		(void)snprintf(what, sizeof what, "TLS 1.%d, %s, %s",
		    version - TLS1_VERSION, certificates[i].demand == ASK ?
		    "asked" : "required", name != NULL ? name : "none");
		judge(&c, certificates[i].rc, certificates[i].want, what);
		peer_pair_free(&c);
		tls_context_free(context);
	}
}

/* No suite without a name can get around it. */
static void
test_required_anonymous(void)
{
	struct tls_context *context = peer_context(demanding(REQUIRE_ADH));
	struct peer_pair c = peer_connect(context, (struct peer_spec){
		.to = TLS1_2_VERSION,
		.ciphers = ANONYMOUS,
	});

	judge(&c, -1, "TLS: no cipher suite that the client has, too",
	    "required of an anonymous client");
	peer_pair_free(&c);
	tls_context_free(context);
}

/* The client's word about us, on its way back. */
static void
test_refusing_client(int version)
{
	struct tls_context *context = peer_context(demanding(ASK));
	struct peer_pair c = peer_connect(context, (struct peer_spec){
		.from = version,
		.to = version,
		.verify = true,
	});

	tap_int(c.rc, -1, "a client that does not trust us");
	tap_str(c.err.text, "TLS: client does not know who signed our "
	    "certificate", "and says so");
	peer_pair_free(&c);
	tls_context_free(context);
}

int
main(void)
{
	scratch_make();
	make_files();
	test_kinds();
	test_required_anonymous();
	for (int v = TLS1_2_VERSION; v <= TLS1_3_VERSION; v++) {
		test_client_certificates(v);
		test_refusing_client(v);
	}
	return tap_done();
}
