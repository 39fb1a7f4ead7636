/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>

#include "agent/capability.h"
#include "agent/grant.h"
#include "agent/runner.h"

/* For it, and all that it executes: user 0 is one like all others. */
#define NO_ROOT (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED)

int
runner_shed(const struct identity *id, uint64_t capabilities,
    struct error *err)
{
	int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);

	if (capability_bound(capabilities, err) < 0)
		return -1;
	/* With those of a container, which may be locked. */
	if (bits < 0 || prctl(PR_SET_SECUREBITS, (unsigned)bits | NO_ROOT, 0, 0,
	    0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return error_set(err, "prctl: %s", strerror(errno));
	if (identity_become(id, &id->gid, 1, err) < 0 ||
	    capability_keep(grant_needs() | capabilities, 0, err) < 0)
		return -1;
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_set(err, "prctl: %s", strerror(errno));
	return identity_is(id) ? 0 : error_set(err, "user %u: not what we "
	    "became", (unsigned)id->uid);
}

int
runner_main(struct runner *r, struct error *err)
{
	r->worker.runner = -1;
	r->worker.is_runner = true;
	return runner_shed(r->identity, r->capabilities, err) < 0 ? -1 :
	    worker_main(&r->worker, err);
}
