/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/places.h"
#include "agent/process.h"

enum {
	PATIENCE = 10, /* s for all names together */
};

/* What the child works on; in memory of both. */
struct question {
	const struct settings *settings;
	const struct identity *who;
	struct places places;
};

static bool
is_number(const char *text)
{
	struct in_addr in;

	return strchr(text, ':') != NULL ||
	    inet_pton(AF_INET, text, &in) == 1;
}

static bool
is_of_family(const char *number, enum settings_family family)
{
	return family == FAMILY_ANY ||
	    (strchr(number, ':') != NULL) == (family == FAMILY_IPV6);
}

static int
add(struct places *p, const char *number, struct error *err)
{
	size_t n = strlen(number);

	for (size_t i = 0; i < p->count; i++) {
		if (strcmp(p->all[i], number) == 0)
			return 0;
	}
	if (n >= sizeof p->all[0])
		return error_set(err, "'%.64s': not an address to listen on",
		    number);
	if (p->count == LISTENERS_MAX)
		return error_set(err, "more than %d addresses to listen on",
		    LISTENERS_MAX);
	memcpy(p->all[p->count++], number, n + 1);
	return 0;
}

static int
add_number(struct places *p, const char *number, enum settings_family family,
    struct error *err)
{
	if (is_of_family(number, family))
		return add(p, number, err);
	return error_set(err, "'%.64s': not of IPv%d, as address_family wants",
	    number, family == FAMILY_IPV4 ? 4 : 6);
}

static int
add_name(struct places *p, const char *name, enum settings_family family,
    struct error *err)
{
	const struct addrinfo hints = {
		.ai_family = family == FAMILY_IPV4 ? AF_INET :
		    family == FAMILY_IPV6 ? AF_INET6 : AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found;
	int why = getaddrinfo(name, NULL, &hints, &found), rc = 0;

	if (why != 0)
		return error_set(err, "'%.64s': neither an address nor a name "
		    "that has one (%s)", name, gai_strerror(why));
	for (struct addrinfo *a = found; a != NULL && rc == 0;
	    a = a->ai_next) {
		char number[NI_MAXHOST];

		if (getnameinfo(a->ai_addr, a->ai_addrlen, number,
		    sizeof number, NULL, 0, NI_NUMERICHOST) == 0)
			rc = add(p, number, err);
	}
	freeaddrinfo(found);
	return rc;
}

static int
find_all(struct places *out, const struct settings *s, struct error *err)
{
	for (size_t i = 0; i < s->address_count; i++) {
		const char *text = s->addresses[i];

		if ((is_number(text) ? add_number : add_name)(out, text,
		    s->family, err) < 0)
			return -1;
	}
	return 0;
}

static int
find_apart(void *arg, struct error *err)
{
	struct question *q = arg;

	if (q->who != NULL && identity_assume(q->who, false, err) < 0)
		return -1;
	(void)alarm(PATIENCE); /* getaddrinfo() knows no deadline */
	return find_all(&q->places, q->settings, err);
}

int
places_adopt(struct places *out, const struct places *foreign,
    struct error *err)
{
	*out = *foreign;
	/* None would mean all. */
	if (out->count == 0 || out->count > LISTENERS_MAX) {
		*out = (struct places){ .count = 0 };
		return error_set(err, "the process that asked for its names "
		    "said nonsense");
	}
	for (size_t i = 0; i < LISTENERS_MAX; i++)
		out->all[i][sizeof out->all[i] - 1] = '\0';
	return 0;
}

/* As many addresses as come of it do not fit into what process_apart() says. */
static int
ask(struct places *out, const struct settings *s, const struct identity *who,
    struct error *err)
{
	struct question *q = mmap(NULL, sizeof *q, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int rc;

	if (q == MAP_FAILED)
		return error_set(err, "mmap: %s", strerror(errno));
	*q = (struct question){ .settings = s, .who = who };
	rc = process_apart(find_apart, q, err);
	if (rc >= 0)
		rc = places_adopt(out, &q->places, err);
	(void)munmap(q, sizeof *q);
	return rc;
}

int
places_find(struct places *out, const struct settings *s,
    const struct identity *who, struct error *err)
{
	bool names = false;
	int rc = 0;

	*out = (struct places){ .count = 0 };
	for (size_t i = 0; i < s->address_count; i++)
		names = names || !is_number(s->addresses[i]);
	if (names)
		rc = ask(out, s, who, err);
	else if (s->address_count > 0)
		rc = find_all(out, s, err);
	else if (s->family != FAMILY_ANY)
		rc = add(out, s->family == FAMILY_IPV4 ? "0.0.0.0" : "::",
		    err);
	return rc < 0 ? error_about(err, "server_address") : 0;
}
