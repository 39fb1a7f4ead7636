/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/descendants.h"
#include "agent/launch.h"
#include "agent/spawn.h"
#include "common/run.h"

enum {
	WASTE_SIZE = 64 * 1024, /* what a pipe holds */
};

#define KILL_SECONDS 1.0

#define LOOK_SECONDS 0.5 /* between looks at what nothing ends */

/* One end of a pipe, and where the first size bytes from it go. */
struct stream {
	int fd; /* -1 after its end */
	char *bytes;
	size_t size, len;
	bool cut;
};

struct child {
	pid_t pid;
	int exit;   /* a descriptor to be read when it may have ended */
	int status; /* of waitpid(), or -1 */
	struct stream output, errors;
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* --- how it is started --- */

/* Our end does not block; the program's does, as it may expect. */
static int
make_pipe(int *ours, int *its, struct error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, "pipe: %s", strerror(errno));
	*ours = ends[0];
	*its = ends[1];
	if (fcntl(*ours, F_SETFL, O_NONBLOCK) < 0)
		return error_set(err, "pipe: %s", strerror(errno));
	return 0;
}

/* SIGCHLD must have been blocked since before the start. */
static int
open_exit(struct child *c, struct error *err)
{
	sigset_t ended;

	c->exit = (int)syscall(SYS_pidfd_open, c->pid, 0);
	/* Linux < 5.3, or a container that refuses what it does not know. */
	if (c->exit < 0 && (errno == ENOSYS || errno == EPERM)) {
		(void)sigemptyset(&ended);
		(void)sigaddset(&ended, SIGCHLD);
		c->exit = signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
	}
	if (c->exit < 0)
		return error_set(err, "pidfd_open: %s", strerror(errno));
	return 0;
}

static int
start(struct child *c, const struct spawn *s, struct error *err)
{
	struct launch l = {
		.argv = s->argv,
		.environment = s->environment,
		.output = -1,
		.errors = -1,
		.grant = s->grant,
		.deadline = s->deadline,
	};

	if (make_pipe(&c->output.fd, &l.output, err) == 0 &&
	    make_pipe(&c->errors.fd, &l.errors, err) == 0)
		c->pid = launch_program(&l, err);
	close_fd(&l.output);
	close_fd(&l.errors);
	return c->pid < 0 ? -1 : open_exit(c, err);
}

/* --- what it says --- */

/* One read; the number of bytes, 0 if there is nothing now or ever. */
static size_t
stream_read(struct stream *s)
{
	char waste[WASTE_SIZE];
	bool full = s->len == s->size;
	ssize_t n = read(s->fd, full ? waste : s->bytes + s->len,
	    full ? sizeof waste : s->size - s->len);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_fd(&s->fd);
	if (n <= 0)
		return 0;
	if (full)
		s->cut = true;
	else
		s->len += (size_t)n;
	return (size_t)n;
}

/* What is in the pipe now: who still holds it could write for ever. */
static void
stream_drain(struct stream *s)
{
	int there;
	size_t n, left;

	if (s->fd < 0 || ioctl(s->fd, FIONREAD, &there) < 0 || there < 0)
		return;
	for (left = (size_t)there; left > 0; left -= n < left ? n : left) {
		n = stream_read(s);
		if (n == 0)
			return;
	}
}

/* --- its life --- */

/* Waits until then for one of fds; a wait for ever would end in a day. */
static int
wait_for(struct pollfd *fds, nfds_t count, double deadline)
{
	double left = deadline - deadline_now();
	struct timespec ts = { .tv_sec = 86400 };

	if (left < 0)
		left = 0;
	if (left < 86400) {
		ts.tv_sec = (time_t)left;
		ts.tv_nsec = (long)((left - (double)ts.tv_sec) * 1e9);
	}
	return ppoll(fds, count, &ts, NULL);
}

/* A SIGCHLD may have been any child's. It is read first: no later one is. */
static bool
has_ended(const struct child *c)
{
	struct signalfd_siginfo signal;
	siginfo_t info = { .si_pid = 0 };

	(void)!read(c->exit, &signal, sizeof signal);
	return waitid(P_PID, (id_t)c->pid, &info,
	    WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != 0;
}

/*
 * Reads on until the program has ended (true), or the deadline has come or
 * nobody is left to hear of it (false).
 */
static bool
attend(struct child *c, double deadline, int client)
{
	enum { EXIT, OUTPUT, ERRORS, CLIENT, FDS };

	for (;;) {
		bool late = deadline_now() >= deadline;
		struct pollfd fds[FDS] = {
			[EXIT] = { .fd = c->exit, .events = POLLIN },
			[OUTPUT] = { .fd = c->output.fd, .events = POLLIN },
			[ERRORS] = { .fd = c->errors.fd, .events = POLLIN },
			[CLIENT] = { .fd = client }, /* POLLHUP is always */
		};

		if (wait_for(fds, FDS, deadline) < 0)
			memset(fds, 0, sizeof fds);
		if (fds[OUTPUT].revents != 0)
			(void)stream_read(&c->output);
		if (fds[ERRORS].revents != 0)
			(void)stream_read(&c->errors);
		if (fds[EXIT].revents != 0 && has_ended(c))
			return true;
		if (late || fds[CLIENT].revents != 0)
			return false;
	}
}

static void
say(struct spawn_result *out, const struct child *c)
{
	out->output_len = c->output.len;
	out->cut = c->output.cut;
	out->stderr_text[c->errors.len] = '\0';
	if (c->status != -1 && WIFEXITED(c->status))
		out->code = WEXITSTATUS(c->status);
	else if (c->status != -1 && WIFSIGNALED(c->status))
		out->signal = WTERMSIG(c->status);
}

static int
run(struct child *c, const struct spawn *s, struct spawn_result *out,
    struct error *err)
{
	struct pids old;
	int rc;

	descendants_sessions(&old);
	rc = start(c, s, err);
	if (rc == 0)
		out->timed_out = !attend(c, s->deadline, s->client);
	if (c->pid > 0 && (rc < 0 || out->timed_out)) {
		out->left = descendants_kill(c->pid, &c->status, &old,
		    deadline_now() + KILL_SECONDS);
		out->survivor = out->left > 0 ? descendants_any(&old) : 0;
	} else if (rc == 0) {
		(void)waitpid(c->pid, &c->status, 0);
		out->left = descendants_count(&old);
	}
	stream_drain(&c->output);
	stream_drain(&c->errors);
	close_fd(&c->output.fd);
	close_fd(&c->errors.fd);
	close_fd(&c->exit);
	return rc;
}

int
spawn_run(const struct spawn *s, struct spawn_result *out, struct error *err)
{
	struct child c = {
		.pid = -1,
		.exit = -1,
		.status = -1,
		.output = { -1, s->output, s->output_size, 0, false },
		.errors = { -1, out->stderr_text, SPAWN_STDERR_MAX - 1, 0,
		    false },
	};
	sigset_t ended, before;
	int rc;

	*out = (struct spawn_result){ .code = -1 };
	out->timed_out = deadline_now() >= s->deadline;
	if (out->timed_out)
		return 0;
	(void)sigemptyset(&ended);
	(void)sigaddset(&ended, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &ended, &before);
	rc = run(&c, s, out, err);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	say(out, &c);
	return rc;
}

bool
spawn_left_any(void)
{
	return descendants_reap(0, NULL);
}

void
spawn_await_left(int client)
{
	struct pollfd gone = { .fd = client }; /* POLLHUP is always */

	while (spawn_left_any() &&
	    wait_for(&gone, 1, deadline_now() + LOOK_SECONDS) <= 0)
		continue;
}
