/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inject - makes a running process try system calls, and says what came of it
 *
 * usage: inject PID CALL...
 *
 * For tests, as root: shows from outside that a process is closed in, with no
 * help from the process, which goes on afterwards as if nothing had happened.
 * Prints a line for each call, "open OK" or "open EPERM". What succeeds is
 * undone: a descriptor is closed, memory unmapped, a child killed before its
 * first instruction. Where success could not be undone, arguments are such
 * that the kernel refuses with another error than EPERM once it looks at them.
 *
 * Exits with 0 if all were tried, 77 on an architecture it does not know.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "tests/agent/tracee.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What the calls point at. */
union block {
	struct {
		char root[8], empty[8], shadow[16];
		uint64_t none[2]; /* the end of an argv */
		struct sockaddr_in loopback;
	};
	char all[TRACEE_BLOCK];
};

enum undo {
	NOTHING,
	CLOSE,
	UNMAP,
	REAP,
};

struct call {
	const char *name;
	long number, args[6];
	enum undo undo;
};

/* The call by that name, with pointers into the block. */
static bool
find_call(const char *name, uint64_t block, struct call *out)
{
	const long root = (long)(block + offsetof(union block, root));
	const long empty = (long)(block + offsetof(union block, empty));
	const long shadow = (long)(block + offsetof(union block, shadow));
	const long none = (long)(block + offsetof(union block, none));
	const long address = (long)(block + offsetof(union block, loopback));
	const long size = sizeof(struct sockaddr_in);
	const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
	const struct call calls[] = {
		/* one that nobody refuses, to see that injecting works */
		{ "getpid", SYS_getpid, { 0 }, NOTHING },
		{ "open", SYS_openat, { AT_FDCWD, root, O_RDONLY }, CLOSE },
		{ "mkdir", SYS_mkdirat, { AT_FDCWD, empty, 0700 }, NOTHING },
		{ "unlink", SYS_unlinkat, { AT_FDCWD, empty, 0 }, NOTHING },
		{ "memfd_create", SYS_memfd_create, { empty, 0 }, CLOSE },
		{ "fork", SYS_clone, { SIGCHLD }, REAP },
		{ "execve", SYS_execve, { empty, none, none }, NOTHING },
		{ "socket", SYS_socket, { AF_INET, SOCK_STREAM, 0 }, CLOSE },
		{ "connect", SYS_connect, { -1, address, size }, NOTHING },
		{ "bind", SYS_bind, { -1, address, size }, NOTHING },
		{ "mmap-exec", SYS_mmap,
		    { 0, 4096, PROT_READ | PROT_EXEC, anonymous, -1, 0 },
		    UNMAP },
		{ "mprotect-exec", SYS_mprotect,
		    { 0, 0, PROT_READ | PROT_EXEC }, NOTHING },
		/* its own group, at least itself */
		{ "kill", SYS_kill, { 0, 0 }, NOTHING },
		/* not PTRACE_TRACEME: traced as it is, that is EPERM */
		{ "ptrace", SYS_ptrace, { PTRACE_CONT, INT_MAX, 0, 0 },
		    NOTHING },
		{ "prctl", SYS_prctl, { PR_GET_DUMPABLE }, NOTHING },
		{ "setuid", SYS_setuid, { -1 }, NOTHING },
		/* for who is root, or may not become it: it stays */
		{ "setuid-root", SYS_setuid, { 0 }, NOTHING },
		{ "open-shadow", SYS_openat, { AT_FDCWD, shadow, O_RDONLY },
		    CLOSE },
		{ "kill-init", SYS_kill, { 1, 0 }, NOTHING },
		{ "chroot", SYS_chroot, { root }, NOTHING },
		/* of no type that there is, and to a name that is too long */
		{ "mount", SYS_mount, { empty, root, empty, 0, 0 }, NOTHING },
		{ "sethostname", SYS_sethostname, { root, INT_MAX }, NOTHING },
	};

	for (size_t i = 0; i < COUNT(calls); i++)
		if (strcmp(calls[i].name, name) == 0) {
			*out = calls[i];
			return true;
		}
	return false;
}

static void
print_result(const char *name, long result)
{
	static const struct {
		int number;
		const char *name;
	} errors[] = {
		{ EPERM, "EPERM" }, { ENOENT, "ENOENT" }, { ESRCH, "ESRCH" },
		{ EBADF, "EBADF" }, { EACCES, "EACCES" }, { EINVAL, "EINVAL" },
		{ ENOSYS, "ENOSYS" }, { EAGAIN, "EAGAIN" },
		{ ENODEV, "ENODEV" },
	};

	for (size_t i = 0; i < COUNT(errors); i++)
		if (result == -errors[i].number) {
			printf("%s %s\n", name, errors[i].name);
			return;
		}
	if (result < 0)
		printf("%s error %ld\n", name, -result);
	else
		printf("%s OK\n", name);
}

static bool
undo_call(struct tracee *t, const struct call *c, long result)
{
	const struct call undos[] = {
		[CLOSE] = { "close", SYS_close, { result }, NOTHING },
		[UNMAP] = { "munmap", SYS_munmap, { result, 4096 }, NOTHING },
		[REAP] = { "wait4", SYS_wait4, { result }, NOTHING },
	};
	const struct call *undo = &undos[c->undo];
	long rc;

	if (c->undo == NOTHING || result < 0)
		return true;
	if (!tracee_call(t, undo->number, undo->args, &rc))
		return false;
	if (rc < 0)
		fprintf(stderr, "inject: %s after %s: %s\n", undo->name,
		    c->name, strerror((int)-rc));
	return rc >= 0;
}

static bool
try_calls(struct tracee *t, uint64_t block, char *const names[])
{
	for (; *names != NULL; names++) {
		struct call c;
		long result;

		if (!find_call(*names, block, &c) ||
		    !tracee_call(t, c.number, c.args, &result) ||
		    !undo_call(t, &c, result))
			return false;
		print_result(*names, result);
	}
	return true;
}

static int
run(pid_t pid, char *const names[])
{
	const union block block = {
		.root = "/",
		.shadow = "/etc/shadow",
		.loopback = {
			.sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		},
	};
	uint64_t address;
	struct tracee *t = tracee_stop(pid, &block, &address);
	bool ok;

	if (t == NULL)
		return 1;
	ok = try_calls(t, address, names);
	return tracee_release(t) && ok ? 0 : 1;
}

static void
wake(int number)
{
	(void)number; /* waitpid() returns */
}

int
main(int argc, char *argv[])
{
	const struct sigaction action = { .sa_handler = wake };
	const struct itimerval timer = { { 1, 0 }, { 10, 0 } }; /* s */
	const pid_t pid = argc > 2 ? atoi(argv[1]) : 0;
	struct call c;

	if (!tracee_is_supported())
		return 77;
	for (int i = 2; i < argc; i++)
		if (!find_call(argv[i], 0, &c)) {
			fprintf(stderr, "inject: no such call: %s\n", argv[i]);
			return 2;
		}
	if (pid <= 0) {
		fprintf(stderr, "usage: inject PID CALL...\n");
		return 2;
	}
	(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
	return run(pid, argv + 2);
}
