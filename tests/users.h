/* SPDX-License-Identifier: GPL-3.0-or-later */
/* users - a test's own users and groups, and what it has become */
#ifndef TESTS_USERS_H
#define TESTS_USERS_H

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/scratch.h"

static const char users_passwd[] =
    "root:x:0:0::/:/bin/sh\n"
    "toor:x:0:990::/:/bin/sh\n"
    "wheel:x:991:0::/:/bin/sh\n"
    "agent:x:990:990::/:/bin/sh\n"
    "1234:x:994:990::/:/bin/sh\n"
    "none:x:4294967295:990::/:/bin/sh\n"
    "nobodys:x:995:4294967295::/:/bin/sh\n"
    "a123456789b123456789c123456789d123456789e123456789f123456789abc:x:996:"
    "990::/:/bin/sh\n"
    "a123456789b123456789c123456789d123456789e123456789f123456789abcd:x:997:"
    "990::/:/bin/sh\n";

static const char users_group[] =
    "root:x:0:\n"
    "agent:x:990:\n"
    "adm:x:992:agent\n"
    "logs:x:993:wheel,agent\n"
    "none:x:4294967295:\n";

static inline bool
users_put(const char *name, const char *text)
{
	struct scratch_path path = scratch_path("%s", name);
	char target[64];

	(void)snprintf(target, sizeof target, "/etc/%s", name);
	scratch_write(path.s, text, strlen(text));
	return chmod(path.s, 0644) == 0 &&
	    mount(path.s, target, "none", MS_BIND, NULL) == 0;
}

/*
 * As root: these instead of the machine's, for this process and its children.
 * False where that cannot be. After scratch_make().
 */
static inline bool
users_replace(void)
{
	return geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
	    users_put("passwd", users_passwd) &&
	    users_put("group", users_group);
}

/* Runs test in a child: what it answers. */
static inline bool
users_in_child(bool (*test)(void))
{
	int status = 1;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(test() ? 0 : 1);
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Who we are by the kernel's own words, from outside of libc's view. */
static inline bool
users_status_has(const char *line)
{
	char text[8192];
	ssize_t n = scratch_read("/proc/self/status", text, sizeof text - 1);

	text[n > 0 ? n : 0] = '\0';
	if (strstr(text, line) != NULL)
		return true;
	(void)fprintf(stderr, "# no '%s' in\n%s", line, text);
	return false;
}

#endif
