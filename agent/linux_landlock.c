/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/landlock.h"

/*
 * struct landlock_ruleset_attr as of ABI 6; the header may be older than the
 * kernel. A kernel older than this takes it as long as the rest is 0.
 */
struct ruleset {
	uint64_t files;
	uint64_t net;
	uint64_t scopes;
};

#define BITS(first, last) ((UINT64_C(2) << (last)) - (UINT64_C(1) << (first)))

/* What each ABI brought, as bits: include/uapi/linux/landlock.h has them. */
static const struct {
	int abi;
	struct ruleset adds;
} history[] = {
	{ 1, { .files = BITS(0, 12) } },  /* EXECUTE to MAKE_SYM */
	{ 2, { .files = BITS(13, 13) } }, /* REFER */
	{ 3, { .files = BITS(14, 14) } }, /* TRUNCATE */
	{ 4, { .net = BITS(0, 1) } },     /* BIND_TCP, CONNECT_TCP */
	{ 5, { .files = BITS(15, 15) } }, /* IOCTL_DEV */
	{ 6, { .scopes = BITS(0, 1) } },  /* ABSTRACT_UNIX_SOCKET, SIGNAL */
};

int
landlock_forbid_all(int *abi, struct error *err)
{
	struct ruleset all = { 0 };
	long version = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	int fd, rc = 0;

	*abi = 0;
	/* EPERM: a container that refuses whatever it does not know. */
	if (version < 0 &&
	    (errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM))
		return 0;
	if (version <= 0)
		return error_set(err, "landlock: %s", strerror(errno));

	for (size_t i = 0; i < sizeof history / sizeof history[0]; i++) {
		if (history[i].abi > version)
			break;
		all.files |= history[i].adds.files;
		all.net |= history[i].adds.net;
		all.scopes |= history[i].adds.scopes;
	}
	fd = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
	if (fd < 0)
		return error_set(err, "landlock: %s", strerror(errno));
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		rc = error_set(err, "landlock: %s", strerror(errno));
	else
		*abi = (int)version;
	close(fd);
	return rc;
}
