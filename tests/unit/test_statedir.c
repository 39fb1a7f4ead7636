/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "common/statedir.h"
#include "tests/fake_run.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#define ORDINARY_USER 65534

/* Runs test in a child as uid; its verdict. */
static bool
as_user(uid_t uid, bool (*test)(void))
{
	int status = 1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(setgid(uid) == 0 && setuid(uid) == 0 && test() ? 0 : 1);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
refused(const char *path, const char *why)
{
	struct run run = fake_run(path);
	struct error err = { .text = "" };
	int fd = statedir_open(&run, &err);

	if (fd >= 0)
		close(fd);
	if (fd < 0 && strstr(err.text, path) != NULL &&
	    strstr(err.text, why) != NULL)
		return true;
	printf("# %s: %s\n", path, fd < 0 ? err.text : "opened");
	return false;
}

static void
test_refused(void)
{
	static const mode_t modes[] = { 0755, 0750, 0701, 0710, 0704, 0720,
		01777, 02710 };
	struct scratch_path dir = scratch_path("mode");
	char why[64];

	(void)mkdir(dir.s, 0700);
	for (size_t i = 0; i < COUNT(modes); i++) {
		(void)chmod(dir.s, modes[i]);
		(void)snprintf(why, sizeof why, "(mode %04o, not 0700)",
		    (unsigned)modes[i]);
		tap_ok(refused(dir.s, why), why);
	}
	(void)chmod(dir.s, 0700);
	(void)!symlink(dir.s, scratch_path("link").s);
	tap_ok(refused(scratch_path("link").s, "not a directory of its own"),
	    "a symbolic link");
	scratch_write(scratch_path("file").s, "", 0);
	tap_ok(refused(scratch_path("file").s, "not a directory of its own"),
	    "a file");
	tap_ok(refused(scratch_path("none/below").s, "No such file"),
	    "no parent to make it in");
	tap_ok(refused(scratch_path("file/below").s,
	    "not a directory of its own"), "a file as parent");
}

static bool
refused_as_other(void)
{
	return refused(scratch_path("roots").s, "belongs to user 0, not to "
	    "user 65534");
}

static bool
refused_unmade(void)
{
	return refused(scratch_path("locked/below").s, "Permission denied");
}

static bool
session_used(void)
{
	struct run run = fake_run(NULL);
	struct error err = { .text = "" };
	struct stat st;
	int fd;

	unsetenv("BEFFROI_STATE_DIR");
	setenv("XDG_RUNTIME_DIR", scratch_path("session").s, 1);
	fd = statedir_open(&run, &err);
	return fd >= 0 && stat(scratch_path("session/beffroi").s, &st) == 0 &&
	    (st.st_mode & 07777) == 0700;
}

static void
test_owners(void)
{
	if (geteuid() != 0) {
		tap_skip("other users: not run as root");
		return;
	}
	(void)mkdir(scratch_path("theirs").s, 0700);
	(void)!chown(scratch_path("theirs").s, ORDINARY_USER, 0);
	tap_ok(refused(scratch_path("theirs").s, "belongs to user 65534, not "
	    "to user 0"), "another user's");
	(void)mkdir(scratch_path("roots").s, 0755);
	(void)chmod(scratch_path("roots").s, 0755);
	(void)mkdir(scratch_path("locked").s, 0700);
	(void)mkdir(scratch_path("session").s, 0700);
	(void)!chown(scratch_path("session").s, ORDINARY_USER, 0);
	tap_ok(as_user(ORDINARY_USER, refused_as_other), "root's");
	tap_ok(as_user(ORDINARY_USER, refused_unmade), "one not to be made");
	tap_ok(as_user(ORDINARY_USER, session_used),
	    "the session's, where /run/beffroi cannot be made");
}

/* Which is taken: what run asks for before what the environment does. */
static void
test_choice(void)
{
	struct run run = fake_run(scratch_path("asked").s);
	struct error err;
	struct stat st;
	int fd;

	run.state_dir = strdup(scratch_path("asked").s);
	setenv("BEFFROI_STATE_DIR", scratch_path("environment").s, 1);
	fd = statedir_open(&run, &err);
	tap_ok(fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0700,
	    "made, closed to others");
	tap_ok((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "closed on exec");
	close(fd);
	tap_ok(access(scratch_path("environment").s, F_OK) != 0,
	    "an option beats the environment");
	free((char *)(uintptr_t)run.state_dir);
	run.state_dir = NULL;
	fd = statedir_open(&run, &err);
	tap_ok(fd >= 0 && access(scratch_path("environment").s, F_OK) == 0,
	    "which beats the usual places");
	close(fd);
	unsetenv("BEFFROI_STATE_DIR");
}

/* Many first runs at once: whoever comes second finds it made. */
static void
test_first_runs(void)
{
	int bad = 0, status, start[2];

	fflush(stdout);
	for (int round = 0; round < 100; round++) {
		struct scratch_path dir = scratch_path("round%d", round);
		struct run run = fake_run(dir.s);
		struct error err;
		char none;

		(void)!pipe(start);
		for (int i = 0; i < 4; i++) {
			if (fork() != 0)
				continue;
			close(start[1]);
			(void)!read(start[0], &none, 1);
			_exit(statedir_open(&run, &err) < 0);
		}
		close(start[0]);
		close(start[1]);
		while (wait(&status) > 0)
			bad += status != 0;
	}
	tap_int(bad, 0, "400 first runs");
}

/* The content of name, in words where there is none. */
static const char *
content(int dir, const char *name)
{
	static char text[64];
	struct error err = { .text = "" };
	char *bytes;
	long n = statedir_read(dir, name, &bytes, &err);

	if (n <= 0)
		return n == 0 ? "(none)" : "(failed)";
	(void)snprintf(text, sizeof text, "%.*s", (int)n, bytes);
	free(bytes);
	return text;
}

static void
test_read(int dir)
{
	static char large[STATE_FILE_MAX + 1];

	tap_str(content(dir, "missing"), "(none)", "a missing file");
	scratch_write(scratch_path("asked/empty").s, "", 0);
	tap_str(content(dir, "empty"), "(none)", "an empty one");
	scratch_write(scratch_path("asked/large").s, large, sizeof large);
	tap_str(content(dir, "large"), "(none)", "one too large");
	(void)mkdir(scratch_path("asked/dir").s, 0700);
	tap_str(content(dir, "dir"), "(none)", "a directory");
	(void)mkfifo(scratch_path("asked/fifo").s, 0600);
	tap_str(content(dir, "fifo"), "(none)", "a FIFO, without waiting");
	scratch_write(scratch_path("asked/plain").s, "text", 4);
	tap_str(content(dir, "plain"), "text", "a file");
	(void)!symlink("plain", scratch_path("asked/link").s);
	tap_str(content(dir, "link"), "(failed)", "a symbolic link");
}

static void
set_age(const char *path, long seconds)
{
	struct timespec times[2] = {
		{ .tv_sec = time(NULL) - seconds },
		{ .tv_sec = time(NULL) - seconds },
	};

	(void)utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

/* A write that fails halfway, as on a full disk. */
static bool
kept_on_failure(void)
{
	struct rlimit limit = { 2, 2 };
	struct run run = fake_run(scratch_path("asked").s);
	struct error err = { .text = "" };
	int dir;

	run.state_dir = scratch_path("asked").s;
	dir = statedir_open(&run, &err);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)setrlimit(RLIMIT_FSIZE, &limit);
	return statedir_write(dir, "file", "longer", 6, &err) < 0 &&
	    strstr(err.text, "file.new: File too large") != NULL &&
	    faccessat(dir, "file.new", F_OK, 0) != 0;
}

static void
test_write(int dir)
{
	struct scratch_path new = scratch_path("asked/file.new");
	struct error err = { .text = "" };
	struct stat st;

	tap_int(statedir_write(dir, "file", "one", 3, &err), 0, "written");
	tap_str(content(dir, "file"), "one", "as asked");
	(void)fstatat(dir, "file", &st, 0);
	tap_int(st.st_mode & 07777, 0600, "closed to others");
	tap_int(statedir_write(dir, "file", "2", 1, &err), 0, "replaced");
	tap_str(content(dir, "file"), "2", "as a whole");
	tap_ok(access(new.s, F_OK) != 0, "nothing left behind");

	scratch_write(new.s, "busy", 4);
	tap_int(statedir_write(dir, "file", "3", 1, &err), 1,
	    "another run is at it");
	tap_str(content(dir, "file"), "2", "and wins");
	set_age(new.s, 59);
	tap_int(statedir_write(dir, "file", "3", 1, &err), 1, "as it may be");
	tap_str(content(dir, "file"), "2", "for a minute");
	set_age(new.s, 65);
	tap_int(statedir_write(dir, "file", "4", 1, &err), 0, "one that died");
	tap_str(content(dir, "file"), "4", "does not");
	scratch_write(new.s, "later", 5);
	set_age(new.s, -3600);
	tap_int(statedir_write(dir, "file", "5", 1, &err), 0,
	    "one from the future");
	tap_str(content(dir, "file"), "5", "neither");

	(void)!symlink("plain", new.s);
	set_age(new.s, 65);
	tap_int(statedir_write(dir, "file", "6", 1, &err), 0, "a link there");
	tap_str(content(dir, "plain"), "text", "is not followed");
	tap_str(content(dir, "file"), "6", "but replaced");

	tap_ok(as_user(geteuid(), kept_on_failure), "a failure says why");
	tap_str(content(dir, "file"), "6", "and leaves what was there");
}

int
main(void)
{
	struct error err;
	struct run run;
	int dir;

	scratch_make();
	(void)chmod(scratch_dir, 0711);
	test_choice();
	test_refused();
	test_owners();
	test_first_runs();

	struct scratch_path path = scratch_path("asked");

	run = fake_run(path.s);
	dir = statedir_open(&run, &err);
	test_read(dir);
	test_write(dir);
	close(dir);
	return tap_done();
}
