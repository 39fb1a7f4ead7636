/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "tests/spawner.h"
#include "tests/tap.h"

static void
test_endings(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGABRT,
		SIGKILL, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGXCPU };
	char text[64];
	int wrong = 0;

	for (int code = 0; code < 256; code++) {
		(void)PLUGIN(PATIENCE, 10, "bytes=11",
		    order_number(text, "exit", code));
		wrong += result.code != code || result.signal != 0 ||
		    result.timed_out || result.left != 0 ||
		    result.output_len != 10 || !result.cut;
	}
	tap_int(wrong, 0, "each exit code");
	for (size_t i = 0; i < COUNT(signals); i++) {
		(void)RUN("out=x", order_number(text, "signal", signals[i]));
		tap_int(result.signal, signals[i], "a signal");
		tap_int(result.code, -1, "is no exit code");
		tap_str(output, "x", "and leaves what was said");
		tap_ok(!result.timed_out, "in time");
	}
}

static void
test_output(void)
{
	static const struct {
		size_t size;
		bool cut;
	} sizes[] = { { 9, true }, { 10, false }, { 11, false }, { 1, true },
		{ 0, true } };

	(void)RUN("err=why");
	tap_int((long long)result.output_len, 0, "no output");
	tap_str(result.stderr_text, "why", "but errors");
	(void)RUN("nul", "err=", "exit=1");
	tap_int((long long)result.output_len, 6, "every byte");
	tap_ok(memcmp(output, "a\0b\0\377\n", 6) == 0, "verbatim");
	tap_str(result.stderr_text, "", "no errors");
	(void)RUN("errbytes=511");
	tap_int((long long)strlen(result.stderr_text), 511, "errors that fit");
	(void)RUN("errbytes=300000", "out=after");
	tap_int((long long)strlen(result.stderr_text), 511,
	    "those that do not");
	tap_ok(strncmp(result.stderr_text, "0123456789", 10) == 0, "the first");
	tap_str(output, "after", "do not block it");
	(void)RUN("close=1", "close=2", "sleep=0.1", "exit=7");
	tap_int(result.code, 7, "one that closes its pipes goes on");

	for (size_t i = 0; i < COUNT(sizes); i++) {
		memset(output, '#', sizeof output);
		(void)PLUGIN(PATIENCE, sizes[i].size, "bytes=10", "exit=2");
		tap_int((long long)result.output_len,
		    (long long)(sizes[i].cut ? sizes[i].size : 10),
		    "10 bytes into a few");
		tap_int(result.cut, sizes[i].cut, "cut if need be");
		tap_ok(output[sizes[i].size + 1] == '#', "not beyond");
		tap_int(result.code, 2, "to its end");
	}
	(void)PLUGIN(PATIENCE, 70001, "bytes=70001");
	tap_ok(result.output_len == 70001 && !result.cut,
	    "more than a pipe holds");
	tap_ok(memcmp(output + 69990, "01234567890", 11) == 0, "in order");
}

static void
test_flood(void)
{
	struct rusage before, after;

	(void)getrusage(RUSAGE_SELF, &before);
	(void)PLUGIN(PATIENCE, 1000, "bytes=1000000000", "exit=3");
	(void)getrusage(RUSAGE_SELF, &after);
	tap_int(result.code, 3, "1 GB does not block it");
	tap_ok(result.cut && result.output_len == 1000, "nor is it kept");
	tap_ok(after.ru_maxrss - before.ru_maxrss < 16384, "anywhere");

	double took = PLUGIN(0.3, 1000, "flood");

	tap_ok(result.timed_out && result.output_len == 1000,
	    "a flood without end has one");
	tap_ok(took >= 0.3 && took < 0.3 + PATIENCE / 2, "in time");
}

static void
test_inherited(void)
{
	int leak = open("/dev/zero", O_RDONLY); /* NOLINT: not close-on-exec */
	sigset_t mask;

	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGHUP, SIG_IGN);
	(void)chdir(scratch_dir);
	(void)RUN("state", "cwd", "env");
	tap_str(output, "session of its own\n/\nPATH=/usr/bin:/bin\n",
	    "nothing inherited");
	(void)sigprocmask(SIG_UNBLOCK, &mask, NULL);

	(void)RUN("fds");
	tap_ok(strncmp(output, "0 /dev/null\n1 pipe:", 19) == 0 &&
	    strstr(output, "\n2 pipe:") != NULL, "what 0 to 2 are");
#ifdef HAVE_POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP
	size_t lines = 0;

	for (const char *s = output; (s = strchr(s, '\n')) != NULL; s++)
		lines++;
	tap_int((long long)lines, 3, "and no more");
#else
	tap_skip("no posix_spawn_file_actions_addclosefrom_np()");
#endif
	close(leak);
}

static void
test_arguments(void)
{
	static const char want[] = "\0 a b \0'\"$(id)`\0\n\t\0\377\1\0--";

	(void)RUN("args", "", " a b ", "'\"$(id)`", "\n\t", "\377\1", "--");
	tap_int((long long)result.output_len, sizeof want, "each argument");
	tap_ok(memcmp(output, want, sizeof want) == 0, "as it was given");
}

/* --- what cannot be started --- */

static void
refused(const char *argv0, const char *why, const char *what)
{
	const char *argv[] = { argv0, NULL };
	char text[2048];

	(void)snprintf(text, sizeof text, "%s: %s", argv0, why);
	tap_ok(run_for(PATIENCE, argv, 10) < 0, what);
	tap_str(err.text, text, "as it says");
}

static char *
file(struct scratch_path *path, const char *name, const char *text,
    mode_t mode)
{
	*path = scratch_path("%s", name);
	scratch_write(path->s, text, strlen(text));
	(void)chmod(path->s, mode);
	return path->s;
}

static void
test_refused(void)
{
	struct scratch_path p;
	int before = count_descriptors();

	refused(file(&p, "plain", "x", 0644), "Permission denied",
	    "not executable");
	refused(file(&p, "script", "echo x\n", 0755),
	    "has no #! line and is no program for this machine",
	    "a script for no shell");
	refused(file(&p, "lost", "#!/no/such\n", 0755),
	    "the interpreter that it names is not there",
	    "a script for another");
	refused(scratch_dir, "is a directory", "a directory");
	p = scratch_path("nobody");
	refused(p.s, "No such file or directory", "nothing");
	p = scratch_path("plain/x");
	refused(p.s, "Not a directory", "below a file");
	tap_ok(has_no_child(), "no child of them");
	tap_int(count_descriptors(), before, "and no descriptor");
}

static void
test_path(void)
{
	struct scratch_path p;
	const char *name = "tool", *ours = "cat";
	char why[1100];

	(void)mkdir(scratch_path("a").s, 0755);
	(void)mkdir(scratch_path("b").s, 0755);
	(void)file(&p, "b/tool", "#!/bin/sh\n", 0755);
	(void)sprintf(path_variable, "PATH=:.:%s/b", scratch_dir + 1);
	(void)snprintf(why, sizeof why, "not in PATH (%s)", path_variable + 5);
	refused(name, why, "in no directory by its full path");
	(void)sprintf(path_variable, "PATH=/no/such:%s/script:%s/a:%s/b",
	    scratch_dir, scratch_dir, scratch_dir);
	(void)unlink(p.s);
	(void)file(&p, "a/tool", "#!/bin/sh\n", 0644);
	tap_ok(run_for(PATIENCE, (const char *[]){ name, NULL }, 10) < 0 &&
	    strstr(err.text, "a/tool: Permission denied") != NULL,
	    "not executable");
	(void)file(&p, "b/tool", "#!/bin/sh\necho \"$0 $#\"", 0755);
	tap_ok(run_for(PATIENCE, (const char *[]){ name, NULL }, 999) >= 0,
	    "found behind that");
	tap_ok(strstr(output, "b/tool 0\n") != NULL, "and run");
	(void)file(&p, "a/tool", "echo", 0755);
	tap_ok(run_for(PATIENCE, (const char *[]){ name, NULL }, 10) < 0 &&
	    strstr(err.text, "a/tool: has no #!") != NULL,
	    "the first that is executable counts");
	tap_ok(run_for(PATIENCE, (const char *[]){ ours, NULL }, 10) < 0,
	    "our own PATH does not");
	(void)strcpy(path_variable, "HATH=/bin");
	tap_ok(run_for(PATIENCE, (const char *[]){ ours, NULL }, 10) < 0,
	    "nor is there one by default");
	(void)strcpy(path_variable, "PATH=/usr/bin:/bin");
}

/* From here on this process has the Linux of before 5.3. */
static bool
forget_pidfd_open(unsigned why)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | why),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT(filter), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void
test_old_kernel(unsigned why)
{
	int i;

	if (!forget_pidfd_open(why)) {
		tap_skip("needs seccomp: a kernel without pidfd_open()");
		return;
	}
	for (i = 0; i < 50; i++) {
		if (!(RUN("escape=0", "out=x", "exit=3") < PATIENCE / 2) ||
		    result.timed_out || result.code != 3)
			break;
	}
	tap_int(i, 50, "without pidfd_open()");
	(void)RUN("escape=0", "sleep=0.2", "exit=3");
	tap_ok(result.code == 3 && !result.timed_out, "its own end counts");
	(void)PLUGIN(0.3, 100, "escape=0", "sleep=30");
	tap_ok(result.timed_out && result.left == 0, "or the deadline");
	tap_ok(has_no_child(), "nobody is left");
}

int
main(void)
{
	spawner_prepare();
	test_endings();
	test_output();
	test_flood();
	test_inherited();
	test_arguments();
	if (under_valgrind()) {
		tap_skip("valgrind: what cannot be started");
	} else {
		test_refused();
		test_path();
	}
	test_old_kernel(ENOSYS);
	test_old_kernel(EPERM);
	return tap_done();
}
