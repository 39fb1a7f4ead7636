/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "agent/tls_names.h"

/* Of several the last, which is the most particular one; NULL: none. */
static const ASN1_STRING *
common_name(const X509_NAME *subject)
{
	int last = -1, i;

	while ((i = X509_NAME_get_index_by_NID(subject, NID_commonName,
	    last)) >= 0)
		last = i;
	return last < 0 ? NULL :
	    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last));
}

/* As see() of tls_names_find(). */
static bool
show_common(const X509_NAME *subject,
    bool (*see)(void *arg, const struct peer_name *name), void *arg)
{
	const ASN1_STRING *text = common_name(subject);
	unsigned char *utf8;
	int n = text == NULL ? -1 : ASN1_STRING_to_UTF8(&utf8, text);
	bool found;

	if (n < 0)
		return false;
	found = see(arg, &(struct peer_name){
		.kind = PEER_NAME_COMMON,
		.bytes = utf8,
		.n = (size_t)n,
	});
	OPENSSL_free(utf8);
	return found;
}

/* What kind of name it is; false: none that can be compared. */
static bool
read_name(const GENERAL_NAME *general, struct peer_name *out)
{
	static const struct {
		int type;
		enum peer_name_kind kind;
	} kinds[] = {
		{ GEN_DNS, PEER_NAME_DNS },
		{ GEN_IPADD, PEER_NAME_ADDRESS },
		{ GEN_EMAIL, PEER_NAME_EMAIL },
		{ GEN_URI, PEER_NAME_URI },
	};
	const ASN1_STRING *text;
	int type;

	text = GENERAL_NAME_get0_value(general, &type);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (kinds[i].type != type)
			continue;
		out->kind = kinds[i].kind;
		out->bytes = ASN1_STRING_get0_data(text);
		out->n = (size_t)ASN1_STRING_length(text);
		return true;
	}
	return false;
}

bool
tls_names_find(const X509 *certificate,
    bool (*see)(void *arg, const struct peer_name *name), void *arg)
{
	int critical;
	GENERAL_NAMES *all = X509_get_ext_d2i(certificate,
	    NID_subject_alt_name, &critical, NULL);
	bool found = false;
	struct peer_name name;

	/* -1: no such extension; else it is damaged, or there are two. */
	if (all == NULL && critical == -1)
		found = show_common(X509_get_subject_name(certificate), see,
		    arg);
	for (int i = 0; i < sk_GENERAL_NAME_num(all) && i < TLS_NAMES_MAX &&
	    !found; i++)
		found = read_name(sk_GENERAL_NAME_value(all, i), &name) &&
		    see(arg, &name);
	GENERAL_NAMES_free(all);
	ERR_clear_error();
	return found;
}

static bool
put(void *arg, const struct peer_name *name)
{
	peer_name_put(arg, name);
	return true;
}

void
tls_names_put_subject(struct buf *b, const X509_NAME *subject)
{
	if (!show_common(subject, put, b))
		buf_str(b, "a certificate without a name");
	ERR_clear_error();
}
