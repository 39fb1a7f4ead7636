/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/log.h"
#include "tests/log_file.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#define STAMP "^[0-9]{4}-[01][0-9]-[0-3][0-9]T[012][0-9]:[0-5][0-9]:[0-6][0-9]"

static const char *
open_error(const char *path, const char *facility)
{
	struct log_settings settings = { .file = path, .facility = facility };
	static struct error err;
	struct log l;

	err.text[0] = '\0';
	if (log_open(&l, &settings, &err) == 0)
		log_close(&l);
	return err.text;
}

static void
test_file(void)
{
	struct scratch_path path = scratch_path("log");
	struct log l;
	struct stat st;
	char pid[64];

	setenv("TZ", "XXX-05:30", 1);
	(void)umask(022);
	l = open_on(path.s);
	tap_int(fcntl(l.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC,
	    "closed on exec");
	(void)stat(path.s, &st);
	tap_int(st.st_mode & 0777, 0640, "not open to all");
	log_write(&l, LOG_ERR, "%s: %d", "what", 7);
	tap_ok(matches(content(path.s), STAMP "[+]05:30 beffroid\\[[0-9]+\\]: "
	    "error: what: 7\n$"), "a line with time, offset and process");
	(void)snprintf(pid, sizeof pid, " beffroid[%ld]: ", (long)getpid());
	tap_has(content(path.s), pid, "this process");
	log_write(&l, LOG_DEBUG, "hidden");
	tap_ok(strstr(content(path.s), "hidden") == NULL, "no debugging");
	log_close(&l);
	log_write(&l, LOG_ERR, "after");
	tap_ok(strstr(content(path.s), "after") == NULL, "closed is closed");

	l = open_on(path.s);
	log_write(&l, LOG_INFO, "second");
	tap_ok(matches(content(path.s),
	    "error: what: 7\n[^\n]*info: second\n$"), "appended");
	log_close(&l);
}

/* A disk that is full, in a child. */
static void
test_full_disk(void)
{
	struct scratch_path path = scratch_path("disk");
	struct rlimit limit = { 60, RLIM_INFINITY };
	int status = 1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct log l = open_on(path.s);

		(void)signal(SIGXFSZ, SIG_IGN);
		(void)setrlimit(RLIMIT_FSIZE, &limit);
		log_write(&l, LOG_INFO, "fits");
		log_write(&l, LOG_INFO, "does not fit any more");
		limit.rlim_cur = RLIM_INFINITY;
		if (l.dropped != 1 || setrlimit(RLIMIT_FSIZE, &limit) < 0)
			_exit(1);
		l.second--;
		log_write(&l, LOG_INFO, "fits again");
		_exit(l.dropped != 0);
	}
	(void)waitpid(pid, &status, 0);
	tap_int(status, 0, "a full disk is survived");
	tap_ok(matches(content(path.s), "1 record left out\n[^\n]*again\n$"),
	    "and said when it has room");
	tap_ok(matches(content(path.s), "fits\n[^\n]+\n[^\n ]+ [^\n ]+ "
	    "warning: 1 record left out\n"), "on a line of its own");
}

static void
test_reopen(void)
{
	struct scratch_path path = scratch_path("rotated");
	struct scratch_path old = scratch_path("rotated.1");
	struct log l = open_on(path.s);
	struct error err = { .text = "" };

	log_write(&l, LOG_INFO, "one");
	(void)rename(path.s, old.s);
	log_write(&l, LOG_INFO, "two");
	tap_ok(matches(content(old.s), "one\n[^\n]*two\n$"), "moved away");
	tap_int(log_reopen(&l, &err), 0, "opened again");
	log_write(&l, LOG_INFO, "three");
	tap_ok(matches(content(old.s), "two\n$"), "nothing more there");
	tap_ok(matches(content(path.s), "^[^\n]*three\n$"), "but here");
	(void)unlink(path.s);
	(void)!symlink(old.s, path.s);
	tap_int(log_reopen(&l, &err), -1, "a link in its place");
	tap_has(err.text, "rotated: a symbolic link", "why");
	tap_ok(fcntl(l.fd, F_GETFD) >= 0, "the old one stays");
	log_close(&l);
	l = log_relay(-1, false);
	tap_int(log_reopen(&l, &err), 0, "no file, nothing to do");
}

static void
test_refused(void)
{
	struct scratch_path a = scratch_path("a"), b = scratch_path("b");

	scratch_write(a.s, "x", 1);
	(void)!link(a.s, b.s);
	tap_has(open_error(b.s, NULL), "/b: not a regular file with one link",
	    "a file with two links");
	(void)unlink(b.s);
	(void)!symlink(a.s, b.s);
	tap_has(open_error(b.s, NULL), "/b: a symbolic link", "a link");
	(void)unlink(b.s);
	(void)mkfifo(b.s, 0600);
	tap_has(open_error(b.s, NULL), "/b: No such device",
	    "a FIFO, without waiting");

	int reader = open(b.s, O_RDONLY | O_NONBLOCK);

	tap_has(open_error(b.s, NULL), "/b: not a regular file",
	    "a FIFO that someone reads");
	close(reader);
	(void)unlink(b.s);
	(void)mkdir(b.s, 0700);
	tap_has(open_error(b.s, NULL), "/b: Is a directory", "a directory");
	tap_str(open_error("/dev/null", NULL), "/dev/null: not a regular file "
	    "with one link", "a device");
	tap_has(open_error(scratch_path("none/log").s, NULL),
	    "none/log: No such file or directory", "no directory for it");
	tap_str(content(a.s), "x", "nothing was written to any");
	tap_str(open_error(NULL, "local8"), "'local8': not a facility of "
	    "syslog (daemon, local0)", "an unknown facility");
	tap_str(open_error(a.s, ""), "'': not a facility of syslog (daemon, "
	    "local0)", "none, even where it does not matter");
}

/* What comes out of stderr, put on a file, with JOURNAL_STREAM as given. */
static const char *
on_stderr(const char *stream, bool debug)
{
	struct scratch_path path = scratch_path("stderr");
	struct scratch_path unused = scratch_path("unused");
	struct log_settings settings = { .to_stderr = true, .debug = debug,
		.file = unused.s };
	int saved = dup(STDERR_FILENO);
	struct error err = { .text = "" };
	char actual[64];
	struct stat st;
	struct log l;
	int fd;

	scratch_write(path.s, "", 0);
	fd = open(path.s, O_WRONLY | O_APPEND);
	(void)fstat(fd, &st);
	(void)snprintf(actual, sizeof actual, "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	(void)dup2(fd, STDERR_FILENO);
	if (stream != NULL)
		setenv("JOURNAL_STREAM",
		    strcmp(stream, "this") == 0 ? actual : stream, 1);
	if (log_open(&l, &settings, &err) == 0) {
		log_write(&l, LOG_WARNING, "one");
		log_write(&l, LOG_DEBUG, "two");
		log_close(&l);
	}
	unsetenv("JOURNAL_STREAM");
	(void)dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	return content(path.s);
}

static void
test_stderr(void)
{
	tap_str(on_stderr(NULL, false), "beffroid: warning: one\n",
	    "to a terminal, or anything else");
	tap_str(on_stderr(NULL, true),
	    "beffroid: warning: one\nbeffroid: debug: two\n", "debugging");
	tap_str(on_stderr("this", true), "<4>one\n<7>two\n", "to the journal");
	tap_str(on_stderr("1:2", false), "beffroid: warning: one\n",
	    "redirected elsewhere");
	tap_ok(fcntl(STDERR_FILENO, F_GETFD) >= 0, "stderr is not closed");
	tap_str(content(scratch_path("unused").s), "(none)", "no file then");
}

/* A reader of stderr that stopped reading: it costs one short wait. */
static void
test_stuck(void)
{
	struct log_settings settings = { .to_stderr = true };
	int saved = dup(STDERR_FILENO), ends[2];
	struct error err = { .text = "" };
	char bytes[4096];
	struct log l;

	(void)!pipe2(ends, O_NONBLOCK);
	memset(bytes, 'x', sizeof bytes);
	while (write(ends[1], bytes, sizeof bytes) > 0)
		continue;
	(void)fcntl(ends[1], F_SETFL, 0);
	(void)dup2(ends[1], STDERR_FILENO);
	(void)log_open(&l, &settings, &err);
	(void)alarm(60); /* if each waited, they would take 100 s */
	for (int i = 0; i < LOG_BURST; i++)
		log_write(&l, LOG_INFO, "record");
	(void)alarm(0);
	tap_ok(l.dropped > LOG_BURST - 10, "all of them left out");
	log_close(&l);
	(void)dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[0]);
	close(ends[1]);
}

static void
test_syslog(void)
{
	static const char *const names[] = { NULL, "kern", "user", "mail",
		"daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
		"authpriv", "ftp", "local0", "local1", "local2", "local3",
		"local4", "local5", "local6", "local7" };
	struct log_settings quiet = { .no_syslog = true };
	struct error err = { .text = "" };
	struct log l;

	for (size_t i = 0; i < COUNT(names); i++)
		tap_str(open_error(NULL, names[i]), "",
		    names[i] != NULL ? names[i] : "no facility");
	tap_int(log_open(&l, &quiet, &err), 0, "no syslog");
	tap_ok(l.silent, "is silent");
	log_write(&l, LOG_ERR, "to nobody");
	log_close(&l);
}

int
main(void)
{
	scratch_make();
	test_file();
	test_full_disk();
	test_reopen();
	test_refused();
	test_stderr();
	test_stuck();
	test_syslog();
	return tap_done();
}
