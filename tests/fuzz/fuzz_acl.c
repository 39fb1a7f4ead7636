/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first 16 bytes are a peer's address, the rest is a list. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "agent/acl.h"
#include "tests/fuzz/fuzz.h"

/* No bit is set behind a prefix: who is allowed can be read off the list. */
static void
check_network(const struct acl_network *n)
{
	MUST(n->bits <= 128);
	for (unsigned bit = n->bits; bit < 128; bit++)
		MUST((n->address[bit / 8] & (0x80 >> bit % 8)) == 0);
}

static void
check(const struct acl *acl, const struct sockaddr_in6 *from)
{
	struct sockaddr_in6 first = *from;

	MUST(acl->network_count <= ACL_NETWORKS_MAX);
	MUST(acl->name_count <= ACL_NAMES_MAX);
	for (size_t i = 0; i < acl->network_count; i++) {
		check_network(&acl->networks[i]);
		memcpy(&first.sin6_addr, acl->networks[i].address, 16);
		MUST(acl_allows(acl, (const struct sockaddr *)&first));
	}
	for (size_t i = 0; i < acl->name_count; i++)
		MUST(acl->names[i].name[0] != '\0' &&
		    strlen(acl->names[i].name) <= 253 &&
		    strpbrk(acl->names[i].name, " ,:/%") == NULL &&
		    acl->names[i].count == 0);
	if (acl->network_count == 0)
		MUST(!acl_allows(acl, (const struct sockaddr *)from));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sockaddr_in6 from = { .sin6_family = AF_INET6 };
	struct error err;
	struct acl acl;
	char *list;

	if (size < 16)
		return 0;
	memcpy(&from.sin6_addr, data, 16);
	MUST(acl_peer_text((const struct sockaddr *)&from).s[0] != '\0');
	list = malloc(size - 16 + 1);
	if (list == NULL)
		return 0;
	memcpy(list, data + 16, size - 16);
	list[size - 16] = '\0';
	if (acl_parse(&acl, list, &err) == 0) {
		check(&acl, &from);
		acl_free(&acl);
	} else
		MUST(err.text[0] != '\0');
	free(list);
	return 0;
}
