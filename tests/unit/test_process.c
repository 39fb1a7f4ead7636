/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/process.h"
#include "common/buf.h"
#include "tests/tap.h"

enum {
	OPEN = 40, /* descriptors that the parent has */
};

static void
put_link(struct buf *out, int fd)
{
	char path[64], target[256];
	ssize_t n;

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof target - 1);
	target[n > 0 ? n : 0] = '\0';
	buf_fmt(out, " %d=%s", fd,
	    strcmp(target, "/dev/null") == 0 ? "null" : "own");
}

/* "0=null 1=null 2=own ..." of this process, in order, but for that of dir. */
static void
put_descriptors(struct buf *out)
{
	bool there[1024] = { false };
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *d;

	while (dir != NULL && (d = readdir(dir)) != NULL) {
		long fd = strtol(d->d_name, NULL, 10);

		if (d->d_name[0] != '.' && fd < 1024 && fd != dirfd(dir))
			there[fd] = true;
	}
	for (int fd = 0; fd < 1024; fd++) {
		if (there[fd])
			put_link(out, fd);
	}
	if (dir != NULL)
		closedir(dir);
}

static void
put_signals(struct buf *out)
{
	static const int all[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM,
		SIGCHLD };
	struct sigaction action;
	sigset_t blocked;

	(void)sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (size_t i = 0; i < COUNT(all); i++) {
		(void)sigaction(all[i], NULL, &action);
		buf_str(out, sigismember(&blocked, all[i]) ? " blocked" :
		    action.sa_handler == SIG_IGN ? " ignored" :
		    action.sa_handler == SIG_DFL ? " usual" : " caught");
	}
}

static void
on_signal(int signal)
{
	(void)signal;
}

/* What a child that keeps these says of itself, the first being its voice. */
static const char *
ask_child(const struct process *p, int from, void (*put)(struct buf *out))
{
	static char text[4096];
	struct buf out = buf_on(text, sizeof text);
	int status = -1;
	pid_t pid = process_fork(p);
	ssize_t n;

	if (pid == 0) {
		put(&out);
		_exit(write(p->keep[0], out.data, out.len) < 0);
	}
	(void)waitpid(pid, &status, 0);
	n = status == 0 ? read(from, text, sizeof text - 1) : 0;
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
put_name(struct buf *out)
{
	char name[16] = "";

	(void)prctl(PR_GET_NAME, name);
	buf_str(out, name);
}

static void
test_descriptors(int from, int to, int last)
{
	struct process p = { .name = "test", .count = 1, .keep = { to } };
	char want[128];

	(void)snprintf(want, sizeof want, " 0=null 1=null 2=own %d=own", to);
	tap_str(ask_child(&p, from, put_descriptors), want,
	    "nothing but what was named");
	p.standard = true;
	(void)snprintf(want, sizeof want, " 0=own 1=own 2=own %d=own", to);
	tap_str(ask_child(&p, from, put_descriptors), want,
	    "and stdin and stdout, if they were");
	p.count = 5;
	p.keep[1] = last;
	p.keep[2] = to + 1;
	p.keep[3] = to;
	p.keep[4] = to + 3;
	(void)snprintf(want, sizeof want, " 0=own 1=own 2=own %d=own %d=own "
	    "%d=own %d=own", to, to + 1, to + 3, last);
	tap_str(ask_child(&p, from, put_descriptors), want,
	    "in whatever order, and twice");
}

static int
work(void *arg, struct error *err)
{
	int *what = arg, was = *what;

	*what = 99;
	if (was == -2)
		memset(err->text, 'x', sizeof err->text);
	if (was == -2)
		return -1;
	if (was < 0)
		return error_set(err, "why not");
	return was > 100 ? (abort(), 0) : was;
}

static void
test_apart(void)
{
	struct error err = { .text = "" };
	int what = 7;

	tap_int(process_apart(work, &what, &err), 7, "apart: what it returned");
	tap_int(what, 7, "and nothing of what it did");
	tap_str(err.text, "", "no error");
	what = -1;
	tap_int(process_apart(work, &what, &err), -1, "one that fails");
	tap_str(err.text, "why not", "and says why");
	what = -2;
	tap_int(process_apart(work, &what, &err), -1, "one in foreign hands");
	tap_int((long)strnlen(err.text, sizeof err.text),
	    (long)sizeof err.text - 1, "whose words end all the same");
	what = 101;
	tap_int(process_apart(work, &what, &err), -1, "one that dies");
	tap_str(err.text, "a process of ours did not end in order", "is told");
	tap_int(waitpid(-1, NULL, WNOHANG), -1, "no child is left");
}

int
main(void)
{
	struct process p = { .name = "a-name-of-fifte", .count = 1 };
	struct sigaction action = { .sa_handler = on_signal };
	int ends[2], last = -1, own[2];
	sigset_t all;

	/* None is /dev/null, whatever the test was started with. */
	(void)close_range(3, ~0U, 0);
	if (pipe(own) < 0 || dup2(own[0], 0) < 0 || pipe(ends) < 0) {
		printf("Bail out! %s\n", strerror(errno));
		return 1;
	}
	(void)dup2(own[1], 2);
	for (int i = 0; i < OPEN; i++)
		last = dup(ends[0]);
	p.keep[0] = ends[1];
	(void)fflush(stdout);
	test_descriptors(ends[0], ends[1], last);
	tap_str(ask_child(&p, ends[0], put_name), "a-name-of-fifte",
	    "its name in ps");

	test_apart();

	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGCHLD, &action, NULL);
	(void)sigaction(SIGHUP, &action, NULL);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	tap_str(ask_child(&p, ends[0], put_signals),
	    " ignored ignored ignored ignored usual usual",
	    "signals as they are to be, none blocked");
	return tap_done();
}
