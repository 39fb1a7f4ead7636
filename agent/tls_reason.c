/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "agent/tls_internal.h"

#define ALERT(number) ERR_LIB_SSL, SSL_AD_REASON_OFFSET + (number)

/* Only what administrators meet; the rest stays in OpenSSL's words. */
static const struct {
	int lib, reason;
	const char *words;
} reasons[] = {
	/* the peer */
	{ ERR_LIB_SSL, SSL_R_HTTP_REQUEST, "HTTP request on the TLS port" },
	{ ERR_LIB_SSL, SSL_R_HTTPS_PROXY_REQUEST,
	    "HTTP request on the TLS port" },
	{ ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER, "not TLS" },
	{ ERR_LIB_SSL, SSL_R_NO_PROTOCOLS_AVAILABLE, "no version is left" },
	{ ERR_LIB_SSL, SSL_R_NO_SHARED_CIPHER,
	    "no cipher suite that the client has, too" },
	{ ERR_LIB_SSL, SSL_R_NO_SUITABLE_KEY_SHARE,
	    "no key exchange that the client has, too" },
	{ ERR_LIB_SSL, SSL_R_NO_SHARED_GROUPS,
	    "no key exchange that the client has, too" },
	{ ERR_LIB_SSL, SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE,
	    "client has no certificate" },
	{ ERR_LIB_SSL, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC,
	    "garbled on the way" },
	{ ERR_LIB_SSL, SSL_R_PACKET_LENGTH_TOO_LONG, "record too long" },
	{ ERR_LIB_SSL, SSL_R_ENCRYPTED_LENGTH_TOO_LONG, "record too long" },
	{ ALERT(SSL_AD_UNKNOWN_CA),
	    "client does not know who signed our certificate" },
	{ ALERT(SSL_AD_BAD_CERTIFICATE), "client refuses our certificate" },
	{ ALERT(SSL_AD_CERTIFICATE_UNKNOWN),
	    "client refuses our certificate" },
	{ ALERT(SSL_AD_CERTIFICATE_EXPIRED),
	    "client refuses our certificate as expired" },
	{ ALERT(SSL_AD_PROTOCOL_VERSION), "client refuses our TLS version" },
	{ ALERT(SSL_AD_HANDSHAKE_FAILURE), "client refuses what we offer" },

	/* our own files */
	{ ERR_LIB_PEM, PEM_R_NO_START_LINE, "nothing of the kind in it (PEM)" },
	{ ERR_LIB_OSSL_DECODER, ERR_R_UNSUPPORTED, "no key in it (PEM)" },
	{ ERR_LIB_PEM, PEM_R_BAD_END_LINE, "damaged (PEM)" },
	{ ERR_LIB_PEM, PEM_R_BAD_BASE64_DECODE, "damaged (PEM)" },
	{ ERR_LIB_PEM, PEM_R_BAD_PASSWORD_READ, "protected by a passphrase" },
	{ ERR_LIB_X509, X509_R_NO_CERTIFICATE_FOUND, "no certificate in it" },
	{ ERR_LIB_X509, X509_R_NO_CERTIFICATE_OR_CRL_FOUND,
	    "no certificate in it" },
	{ ERR_LIB_SSL, SSL_R_EE_KEY_TOO_SMALL,
	    "its key is too short for today" },
	{ ERR_LIB_SSL, SSL_R_CA_KEY_TOO_SMALL,
	    "the key of its CA is too short for today" },
	{ ERR_LIB_SSL, SSL_R_CA_MD_TOO_WEAK,
	    "signed with a hash too weak for today" },
};

static const char *
find(unsigned long code)
{
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (ERR_GET_LIB(code) == reasons[i].lib &&
		    ERR_GET_REASON(code) == reasons[i].reason)
			return reasons[i].words;
	return NULL;
}

static const char *
openssl_text(unsigned long code)
{
	const char *text = ERR_SYSTEM_ERROR(code) ?
	    strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);

	return text != NULL ? text : "for a reason that OpenSSL keeps";
}

const char *
tls_reason(void)
{
	unsigned long first = ERR_peek_error(), code;
	const char *words = NULL;

	while (words == NULL && (code = ERR_get_error()) != 0)
		words = find(code);
	ERR_clear_error();
	return words != NULL ? words : openssl_text(first);
}

const char *
tls_verify_reason(long code)
{
	switch (code) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE: /* a CA of the same name */
		return "not signed by a CA of ours";
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return "signed by itself, not by a CA of ours";
	case X509_V_ERR_CERT_REVOKED:
		return "revoked";
	case X509_V_ERR_CRL_HAS_EXPIRED:
		return "the CRL of its CA has expired";
	case X509_V_ERR_CRL_NOT_YET_VALID:
		return "the CRL of its CA is not yet valid";
	case X509_V_ERR_UNABLE_TO_GET_CRL:
		return "there is no CRL of its CA";
	case X509_V_ERR_INVALID_PURPOSE:
		return "not made for clients";
	default:
		return X509_verify_cert_error_string(code);
	}
}
