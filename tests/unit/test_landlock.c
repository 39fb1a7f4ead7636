/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alone, without the list of calls that would refuse all of this first. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "agent/landlock.h"
#include "tests/scratch.h"
#include "tests/tap.h"

static int
as_errno(int rc)
{
	return rc < 0 ? errno : 0;
}

static int
reads(void)
{
	return as_errno(open("file", O_RDONLY | O_CLOEXEC));
}

static int
writes(void)
{
	return as_errno(open("file", O_WRONLY | O_CLOEXEC));
}

static int
makes_file(void)
{
	return as_errno(open("new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int
lists(void)
{
	return as_errno(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int
executes(void)
{
	char *const argv[] = { (char *)"true", NULL };

	return as_errno(execve("/bin/true", argv, NULL));
}

static int
makes_directory(void)
{
	return as_errno(mkdir("d", 0700));
}

static int
removes(void)
{
	return as_errno(unlink("spare"));
}

static int
renames(void)
{
	return as_errno(rename("file", "file"));
}

static int
links_elsewhere(void)
{
	return as_errno(link("file", "dir/file"));
}

static int
truncates(void)
{
	return as_errno(truncate("file", 0));
}

static int
on_loopback(int (*verb)(int, const struct sockaddr *, socklen_t),
    in_port_t port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	return as_errno(verb(socket(AF_INET, SOCK_STREAM, 0),
	    (const struct sockaddr *)&address, sizeof address));
}

static int
binds(void)
{
	return on_loopback(bind, 0);
}

static int
connects(void)
{
	return on_loopback(connect, 1);
}

static int
signals_parent(void)
{
	return as_errno(kill(getppid(), 0));
}

static int
signals_itself(void)
{
	return as_errno(kill(getpid(), 0));
}

static const struct {
	const char *name;
	int (*try)(void);
	int abi;  /* that knows it */
	int want;
} tries[] = {
	{ "reading a file", reads, 1, EACCES },
	{ "writing to it", writes, 1, EACCES },
	{ "making one", makes_file, 1, EACCES },
	{ "listing a directory", lists, 1, EACCES },
	{ "executing", executes, 1, EACCES },
	{ "making a directory", makes_directory, 1, EACCES },
	{ "removing a file", removes, 1, EACCES },
	{ "renaming", renames, 1, EACCES },
	{ "linking elsewhere", links_elsewhere, 2, EACCES },
	{ "truncating", truncates, 3, EACCES },
	{ "binding a TCP port", binds, 4, EACCES },
	{ "connecting to one", connects, 4, EACCES },
	{ "a signal to the parent", signals_parent, 6, EPERM },
	{ "a signal to itself is not refused", signals_itself, 1, 0 },
};

static int
forbid(int *abi)
{
	struct error err;

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -1 :
	    landlock_forbid_all(abi, &err);
}

static int
outcome(int (*try)(void), bool confined)
{
	int status = -1, abi;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(confined && forbid(&abi) < 0 ? 255 : try());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The files that the attempts need, and none that they made. */
static void
tidy(void)
{
	scratch_write("file", "text", 4);
	scratch_write("spare", "", 0);
	(void)unlink("new");
	(void)rmdir("d");
	(void)unlink("dir/file");
}

static void
test_one(size_t i, int abi)
{
	int open;

	if (tries[i].abi > abi) {
		tap_skip(tries[i].name);
		return;
	}
	tidy();
	open = outcome(tries[i].try, false);
	if (tries[i].want != 0)
		tap_ok(open != tries[i].want, "possible without");
	tidy();
	tap_int(outcome(tries[i].try, true), tries[i].want, tries[i].name);
}

/* What this kernel has, as a child finds. */
static int
get_abi(void)
{
	int abi = 0;

	return forbid(&abi) < 0 ? 255 : abi;
}

/* A descriptor from before stays what it was. */
static int
reads_open_file(void)
{
	char byte;

	return read(3, &byte, 1) == 1 ? 0 : EIO;
}

/* As a user, without no_new_privs: the kernel refuses, and err has it. */
static int
complains(void)
{
	struct error err = { .text = "" };
	int abi = 1;

	if (setuid(65534) < 0 && geteuid() == 0)
		return 1;
	return landlock_forbid_all(&abi, &err) == -1 && abi == 0 &&
	    strcmp(err.text, "landlock: Operation not permitted") == 0 ? 0 : 2;
}

/* In a container whose list of calls is older than this one. */
static int
does_without(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    SYS_landlock_create_ruleset, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT(filter), filter };
	int abi = 1;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return 1;
	return forbid(&abi) == 0 && abi == 0 ? 0 : 2;
}

int
main(void)
{
	int abi = outcome(get_abi, false), fd;

	if (!tap_ok(abi >= 0 && abi < 255, "asked for"))
		return tap_done();
	if (abi == 0) {
		tap_skip("Landlock: the kernel has none");
		return tap_done();
	}
	printf("# Landlock ABI %d\n", abi);
	if (chdir(scratch_make()) < 0 || mkdir("dir", 0700) < 0)
		return 1;
	for (size_t i = 0; i < COUNT(tries); i++)
		test_one(i, abi);

	fd = open("file", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fd != 3)
		(void)dup2(fd, 3);
	tap_int(outcome(reads_open_file, true), 0, "what is open can be read");
	tap_int(outcome(complains, false), 0, "not without no_new_privs");
	tap_int(outcome(does_without, false), 0, "refused as unknown: none");
	return tap_done();
}
