/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/landlock.h"
#include "agent/sandbox.h"

struct allowed {
	int call;
	unsigned count;
	struct scmp_arg_cmp args[2];
};

/* Arguments of type int: the kernel looks at no more than these bits. */
#define IS(arg, value) { arg, SCMP_CMP_MASKED_EQ, UINT32_MAX, value }
#define LACKS(arg, bit) { arg, SCMP_CMP_MASKED_EQ, bit, 0 }
#define HAS(arg, bit) { arg, SCMP_CMP_MASKED_EQ, bit, bit }

/* Of futexes nothing but to wait and to wake: WAIT is 0, WAKE is 1. */
#define OTHER_FUTEX ((uint32_t)FUTEX_CMD_MASK & ~(uint32_t)FUTEX_WAKE)

/* What is not here is refused. What a pointer points at cannot be seen. */
static const struct allowed list[] = {
	/* waiting */
	{ .call = SCMP_SYS(epoll_ctl) },
	{ .call = SCMP_SYS(epoll_wait) },
	{ .call = SCMP_SYS(epoll_pwait) },
	{ .call = SCMP_SYS(epoll_pwait2) },
	{ .call = SCMP_SYS(poll) },
	{ .call = SCMP_SYS(ppoll) },
	{ .call = SCMP_SYS(nanosleep) },
	{ .call = SCMP_SYS(clock_nanosleep) },
	{ .call = SCMP_SYS(restart_syscall) },
	{ .call = SCMP_SYS(futex), 1, { LACKS(1, OTHER_FUTEX) } },

	/* what is open */
	{ .call = SCMP_SYS(read) },
	{ .call = SCMP_SYS(readv) },
	{ .call = SCMP_SYS(write) },
	{ .call = SCMP_SYS(writev) },
	{ .call = SCMP_SYS(close) },
	{ .call = SCMP_SYS(fcntl), 1, { IS(1, F_GETFD) } },
	{ .call = SCMP_SYS(fcntl), 1, { IS(1, F_SETFD) } },
	{ .call = SCMP_SYS(fcntl), 1, { IS(1, F_GETFL) } },
	{ .call = SCMP_SYS(fcntl), 1, { IS(1, F_SETFL) } },

	/* sockets */
	{ .call = SCMP_SYS(accept) },
	{ .call = SCMP_SYS(accept4) },
	{ .call = SCMP_SYS(recvfrom) },
	{ .call = SCMP_SYS(recvmsg) },
	{ .call = SCMP_SYS(sendto), 1, { { 4, SCMP_CMP_EQ, 0, 0 } } },
	/*
	 * Its address is behind a pointer. It would be of use only with a
	 * datagram socket that is not connected, and none can be made.
	 */
	{ .call = SCMP_SYS(sendmsg) },
	{ .call = SCMP_SYS(shutdown) },
	{ .call = SCMP_SYS(getsockname) },
	{ .call = SCMP_SYS(getpeername) },
	{ .call = SCMP_SYS(getsockopt), 1, { IS(1, SOL_SOCKET) } },
	{ .call = SCMP_SYS(getsockopt), 1, { IS(1, IPPROTO_TCP) } },
	{ .call = SCMP_SYS(setsockopt), 2,
	    { IS(1, IPPROTO_TCP), IS(2, TCP_NODELAY) } },
	{ .call = SCMP_SYS(setsockopt), 2,
	    { IS(1, IPPROTO_TCP), IS(2, TCP_QUICKACK) } },
	{ .call = SCMP_SYS(setsockopt), 2,
	    { IS(1, SOL_SOCKET), IS(2, SO_KEEPALIVE) } },
	{ .call = SCMP_SYS(setsockopt), 2,
	    { IS(1, SOL_SOCKET), IS(2, SO_LINGER) } },

	/* memory: of no file, and never to be executed */
	{ .call = SCMP_SYS(brk) },
	{ .call = SCMP_SYS(mmap), 2,
	    { LACKS(2, PROT_EXEC), HAS(3, MAP_ANONYMOUS) } },
	{ .call = SCMP_SYS(mprotect), 1, { LACKS(2, PROT_EXEC) } },
	{ .call = SCMP_SYS(mremap) },
	{ .call = SCMP_SYS(munmap) },
	{ .call = SCMP_SYS(madvise), 1, { IS(2, MADV_DONTNEED) } },

	/* the clock, chance, and who we are; malloc and OpenSSL ask too */
	{ .call = SCMP_SYS(clock_gettime) },
	{ .call = SCMP_SYS(gettimeofday) },
	{ .call = SCMP_SYS(time) },
	{ .call = SCMP_SYS(getrandom) },
	{ .call = SCMP_SYS(getpid) },
	{ .call = SCMP_SYS(gettid) },

	/* signals and the end; abort() kills itself by tgkill() */
	{ .call = SCMP_SYS(rt_sigaction) },
	{ .call = SCMP_SYS(rt_sigprocmask) },
	{ .call = SCMP_SYS(rt_sigreturn) },
	{ .call = SCMP_SYS(exit) },
	{ .call = SCMP_SYS(exit_group) },
};

/*
 * Calls of another architecture, i386 or x32 on x86-64, kill: their numbers
 * mean something else, and no library of ours makes them.
 */
static int
fill(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp self = IS(0, (scmp_datum_t)getpid());
	int rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);

	if (rc == 0)
		rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(tgkill), 1, &self);
	/* Of what an architecture does not have libseccomp makes no rule. */
	for (size_t i = 0; rc == 0 && i < sizeof list / sizeof list[0]; i++)
		rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    list[i].call, list[i].count, list[i].args);
	return rc;
}

static int
load_filter(struct error *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc;

	if (filter == NULL)
		return error_set(err, "seccomp: out of memory");
	rc = fill(filter);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc == 0 ? 0 : error_set(err, "seccomp: %s: this kernel or "
	    "container lets no process shut itself in", strerror(-rc));
}

/* Not RLIMIT_FSIZE: the log may be a file that was open before. */
static int
set_limits(struct error *err)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) < 0 ||
	    setrlimit(RLIMIT_NPROC, &none) < 0)
		return error_set(err, "setrlimit: %s", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_set(err, "prctl: %s", strerror(errno));
	return 0;
}

int
sandbox_enter(struct sandbox_state *out, struct error *err)
{
	struct sandbox_state state = { .seccomp = true };

	if (set_limits(err) < 0 ||
	    landlock_forbid_all(&state.landlock_abi, err) < 0 ||
	    load_filter(err) < 0)
		return -1;
	*out = state;
	return 0;
}
