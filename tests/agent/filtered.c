/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * filtered CALL... -- PROGRAM [ARGUMENT...] - allows these system calls alone
 *
 * As systemd does for a unit with SystemCallFilter= and
 * SystemCallErrorNumber=EPERM. Names that libseccomp does not know are left
 * out. Exit code 77: the kernel has no filters.
 */
#include "config.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How many of the arguments were names; -1 if one could not be allowed. */
static int
allow(scmp_filter_ctx filter, char *const *names)
{
	int n = 0;

	for (; names[n] != NULL && strcmp(names[n], "--") != 0; n++) {
		int call = seccomp_syscall_resolve_name(names[n]);

		if (call != __NR_SCMP_ERROR &&
		    seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) < 0)
			return -1;
	}
	return n;
}

int
main(int argc, char *argv[])
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int n = filter != NULL ? allow(filter, argv + 1) : -1;

	if (n < 0 || argc < n + 3 || argv[n + 1] == NULL) {
		fprintf(stderr, "usage: filtered CALL... -- PROGRAM...\n");
		return 2;
	}
	if (seccomp_load(filter) < 0)
		return 77;
	execv(argv[n + 2], argv + n + 2);
	perror(argv[n + 2]);
	return 127;
}
