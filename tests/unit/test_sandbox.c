/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every attempt is made by a child of its own: first by one without a sandbox,
 * since a call that is refused there too would prove nothing.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/confined.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#ifdef HAVE_SANDBOX
static const bool built = true;
#else
static const bool built = false;
#endif

enum {
	WORKED = 0, /* else errno */
};

/* What was opened before, as in the gatekeeper. */
struct world {
	int tcp;    /* neither bound nor connected */
	char *page; /* of memory */
	const char *file, *dir;
};

struct attempt {
	const char *name;
	long call, args[6];
};

static int
outcome(const struct attempt *a, bool sandboxed)
{
	pid_t pid;
	long rc;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (sandboxed)
			(void)confined_enter();
		rc = syscall(a->call, a->args[0], a->args[1], a->args[2],
		    a->args[3], a->args[4], a->args[5]);
		_exit(rc < 0 ? errno : WORKED);
	}
	return confined_reap(pid);
}

static void
refuse(const struct attempt *a)
{
	int open = outcome(a, false);

	if (open == EPERM) {
		char why[80];

		(void)snprintf(why, sizeof why, "%s: refused without a "
		    "sandbox too", a->name);
		tap_skip(why);
		return;
	}
	tap_int(outcome(a, true), EPERM, a->name);
}

static void
refuse_all(const struct attempt *attempts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		refuse(&attempts[i]);
}

#define P(pointer) ((long)(intptr_t)(pointer))

static void
test_files(const struct world *w)
{
	/* struct open_how */
	const uint64_t how[3] = { 0 };
	const struct attempt attempts[] = {
		{ "openat", SYS_openat, { AT_FDCWD, P(w->file), O_RDONLY } },
		{ "openat to write", SYS_openat,
		    { AT_FDCWD, P(w->file), O_WRONLY } },
		{ "openat of a new file", SYS_openat,
		    { AT_FDCWD, P("new"), O_WRONLY | O_CREAT, 0600 } },
		{ "openat2", SYS_openat2,
		    { AT_FDCWD, P(w->file), P(how), sizeof how } },
		{ "mkdirat", SYS_mkdirat, { AT_FDCWD, P("d"), 0700 } },
		{ "unlinkat", SYS_unlinkat, { AT_FDCWD, P("none"), 0 } },
		{ "renameat2", SYS_renameat2,
		    { AT_FDCWD, P("none"), AT_FDCWD, P("other") } },
		{ "linkat", SYS_linkat,
		    { AT_FDCWD, P("none"), AT_FDCWD, P("other") } },
		{ "symlinkat", SYS_symlinkat, { P("x"), AT_FDCWD, P("l") } },
		{ "mknodat", SYS_mknodat, { AT_FDCWD, P("f"), S_IFIFO } },
		{ "fchmodat", SYS_fchmodat, { AT_FDCWD, P(w->file), 0600 } },
		{ "truncate", SYS_truncate, { P(w->file), 0 } },
		{ "chdir", SYS_chdir, { P(w->dir) } },
		{ "chroot", SYS_chroot, { P("none") } },
		{ "mount", SYS_mount, { 0, P("none"), 0, 0, 0 } },
		{ "memfd_create", SYS_memfd_create, { P("m"), 0 } },
		{ "name_to_handle_at", SYS_name_to_handle_at,
		    { AT_FDCWD, P("none"), 0, 0, 0 } },
		{ "getdents64", SYS_getdents64, { 0, 0, 0 } },
		{ "fanotify_mark", SYS_fanotify_mark, { -1, 0, 0, 0, 0 } },
		{ "inotify_init1", SYS_inotify_init1, { 0 } },
	};

	refuse_all(attempts, COUNT(attempts));
}

static void
test_processes(void)
{
	const uint64_t clone_args[11] = { [4] = SIGCHLD };
	char *const argv[] = { (char *)"true", NULL };
	const struct attempt attempts[] = {
		{ "clone", SYS_clone, { SIGCHLD } },
		{ "clone3", SYS_clone3, { P(clone_args), sizeof clone_args } },
		{ "execve", SYS_execve, { P("/bin/true"), P(argv), 0 } },
		{ "execveat", SYS_execveat,
		    { AT_FDCWD, P("/bin/true"), P(argv), 0, 0 } },
		{ "ptrace", SYS_ptrace, { PTRACE_TRACEME, 0, 0, 0 } },
		{ "process_vm_readv", SYS_process_vm_readv,
		    { getpid(), 0, 0, 0, 0, 0 } },
		{ "process_vm_writev", SYS_process_vm_writev,
		    { getpid(), 0, 0, 0, 0, 0 } },
		{ "kill of the parent", SYS_kill, { getpid(), 0 } },
		{ "tgkill of the parent", SYS_tgkill,
		    { getpid(), getpid(), 0 } },
		/* where Landlock, which refuses signals too, is not asked */
		{ "tgkill of nobody", SYS_tgkill,
		    { INT_MAX, INT_MAX, SIGTERM } },
		{ "kill of all", SYS_kill, { 0, 0 } },
		{ "pidfd_open", SYS_pidfd_open, { getpid(), 0 } },
		{ "pidfd_getfd", SYS_pidfd_getfd, { -1, 0, 0 } },
		{ "pidfd_send_signal", SYS_pidfd_send_signal,
		    { -1, 0, 0, 0 } },
		{ "setuid", SYS_setuid, { getuid() } },
		{ "setgid", SYS_setgid, { getgid() } },
		{ "setresuid", SYS_setresuid, { -1, -1, -1 } },
		{ "setsid", SYS_setsid, { 0 } },
		{ "unshare", SYS_unshare, { 0 } },
		{ "setns", SYS_setns, { -1, 0 } },
		{ "prctl", SYS_prctl, { PR_GET_DUMPABLE } },
		{ "prlimit64", SYS_prlimit64, { 0, 0, 0, 0 } },
		{ "seccomp", SYS_seccomp, { 0, 0, 0 } },
		{ "kcmp", SYS_kcmp, { getpid(), getpid(), 0, 0, 0 } },
	};

	refuse_all(attempts, COUNT(attempts));
}

static void
test_network(const struct world *w)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int pair[2] = { -1, -1 }, on = 1, udp = socket(AF_INET, SOCK_DGRAM, 0);
	const struct attempt attempts[] = {
		{ "socket", SYS_socket, { AF_INET, SOCK_STREAM, 0 } },
		{ "socket AF_UNIX", SYS_socket, { AF_UNIX, SOCK_DGRAM, 0 } },
		{ "socketpair", SYS_socketpair,
		    { AF_UNIX, SOCK_STREAM, 0, P(pair) } },
		{ "bind", SYS_bind, { w->tcp, P(&any), sizeof any } },
		{ "listen", SYS_listen, { w->tcp, 1 } },
		{ "connect", SYS_connect, { w->tcp, P(&any), sizeof any } },
		{ "sendto an address", SYS_sendto,
		    { udp, P("x"), 1, 0, P(&any), sizeof any } },
		{ "another socket option", SYS_setsockopt,
		    { w->tcp, SOL_SOCKET, SO_REUSEADDR, P(&on), sizeof on } },
		{ "a name of another level", SYS_setsockopt,
		    { w->tcp, IPPROTO_IP, TCP_NODELAY, P(&on), sizeof on } },
		{ "getsockopt of IP", SYS_getsockopt,
		    { w->tcp, IPPROTO_IP, 0, 0, 0 } },
		{ "ioctl", SYS_ioctl, { w->tcp, 0x5421 /* FIONBIO */, 0 } },
		{ "fcntl F_SETOWN", SYS_fcntl, { w->tcp, F_SETOWN, 0 } },
		{ "fcntl F_DUPFD", SYS_fcntl, { w->tcp, F_DUPFD, 0 } },
		{ "dup", SYS_dup, { w->tcp } },
	};

	any.sin_port = htons(9);
	refuse_all(attempts, COUNT(attempts));
	close(udp);
}

static void
test_memory(const struct world *w)
{
	const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
	int fd = open(w->file, O_RDONLY | O_CLOEXEC);
	const struct attempt attempts[] = {
		{ "mmap PROT_EXEC", SYS_mmap,
		    { 0, 4096, PROT_READ | PROT_EXEC, anonymous, -1, 0 } },
		{ "mmap of all kinds", SYS_mmap,
		    { 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, anonymous,
		      -1, 0 } },
		{ "mmap of a file", SYS_mmap,
		    { 0, 4096, PROT_READ, MAP_PRIVATE, fd, 0 } },
		{ "mprotect PROT_EXEC", SYS_mprotect,
		    { P(w->page), 4096, PROT_READ | PROT_EXEC } },
		{ "pkey_mprotect", SYS_pkey_mprotect,
		    { P(w->page), 4096, PROT_READ, -1 } },
		{ "personality", SYS_personality, { 0 } },
		{ "madvise MADV_MERGEABLE", SYS_madvise,
		    { P(w->page), 4096, MADV_MERGEABLE } },
		{ "shmget", SYS_shmget, { 0 /* IPC_PRIVATE */, 0, 0 } },
	};

	refuse_all(attempts, COUNT(attempts));
	close(fd);
}

/* What holes in kernels were found by. */
static void
test_kernel(void)
{
	const struct attempt attempts[] = {
		{ "io_uring_setup", SYS_io_uring_setup, { 0, 0 } },
		{ "io_uring_enter", SYS_io_uring_enter, { -1, 0, 0, 0, 0 } },
		{ "userfaultfd", SYS_userfaultfd, { 0xffff } },
		{ "bpf", SYS_bpf, { -1, 0, 0 } },
		{ "perf_event_open", SYS_perf_event_open, { 0, 0, -1, -1 } },
		{ "keyctl", SYS_keyctl, { -1 } },
		{ "add_key", SYS_add_key, { 0, 0, 0, 0, 0 } },
		{ "init_module", SYS_init_module, { 0, 0, 0 } },
		{ "reboot", SYS_reboot, { 0, 0, 0, 0 } },
		{ "timer_create", SYS_timer_create, { -1, 0, 0 } },
		{ "futex LOCK_PI", SYS_futex, { 0, FUTEX_LOCK_PI, 0 } },
		{ "futex REQUEUE", SYS_futex, { 0, FUTEX_REQUEUE, 0 } },
		{ "splice", SYS_splice, { -1, 0, -1, 0, 0, 0 } },
		{ "vmsplice", SYS_vmsplice, { -1, 0, 0, 0 } },
		{ "sendfile", SYS_sendfile, { -1, -1, 0, 0 } },
		{ "epoll_create1", SYS_epoll_create1, { 0 } },
		{ "one that is not there", 9999, { 0 } },
	};

	refuse_all(attempts, COUNT(attempts));
}

/* Calls that younger architectures do not have. */
#ifdef __x86_64__
static void
test_old_calls(const struct world *w)
{
	const struct attempt attempts[] = {
		{ "open", SYS_open, { P(w->file), O_RDONLY } },
		{ "creat", SYS_creat, { P("new"), 0600 } },
		{ "fork", SYS_fork, { 0 } },
		{ "mkdir", SYS_mkdir, { P("e"), 0700 } },
		{ "unlink", SYS_unlink, { P("none") } },
		{ "rename", SYS_rename, { P("none"), P("other") } },
		{ "arch_prctl", SYS_arch_prctl, { 0, 0 } },
		{ "modify_ldt", SYS_modify_ldt, { 0, 0, 0 } },
	};
	const struct attempt x32 = { "x32", 0x40000000L + SYS_getpid, { 0 } };

	refuse_all(attempts, COUNT(attempts));
	tap_int(outcome(&x32, true), -SIGSYS, "a call of x32 kills");
}
#else
static void
test_old_calls(const struct world *w)
{
	(void)w;
}
#endif

static void *
do_nothing(void *arg)
{
	return arg;
}

static int
try_vfork(void)
{
	pid_t pid = vfork(); /* NOLINT: the very call that is to be refused */

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : WORKED;
}

static int
try_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, do_nothing, NULL);
}

/* By the C library, which has second ways for some calls. */
static void
test_library(void)
{
	static const struct {
		const char *name;
		int (*try)(void);
	} ways[] = {
		{ "vfork() of the library", try_vfork },
		{ "pthread_create()", try_thread },
	};

	fflush(stdout);
	for (size_t i = 0; i < COUNT(ways); i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(ways[i].try());
		tap_int(confined_reap(pid), WORKED, "without a sandbox");
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			(void)confined_enter();
			_exit(ways[i].try());
		}
		tap_int(confined_reap(pid), EPERM, ways[i].name);
		fflush(stdout);
	}
}

int
main(void)
{
	struct scratch_path file;
	struct world w = { .dir = scratch_make() };

	if (!confined_can(built))
		return tap_done();
	file = scratch_path("file");
	scratch_write(file.s, "text", 4);
	w.file = file.s;
	w.page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	w.tcp = socket(AF_INET, SOCK_STREAM, 0);
	if (w.page == MAP_FAILED || w.tcp < 0 || chdir(w.dir) < 0) {
		printf("Bail out! no memory, socket or directory\n");
		return 1;
	}

	test_files(&w);
	test_processes();
	test_network(&w);
	test_memory(&w);
	test_kernel();
	test_old_calls(&w);
	test_library();
	return tap_done();
}
