/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * certificates - keys, certificates and CRLs of all kinds for tests
 *
 * usage: certificates DIRECTORY
 *
 * Writes NAME.pem and NAME.key of each, and the lists NAME.crl of the CA.
 */
#include "config.h"

#include <stdio.h>

#include "tests/certs.h"

enum issuer { ROOT, OTHER, ITSELF };

static const struct {
	const char *name;
	enum issuer issuer;
	struct certs_spec spec;
} all[] = {
	{ "server", ROOT, { .name = "first agent" } },
	{ "server2", ROOT, { .name = "second agent" } },

	{ "mon", ROOT, { .name = "mon", .names = "DNS:mon.example.org" } },
	{ "cn", ROOT, { .name = "cn.example.org" } },
	{ "net", ROOT, { .name = "net", .names = "DNS:a.net.example.org,"
	    "IP:192.0.2.7,email:ops@example.org,URI:urn:ops" } },
	{ "late", ROOT, { .name = "late" } },
	{ "quoted", ROOT, { .name = "x\" command=\"y" } },

	/* The common name does not count beside others. */
	{ "pretender", ROOT, { .name = "mon.example.org",
	    .names = "DNS:pretender.example.org" } },
	{ "deeper", ROOT, { .name = "deeper",
	    .names = "DNS:a.b.net.example.org" } },
	{ "zero", ROOT, { .name = "cn.example.org\0.evil.org",
	    .name_size = 24 } },
	{ "unnamed", ROOT, { .ca = false } },
	{ "evil", ROOT, { .name = "evil\n\033[2J|x" } },

	{ "expired", ROOT, { .name = "old", .days = -1 } },
	{ "early", ROOT, { .name = "soon", .from = 1 } },
	{ "purpose", ROOT, { .name = "web", .purpose = "serverAuth" } },
	{ "revoked", ROOT, { .name = "lost" } },
	{ "self", ITSELF, { .name = "self\nmade" } },
	{ "stranger", OTHER, { .name = "stranger" } },
};

static struct certs_one
put(const char *directory, const char *name, struct certs_spec spec,
    const struct certs_one *issuer)
{
	char path[512];

	(void)snprintf(path, sizeof path, "%s/%s", directory, name);
	spec.days = spec.days != 0 ? spec.days : 100;
	return certs_put(path, spec, issuer);
}

static void
put_crl(const char *directory, const char *name, const struct certs_one *ca,
    int days, X509 *revoked)
{
	char path[512];

	(void)snprintf(path, sizeof path, "%s/%s.crl", directory, name);
	certs_put_crl(path, ca, 0, days, revoked);
}

int
main(int argc, char *argv[])
{
	struct certs_one issuers[2];

	if (argc != 2) {
		fprintf(stderr, "usage: certificates DIRECTORY\n");
		return 2;
	}
	issuers[ROOT] = put(argv[1], "ca", (struct certs_spec){
		.name = "CA",
		.ca = true,
	}, NULL);
	issuers[OTHER] = put(argv[1], "other", (struct certs_spec){
		.name = "another CA",
		.ca = true,
	}, NULL);
	put_crl(argv[1], "none", &issuers[ROOT], 10, NULL);
	put_crl(argv[1], "expired", &issuers[ROOT], -1, NULL);
	put_crl(argv[1], "other", &issuers[OTHER], 10, NULL);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct certs_one one = put(argv[1], all[i].name, all[i].spec,
		    all[i].issuer == ITSELF ? NULL : &issuers[all[i].issuer]);

		if (strcmp(all[i].name, "revoked") == 0)
			put_crl(argv[1], "lost", &issuers[ROOT], 10,
			    one.certificate);
		if (strcmp(all[i].name, "late") == 0)
			put_crl(argv[1], "late", &issuers[ROOT], 10,
			    one.certificate);
		certs_free(&one);
	}
	certs_free(&issuers[ROOT]);
	certs_free(&issuers[OTHER]);
	return 0;
}
