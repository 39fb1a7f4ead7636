/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names that a certificate has. The first byte says what follows: below 5 a
 * pattern, a newline and a name of that kind, else a certificate (DER).
 */
#include "config.h"

#include <string.h>

#include <openssl/x509.h>

#include "agent/peer_name.h"
#include "agent/tls_names.h"
#include "tests/fuzz/fuzz.h"

enum {
	PATTERN_SIZE = 300,
};

static size_t
count(const void *bytes, size_t n, char c)
{
	const char *p = bytes;
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += p[i] == c;
	return found;
}

/* Printed, it is a line of text. */
static void
look_at(const struct peer_name *name)
{
	char text[256];
	struct buf b = buf_on(text, sizeof text);

	peer_name_put(&b, name);
	MUST(b.len == strlen(text) && b.len > 0);
	for (size_t i = 0; i < b.len; i++)
		MUST((unsigned char)text[i] >= ' ');
}

/* What must hold of any two that are the same. */
static void
compare(const char *pattern, const struct peer_name *name)
{
	size_t n = strlen(pattern);
	struct error err;

	if (peer_name_check(pattern, &err) < 0 ||
	    !peer_name_matches(pattern, name))
		return;
	if (name->kind == PEER_NAME_ADDRESS) {
		MUST(name->n == 4 || name->n == 16);
		return;
	}
	MUST(memchr(name->bytes, '\0', name->n) == NULL);
	MUST(count(pattern, n, '.') == count(name->bytes, name->n, '.'));
	MUST(memchr(name->bytes, '*', name->n) == NULL);
	MUST(pattern[0] == '*' ? name->n + 1 >= n : name->n == n);
}

static void
try_pattern(enum peer_name_kind kind, const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	char pattern[PATTERN_SIZE];
	struct peer_name name = { .kind = kind };
	size_t n = end != NULL ? (size_t)(end - data) : size;

	if (n >= sizeof pattern || memchr(data, '\0', n) != NULL)
		return;
	memcpy(pattern, data, n);
	pattern[n] = '\0';
	name.bytes = end != NULL ? end + 1 : data + n;
	name.n = size - (size_t)(name.bytes - data);
	look_at(&name);
	compare(pattern, &name);
}

static bool
see(void *arg, const struct peer_name *name)
{
	size_t *names = arg;

	++*names;
	look_at(name);
	compare("*.example.org", name);
	compare("192.0.2.1", name);
	return false;
}

static void
try_certificate(const uint8_t *data, size_t size)
{
	X509 *x = d2i_X509(NULL, &data, (long)size);
	size_t names = 0;
	char text[160];
	struct buf b = buf_on(text, sizeof text);

	if (x == NULL)
		return;
	MUST(!tls_names_find(x, see, &names) && names <= TLS_NAMES_MAX);
	tls_names_put_subject(&b, X509_get_subject_name(x));
	MUST(b.len > 0);
	X509_free(x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] <= PEER_NAME_COMMON)
		try_pattern((enum peer_name_kind)data[0], data + 1, size - 1);
	else
		try_certificate(data + 1, size - 1);
	return 0;
}
