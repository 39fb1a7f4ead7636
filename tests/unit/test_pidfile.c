/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/pidfile.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#define ORDINARY_USER 65534

/* What path holds, as a string; "(none)" if it is not there. */
static const char *
content(const char *path)
{
	static char text[128];
	ssize_t n = scratch_read(path, text, sizeof text - 1);

	text[n > 0 ? n : 0] = '\0';
	return n < 0 ? "(none)" : text;
}

static const char *
own(void)
{
	static char text[32];

	(void)snprintf(text, sizeof text, "%ld\n", (long)getpid());
	return text;
}

/* Why the file was refused, without where; "" if it was not. */
static const char *
take(const char *path, struct pidfile *p)
{
	static struct error err;
	size_t n = strlen(scratch_dir);

	err.text[0] = '\0';
	if (pidfile_take(path, p, &err) == 0)
		return "";
	return strncmp(err.text, scratch_dir, n) == 0 ? err.text + n :
	    err.text;
}

static const struct {
	const char *text;
	size_t n;
	bool taken;
} contents[] = {
	{ "", 0, true },
	{ "x", 1, false },
	{ "0", 1, false },
	{ "-1", 2, false },
	{ "+1", 2, false },
	{ " 1", 2, false },
	{ "\n", 1, false },
	{ "1 2\n", 4, false },
	{ "1\0\n", 3, false },
	{ "0x1\n", 4, false },
	{ "root:x:0:0", 10, false },
	{ "2147483648\n", 11, false },
	{ "99999999999999999999\n", 21, false },
	{ "18446744073709551617\n", 21, false },
	{ "2147483647\n", 11, true },    /* no system has as many */
	{ "2147483647 \r\n\n", 14, true },
	{ "2147483647                                                        "
	    "       ", 73, false },
};

static void
test_contents(void)
{
	struct scratch_path path = scratch_path("pid");
	struct pidfile p = { .path = "" };

	for (size_t i = 0; i < COUNT(contents); i++) {
		scratch_write(path.s, contents[i].text, contents[i].n);
		tap_str(take(path.s, &p), contents[i].taken ? "" :
		    "/pid: not a file with a process number",
		    contents[i].text);
		if (contents[i].taken)
			tap_str(content(path.s), own(), "replaced");
		else
			tap_ok(strcmp(content(path.s), contents[i].text) == 0,
			    "left alone");
		pidfile_drop(&p);
	}
	(void)unlink(path.s);
}

static void
test_life(void)
{
	struct scratch_path path = scratch_path("pid");
	struct scratch_path new = scratch_path("pid.new");
	struct pidfile p = { .path = "" }, copy;
	struct stat st;

	(void)umask(022);
	scratch_write(new.s, "of one that died", 16);
	tap_str(take(path.s, &p), "", "taken");
	tap_str(content(path.s), own(), "this process");
	tap_str(content(new.s), "(none)", "nothing beside it");
	(void)stat(path.s, &st);
	tap_int(st.st_mode & 0777, 0644, "for all to read");
	tap_str(take(path.s, &p), "", "taken again, by the same one");
	copy = p;
	copy.fd = open("/dev/null", O_RDONLY);
	pidfile_drop(&p);
	tap_str(content(path.s), "(none)", "dropped");
	tap_str(p.path, "", "and forgotten");
	pidfile_drop(&p);
	scratch_write(path.s, "1\n", 2);
	pidfile_drop(&copy);
	tap_str(content(path.s), "1\n", "another's is not dropped");
	(void)unlink(path.s);
}

/* A child that has taken it until it is killed; its number. */
static pid_t
start_holder(const char *path)
{
	struct pidfile p;
	struct error err;
	int ends[2];
	char byte;
	pid_t pid;

	(void)!pipe(ends);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (pidfile_take(path, &p, &err) == 0)
			(void)!write(ends[1], "", 1);
		pause();
		_exit(0);
	}
	close(ends[1]);
	tap_int(read(ends[0], &byte, 1), 1, "another process takes it");
	close(ends[0]);
	return pid;
}

/* A process that lives and has the number of one that died. */
static void
test_reused(void)
{
	struct scratch_path path = scratch_path("pid");
	struct pidfile p = { .path = "" };
	char text[32];
	int n = snprintf(text, sizeof text, "%ld\n", (long)getppid());

	scratch_write(path.s, text, (size_t)n);
	tap_str(take(path.s, &p), "", "a number that someone else has now");
	tap_str(content(path.s), own(), "is replaced");
	pidfile_drop(&p);
}

/* One that holds it, and then has died. */
static void
test_others(void)
{
	struct scratch_path path = scratch_path("pid");
	struct pidfile p = { .path = "" };
	char text[32], why[80];
	pid_t pid;

	pid = start_holder(path.s);
	(void)snprintf(text, sizeof text, "%ld\n", (long)pid);
	(void)snprintf(why, sizeof why, "/pid: process %ld is running",
	    (long)pid);
	tap_str(take(path.s, &p), why, "while it lives");
	tap_str(content(path.s), text, "keeps it");
	tap_str(p.path, "", "nothing is taken");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	tap_str(take(path.s, &p), "", "one that died");
	tap_str(content(path.s), own(), "is replaced");

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		pidfile_drop(&p);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
	tap_str(content(path.s), own(), "a child does not drop it");
	pidfile_drop(&p);
}

/* As an ordinary user: 0 if taken, 1 if refused with this text in it. */
static int
as_ordinary(const char *path, const char *want)
{
	struct pidfile p;
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		const char *why;

		if (setgid(ORDINARY_USER) < 0 || setuid(ORDINARY_USER) < 0)
			_exit(3);
		why = take(path, &p);
		_exit(*why == '\0' ? 0 : strcmp(why, want) == 0 ? 1 : 2);
	}
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_ordinary(void)
{
	struct scratch_path path = scratch_path("theirs/pid");
	char why[80];
	pid_t pid;

	if (geteuid() != 0) {
		tap_skip("other users: not run as root");
		return;
	}
	(void)mkdir(scratch_path("theirs").s, 0755);
	(void)mkdir(scratch_path("roots").s, 0755);
	(void)!chown(scratch_path("theirs").s, ORDINARY_USER, 0);
	tap_int(as_ordinary(path.s, ""), 0, "an ordinary user's");
	(void)unlink(path.s);
	pid = start_holder(path.s);
	(void)snprintf(why, sizeof why, "/theirs/pid: process %ld is running",
	    (long)pid);
	tap_int(as_ordinary(path.s, why), 1, "one to whom we may not signal");
	tap_int(as_ordinary(scratch_path("roots/pid").s,
	    "/roots: Permission denied"), 1, "a directory of root");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static void
test_refused(void)
{
	struct scratch_path target = scratch_path("target");
	struct scratch_path link = scratch_path("link");
	struct pidfile p = { .path = "" };
	static char longest[2000];
	char why[100];

	scratch_write(target.s, "", 0);
	(void)!symlink(target.s, link.s);
	tap_str(take(link.s, &p), "/link: a symbolic link", "a link");
	tap_str(content(target.s), "", "not followed");
	(void)unlink(link.s);
	(void)!symlink(target.s, scratch_path("pid.new").s);
	tap_str(take(scratch_path("pid").s, &p), "", "a link beside it");
	tap_str(content(target.s), "", "not followed");
	pidfile_drop(&p);
	tap_str(take(scratch_path("none/pid").s, &p),
	    "/none: No such file or directory", "a directory not there");
	(void)mkfifo(scratch_path("fifo").s, 0600);
	tap_str(take(scratch_path("fifo").s, &p),
	    "/fifo: not a file with a process number", "a FIFO");
	(void)mkdir(scratch_path("dir").s, 0700);
	tap_str(take(scratch_path("dir").s, &p),
	    "/dir: not a file with a process number", "a directory");
	tap_str(take("/nowhere-at-all/x/pid", &p),
	    "/nowhere-at-all/x: No such file or directory", "none above");
	memset(longest, 'x', sizeof longest - 1);
	(void)snprintf(why, sizeof why, "%.60s...: too long a path", longest);
	tap_str(take(longest, &p), why, "a path too long");
	tap_str(p.path, "", "nothing was taken");
}

/* The disk is full: what was there stays, and nothing beside it. */
static void
test_full_disk(void)
{
	struct scratch_path path = scratch_path("pid");
	struct rlimit limit = { 0, RLIM_INFINITY };
	struct pidfile p = { .path = "" };
	int status = -1;
	pid_t pid;

	scratch_write(path.s, "2147483647\n", 11);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void)signal(SIGXFSZ, SIG_IGN);
		(void)setrlimit(RLIMIT_FSIZE, &limit);
		_exit(strcmp(take(path.s, &p), "/pid: File too large") != 0);
	}
	(void)waitpid(pid, &status, 0);
	tap_int(status, 0, "a full disk");
	tap_str(content(path.s), "2147483647\n", "what was there stays");
	tap_str(content(scratch_path("pid.new").s), "(none)",
	    "nothing beside it");
}

int
main(void)
{
	scratch_make();
	(void)chmod(scratch_dir, 0711);
	test_contents();
	test_life();
	test_others();
	test_reused();
	test_ordinary();
	test_refused();
	test_full_disk();
	return tap_done();
}
