/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of revoked certificates: which are taken, and whom they keep out. */
#include "config.h"

#include "agent/tls.h"
#include "common/buf.h"
#include "tests/certs.h"
#include "tests/scratch.h"
#include "tests/tap.h"
#include "tests/tls_peer.h"

/* The actors: two roots, an authority below the first, clients of each. */
static struct certs_one root, other, namesake, below;

static struct certs_one
put(const char *name, const char *cn, bool ca, const struct certs_one *issuer)
{
	return certs_put(scratch_path("%s", name).s, (struct certs_spec){
		.name = cn,
		.days = 100,
		.ca = ca,
	}, issuer);
}

static void
append(const char *to, const char *name)
{
	char text[16384];
	size_t n = (size_t)scratch_read(scratch_path("%s", to).s, text,
	    sizeof text / 2);

	n += (size_t)scratch_read(scratch_path("%s", name).s, text + n,
	    sizeof text / 2);
	scratch_write(scratch_path("%s", to).s, text, n);
}

static void
put_crl(const char *name, const struct certs_one *ca, int from, int days,
    X509 *revoked)
{
	certs_put_crl(scratch_path("%s", name).s, ca, from, days, revoked);
}

static void
make_lists(X509 *bad, X509 *deep)
{
	put_crl("none.crl", &root, 0, 10, NULL);
	put_crl("bad.crl", &root, 0, 10, bad);
	put_crl("expired.crl", &root, 0, -1, NULL);
	put_crl("early.crl", &root, 1, 10, NULL);
	put_crl("other.crl", &other, 0, 10, NULL);
	put_crl("namesake.crl", &namesake, 0, 10, NULL);
	put_crl("newer.crl", &root, -9, -8, NULL);
	put_crl("newer.crl", &root, -2, 10, bad);
	put_crl("both.crl", &root, 0, 10, bad);
	put_crl("both.crl", &below, 0, 10, deep);
	put_crl("below.crl", &below, 0, 10, deep);
	put_crl("above.crl", &root, 0, 10, below.certificate);
	put_crl("above.crl", &below, 0, 10, NULL);
	put_crl("above_expired.crl", &root, 0, -1, NULL);
	put_crl("above_expired.crl", &below, 0, 10, NULL);
	put_crl("damaged.crl", &root, 0, 10, NULL);
	scratch_write(scratch_path("empty.crl").s, "", 0);
}

/* A second list of which half is gone. */
static void
damage(const char *name)
{
	char text[8192];
	ssize_t n = scratch_read(scratch_path("%s", name).s, text,
	    sizeof text / 2);

	memcpy(text + n, text, (size_t)n / 2);
	scratch_write(scratch_path("%s", name).s, text,
	    (size_t)(n + n / 2));
}

static void
make_files(void)
{
	struct certs_one server, good, bad, deep, sound;

	root = put("ca.pem.one", "CA", true, NULL);
	other = put("other", "another CA", true, NULL);
	namesake = put("namesake", "CA", true, NULL);
	below = put("below", "CA below", true, &root);
	server = put("server", "agent", false, NULL);
	good = put("good", "good", false, &root);
	bad = put("bad", "bad", false, &root);
	deep = put("deep", "deep", false, &below);
	sound = put("sound", "sound", false, &below);
	certs_write(scratch_path("cas.pem").s, root.certificate);
	append("cas.pem", "below.pem");
	certs_write(scratch_path("ca.pem").s, root.certificate);
	make_lists(bad.certificate, deep.certificate);
	damage("damaged.crl");
	certs_free(&server);
	certs_free(&good);
	certs_free(&bad);
	certs_free(&deep);
	certs_free(&sound);
}

#define GONE ": clients it has signed are refused\n"

/* "ca" is the root alone, "cas" it and the authority below. */
static const struct {
	const char *ca, *crl;
	bool failed;
	const char *want; /* what is told, @ is the directory; or the error */
} loads[] = {
	{ "ca", "none", false, "" },
	{ "ca", "bad", false, "" },
	{ "cas", "both", false, "" },
	{ "ca", "newer", false, "" },
	{ "ca", "expired", false,
	    "@/expired.crl: the CRL of CN=CA has expired" GONE },
	{ "ca", "early", false,
	    "@/early.crl: the CRL of CN=CA is not yet valid" GONE },
	{ "cas", "bad", false,
	    "@/bad.crl: there is no CRL of CN=CA below" GONE },
	{ "cas", "below", false,
	    "@/below.crl: there is no CRL of CN=CA" GONE },
	{ "ca", "other", true, "@/other.crl: the CRL of CN=another CA is not "
	    "signed by a CA in @/ca.pem" },
	{ "ca", "namesake", true, "@/namesake.crl: the CRL of CN=CA is not "
	    "signed by a CA in @/ca.pem" },
	{ "ca", "both", true, "@/both.crl: the CRL of CN=CA below is not "
	    "signed by a CA in @/ca.pem" },
	{ "ca", "empty", true,
	    "@/empty.crl: nothing of the kind in it (PEM)" },
	{ "ca", "damaged", true, "@/damaged.crl: damaged (PEM)" },
	{ "ca", "absent", true, "@/absent.crl: No such file or directory" },
};

static void
note(void *arg, const char *text)
{
	struct buf *b = arg;

	buf_fmt(b, "%s\n", text);
}

struct files {
	struct scratch_path pem, key, ca, crl;
	char told[1024];
	struct buf b;
};

static struct tls_settings
settings_of(struct files *f, const char *ca, const char *crl)
{
	f->pem = scratch_path("server.pem");
	f->key = scratch_path("server.key");
	f->ca = scratch_path("%s.pem", ca);
	f->crl = scratch_path("%s.crl", crl);
	f->b = buf_on(f->told, sizeof f->told);
	return (struct tls_settings){
		.certificate = f->pem.s,
		.key = f->key.s,
		.ca = f->ca.s,
		.crl = f->crl.s,
		.require = true,
		.warn = note,
		.arg = &f->b,
	};
}

static const char *
expand(const char *text, char *out, size_t size)
{
	struct buf b = buf_on(out, size);

	for (; *text != '\0'; text++) {
		if (*text == '@')
			buf_str(&b, scratch_dir);
		else
			buf_char(&b, *text);
	}
	return out;
}

static void
test_loading(void)
{
	for (size_t i = 0; i < COUNT(loads); i++) {
		struct files f;
		struct tls_settings s = settings_of(&f, loads[i].ca,
		    loads[i].crl);
		struct error err = { .text = "" };
		char want[1024];
		struct tls_context *context = tls_context_new(&s, &err);

		(void)expand(loads[i].want, want, sizeof want);
		tap_int(context == NULL, loads[i].failed, loads[i].crl);
		tap_str(loads[i].failed ? err.text : f.told, want,
		    "what is told");
		tls_context_free(context);

		f.b = buf_on(f.told, sizeof f.told);
		tap_int(tls_check_ca(&s, &err), loads[i].failed ? -1 : 0,
		    "to look at it alone");
		tap_str(loads[i].failed ? err.text : f.told, want,
		    "tells the same");
	}
}

/* reason NULL: let in. */
static const struct {
	const char *ca, *crl, *client, *reason;
} cases[] = {
	{ "ca", "none", "good", NULL },
	{ "ca", "none", "bad", NULL },
	{ "ca", "bad", "good", NULL },
	{ "ca", "bad", "bad", "revoked" },
	{ "ca", "newer", "good", NULL },
	{ "ca", "newer", "bad", "revoked" },
	{ "ca", "expired", "good", "the CRL of its CA has expired" },
	{ "ca", "early", "good", "the CRL of its CA is not yet valid" },

	/* A client of the authority below. */
	{ "cas", "both", "sound", NULL },
	{ "cas", "both", "deep", "revoked" },
	{ "cas", "both", "good", NULL },
	{ "cas", "both", "bad", "revoked" },
	{ "cas", "bad", "sound", "there is no CRL of its CA" },
	{ "cas", "below", "sound", NULL },
	{ "cas", "below", "deep", "revoked" },
	{ "cas", "below", "good", "there is no CRL of its CA" },
	{ "cas", "above", "sound", "revoked" },
	{ "cas", "above", "good", NULL },
	{ "cas", "above_expired", "sound", "the CRL of its CA has expired" },
};

static void
test_clients(int version)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct files f;
		struct tls_context *context = peer_context(settings_of(&f,
		    cases[i].ca, cases[i].crl));
		struct scratch_path pem = scratch_path("%s.pem",
		    cases[i].client);
		struct scratch_path key = scratch_path("%s.key",
		    cases[i].client);
		struct peer_pair c = peer_connect(context, (struct peer_spec){
			.from = version,
			.to = version,
			.certificate = pem.s,
			.key = key.s,
		});
		char what[128], want[256];

		(void)snprintf(what, sizeof what, "%s of %s, %s",
		    cases[i].client, cases[i].ca, cases[i].crl);
		(void)snprintf(want, sizeof want, "client certificate, CN=%s: "
		    "%s", cases[i].client, cases[i].reason);
		tap_str(c.rc == 0 ? "let in" : c.err.text,
		    cases[i].reason != NULL ? want : "let in", what);
		tap_int(peer_alerted(&c.p), cases[i].reason != NULL,
		    "and is told");
		peer_pair_free(&c);
		tls_context_free(context);
	}
}

int
main(void)
{
	scratch_make();
	make_files();
	test_loading();
	for (int v = TLS1_2_VERSION; v <= TLS1_3_VERSION; v++)
		test_clients(v);
	certs_free(&root);
	certs_free(&other);
	certs_free(&namesake);
	certs_free(&below);
	return tap_done();
}
