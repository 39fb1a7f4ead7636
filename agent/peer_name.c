/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "agent/peer_name.h"
#include "common/escape.h"

enum {
	PATTERN_MAX = 255, /* bytes */
};

struct address {
	size_t n; /* 0: it is none */
	uint8_t bytes[sizeof(struct in6_addr)];
};

static struct address
parse_address(const char *text)
{
	struct address a = { .n = 0 };

	if (inet_pton(AF_INET, text, a.bytes) == 1)
		a.n = sizeof(struct in_addr);
	else if (inet_pton(AF_INET6, text, a.bytes) == 1)
		a.n = sizeof(struct in6_addr);
	return a;
}

static enum peer_name_kind
kind_of(const char *pattern)
{
	return parse_address(pattern).n > 0 ? PEER_NAME_ADDRESS :
	    strchr(pattern, ':') != NULL ? PEER_NAME_URI :
	    strchr(pattern, '@') != NULL ? PEER_NAME_EMAIL : PEER_NAME_DNS;
}

int
peer_name_check(const char *pattern, struct error *err)
{
	bool wild = strncmp(pattern, "*.", 2) == 0;
	const char *rest = wild ? pattern + 2 : pattern;
	size_t n = strlen(pattern);

	if (n == 0)
		return error_set(err, "a name is empty");
	if (n > PATTERN_MAX)
		return error_set(err, "'%.64s...': longer than %d bytes",
		    pattern, PATTERN_MAX);
	if (strchr(" \t", pattern[0]) != NULL ||
	    strchr(" \t", pattern[n - 1]) != NULL)
		return error_set(err, "'%s': blanks around a name", pattern);
	if (strchr(rest, '*') != NULL || (wild && (*rest == '\0' ||
	    *rest == '.' || kind_of(pattern) != PEER_NAME_DNS)))
		return error_set(err, "'%s': a '*' stands for the whole first "
		    "label of a host's name, as in *.example.org", pattern);
	return 0;
}

/* Not tolower(), which asks the locale. */
static int
fold(int c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool
is_same_host(const char *pattern, const uint8_t *bytes, size_t n)
{
	if (strlen(pattern) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (fold((unsigned char)pattern[i]) != fold(bytes[i]))
			return false;
	}
	return true;
}

/* How many bytes the first label has; 0 if it is not to be taken for one. */
static size_t
label_length(const uint8_t *bytes, size_t n)
{
	static const char of[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t i = 0;

	/* Not strchr(), which finds a zero, too. */
	while (i < n && memchr(of, fold(bytes[i]), sizeof of - 1) != NULL)
		i++;
	return i < n && bytes[i] == '.' ? i : 0;
}

static bool
is_host(const char *pattern, const uint8_t *bytes, size_t n)
{
	size_t label;

	if (pattern[0] != '*')
		return is_same_host(pattern, bytes, n);
	label = label_length(bytes, n);
	return label > 0 &&
	    is_same_host(pattern + 1, bytes + label, n - label);
}

static bool
is_same(const void *a, size_t a_size, const struct peer_name *name)
{
	return a_size == name->n && memcmp(a, name->bytes, a_size) == 0;
}

bool
peer_name_matches(const char *pattern, const struct peer_name *name)
{
	enum peer_name_kind kind = kind_of(pattern);
	struct address address;

	if (name->n == 0 || (kind != name->kind &&
	    name->kind != PEER_NAME_COMMON))
		return false;
	if (kind == PEER_NAME_DNS)
		return is_host(pattern, name->bytes, name->n);
	if (name->kind != PEER_NAME_ADDRESS)
		return is_same(pattern, strlen(pattern), name);
	address = parse_address(pattern);
	return is_same(address.bytes, address.n, name);
}

/* The patterns are no bytes of a peer's: there is no zero in them. */
bool
peer_name_covers(const char *wide, const char *narrow)
{
	enum peer_name_kind kind = kind_of(narrow);
	struct address address = parse_address(narrow);
	struct peer_name name = {
		.kind = kind,
		.bytes = (const uint8_t *)narrow,
		.n = strlen(narrow),
	};

	if (kind == PEER_NAME_ADDRESS) {
		name.bytes = address.bytes;
		name.n = address.n;
	}
	return narrow[0] == '*' ? kind_of(wide) == PEER_NAME_DNS &&
	    is_same_host(wide, name.bytes, name.n) :
	    peer_name_matches(wide, &name);
}

/* --- for the log --- */

static void
put_address(struct buf *b, const struct peer_name *name)
{
	char text[INET6_ADDRSTRLEN];
	int family = name->n == sizeof(struct in_addr) ? AF_INET :
	    name->n == sizeof(struct in6_addr) ? AF_INET6 : AF_UNSPEC;

	buf_str(b, family != AF_UNSPEC && inet_ntop(family, name->bytes, text,
	    sizeof text) != NULL ? text : "no address");
}

/* In pieces, as escape_line() wants strings. */
static void
put_bytes(struct buf *b, const uint8_t *bytes, size_t n)
{
	char piece[PATTERN_MAX + 1];

	while (n > 0 && !b->full) {
		size_t part = strnlen((const char *)bytes, n);

		if (part > PATTERN_MAX)
			part = PATTERN_MAX;
		memcpy(piece, bytes, part);
		piece[part] = '\0';
		escape_line(b, piece);
		bytes += part;
		n -= part;
		if (n > 0 && *bytes == '\0') {
			buf_str(b, "\\x00");
			bytes++;
			n--;
		}
	}
}

void
peer_name_put(struct buf *b, const struct peer_name *name)
{
	static const char *const labels[] = {
		[PEER_NAME_DNS] = "DNS:",
		[PEER_NAME_ADDRESS] = "IP:",
		[PEER_NAME_EMAIL] = "email:",
		[PEER_NAME_URI] = "URI:",
		[PEER_NAME_COMMON] = "CN=",
	};

	buf_str(b, labels[name->kind]);
	if (name->kind == PEER_NAME_ADDRESS)
		put_address(b, name);
	else
		put_bytes(b, name->bytes, name->n);
}
