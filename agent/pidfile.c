/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "agent/pidfile.h"
#include "common/output.h"

static bool
parse_pid(const char *text, pid_t *out)
{
	size_t digits = strspn(text, "0123456789");
	long long pid = digits > 0 && digits < 18 ? strtoll(text, NULL, 10) : 0;

	/* kill(0) and kill(-1) mean many. */
	if (pid <= 0 || pid > INT_MAX ||
	    text[digits + strspn(text + digits, " \t\r\n")] != '\0')
		return false;
	*out = (pid_t)pid;
	return true;
}

/*
 * The process in the file, 0 if there is none, and the file, to be closed, or
 * -1. Text that is none, too, is an error: the path may be that of a file which
 * someone needs.
 */
static int
read_pid(const char *path, pid_t *out, int *file, struct error *err)
{
	struct stat st;
	char text[64];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	*out = 0;
	*file = fd;
	if (fd < 0)
		return errno == ENOENT ? 0 :
		    error_set(err, "%s: %s", path, errno == ELOOP ?
		    "a symbolic link" : strerror(errno));
	n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ?
	    read(fd, text, sizeof text - 1) : -1;
	if (n == 0)
		return 0;
	text[n > 0 ? n : 0] = '\0';
	if (n < 0 || (size_t)n == sizeof text - 1 ||
	    strlen(text) != (size_t)n || !parse_pid(text, out))
		return error_set(err, "%s: not a file with a process number",
		    path);
	return 0;
}

struct directory {
	char path[sizeof((struct pidfile *)0)->path];
};

static struct directory
directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	int n = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
	struct directory d;

	(void)snprintf(d.path, sizeof d.path, "%.*s", n,
	    slash == NULL ? "." : path);
	return d;
}

/* Why a file could not be created: more often than not, by its directory. */
static int
refuse_create(const char *path, int why, struct error *err)
{
	return error_set(err, "%s: %s", directory_of(path).path,
	    strerror(why));
}

/* The file, locked. */
static int
write_pid(const char *path, struct error *err)
{
	char new[sizeof((struct pidfile *)0)->path + 8], text[32];
	int fd, rc, n = snprintf(text, sizeof text, "%ld\n", (long)getpid());

	(void)snprintf(new, sizeof new, "%s.new", path);
	(void)unlink(new); /* of one that died meanwhile */
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0644);
	if (fd < 0)
		return refuse_create(new, errno, err);
	(void)flock(fd, LOCK_EX | LOCK_NB);
	rc = output_write(fd, text, (size_t)n);
	if (rc == 0)
		rc = rename(new, path);
	if (rc < 0) {
		error_set(err, "%s: %s", path, strerror(errno));
		(void)unlink(new);
		close(fd);
	}
	return rc < 0 ? -1 : fd;
}

/*
 * Whether the file is held, and if not, holds it till it is closed: of two that
 * find what a third one left, one has it. The number alone says little, since
 * after a boot any process may have it; it must do where nothing can be locked.
 */
static bool
is_held(int file, pid_t pid)
{
	if (flock(file, LOCK_EX | LOCK_NB) == 0)
		return false;
	if (errno == EWOULDBLOCK)
		return true;
	/* EPERM: it lives, as someone else. */
	return kill(pid, 0) == 0 || errno == EPERM;
}

int
pidfile_try(const char *path, struct error *err)
{
	pid_t pid;
	int file, rc;

	if (strlen(path) >= sizeof((struct pidfile *)0)->path)
		return error_set(err, "%.60s...: too long a path", path);
	rc = read_pid(path, &pid, &file, err);
	if (file >= 0)
		close(file);
	if (rc < 0)
		return -1;
	return access(directory_of(path).path, W_OK | X_OK) == 0 ? 0 :
	    refuse_create(path, errno, err);
}

int
pidfile_take(const char *path, struct pidfile *out, struct error *err)
{
	int old, new = -1;
	pid_t pid;

	if (strlen(path) >= sizeof out->path)
		return error_set(err, "%.60s...: too long a path", path);
	if (read_pid(path, &pid, &old, err) < 0)
		new = -1;
	else if (pid != 0 && pid != getpid() && is_held(old, pid))
		error_set(err, "%s: process %ld is running", path, (long)pid);
	else
		new = write_pid(path, err);
	if (old >= 0)
		close(old);
	if (new < 0)
		return -1;
	out->fd = new;
	(void)snprintf(out->path, sizeof out->path, "%s", path);
	return 0;
}

void
pidfile_drop(struct pidfile *p)
{
	struct error err;
	pid_t pid;
	int file;

	if (p->path[0] == '\0')
		return;
	if (read_pid(p->path, &pid, &file, &err) == 0 && pid == getpid())
		(void)unlink(p->path);
	if (file >= 0)
		close(file);
	close(p->fd);
	p->path[0] = '\0';
}
