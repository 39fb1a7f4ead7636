/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/output.h"
#include "common/statedir.h"

/* A ".new" file that old was left by a run that died. */
#define STALE_SECONDS 60

static int
open_dir(const char *path, bool make)
{
	static const int flags =
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(path, flags);

	/* EEXIST: another first run was faster. */
	if (fd < 0 && make && errno == ENOENT &&
	    (mkdir(path, 0700) == 0 || errno == EEXIST))
		fd = open(path, flags);
	return fd;
}

static int
refuse_owner(const char *path, const struct stat *st, struct error *err)
{
	return error_set(err, "%s: belongs to user %u, not to user %u", path,
	    (unsigned)st->st_uid, (unsigned)geteuid());
}

static int
open_private(const char *path, bool make, struct error *err)
{
	struct stat st;
	int fd = open_dir(path, make), why = errno;

	if (fd < 0 && why == EACCES && lstat(path, &st) == 0 &&
	    st.st_uid != geteuid())
		return refuse_owner(path, &st, err);
	if (fd < 0)
		return error_set(err, "%s: %s", path,
		    why == ENOTDIR || why == ELOOP ?
		    "not a directory of its own" : strerror(why));

	if (fstat(fd, &st) < 0)
		error_set(err, "%s: %s", path, strerror(errno));
	else if (st.st_uid != geteuid())
		refuse_owner(path, &st, err);
	else if ((st.st_mode & 077) != 0)
		error_set(err, "%s: open to others (mode %04o, not 0700)",
		    path, (unsigned)st.st_mode & 07777);
	else
		return fd;
	close(fd);
	return -1;
}

/*
 * The system's directory is not made: whoever ran a check first, root by hand
 * perhaps, would lock out the user whose it is to be.
 */
int
statedir_open(const struct run *run, struct error *err)
{
	const char *asked = run->state_dir, *session;
	struct error why;
	int fd;

	if (asked == NULL)
		asked = getenv("BEFFROI_STATE_DIR");
	if (asked != NULL && *asked != '\0')
		return open_private(asked, true, err);

	fd = open_private("/run/beffroi", false, &why);
	session = getenv("XDG_RUNTIME_DIR");
	if (fd < 0 && session != NULL && *session == '/') {
		char path[512];
		int n = snprintf(path, sizeof path, "%s/beffroi", session);

		if (n > 0 && (size_t)n < sizeof path)
			fd = open_private(path, true, &why);
	}
	if (fd < 0)
		*err = why;
	return fd;
}

long
statedir_read(int dir, const char *name, char **out, struct error *err)
{
	struct stat st;
	char *bytes;
	ssize_t got;
	int fd = openat(dir, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	*out = NULL;
	if (fd < 0)
		return errno == ENOENT ? 0 :
		    error_set(err, "%s: %s", name, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    st.st_size > (off_t)STATE_FILE_MAX) {
		close(fd);
		return 0;
	}
	bytes = malloc((size_t)st.st_size + 1);
	if (bytes == NULL) {
		close(fd);
		return error_set(err, "%s: out of memory", name);
	}
	/* Files are only ever replaced, so one read has it all. */
	got = read(fd, bytes, (size_t)st.st_size);
	close(fd);
	if (got <= 0) {
		free(bytes);
		return got == 0 ? 0 :
		    error_set(err, "%s: %s", name, strerror(errno));
	}
	bytes[got] = '\0';
	*out = bytes;
	return got;
}

static int
create(int dir, const char *name)
{
	return openat(dir, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Not by time(), which lags some milliseconds behind what files bear. */
static bool
is_stale(const struct stat *st)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return st->st_mtime > now.tv_sec ||
	    now.tv_sec - st->st_mtime > STALE_SECONDS;
}

/* Creates the file to be renamed; -1 with EEXIST: another run is at it. */
static int
create_new(int dir, const char *name)
{
	struct stat st;
	int fd = create(dir, name);

	if (fd >= 0 || errno != EEXIST)
		return fd;
	/* One that is gone was renamed; the next is not ours to remove. */
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!is_stale(&st)) {
			errno = EEXIST;
			return -1;
		}
		(void)unlinkat(dir, name, 0);
	}
	return create(dir, name);
}

int
statedir_write(int dir, const char *name, const void *bytes, size_t n,
    struct error *err)
{
	char temporary[256];
	int fd, rc;

	(void)snprintf(temporary, sizeof temporary, "%s.new", name);
	fd = create_new(dir, temporary);
	if (fd < 0)
		return errno == EEXIST ? 1 :
		    error_set(err, "%s: %s", temporary, strerror(errno));

	rc = output_write(fd, bytes, n);
	if (close(fd) < 0)
		rc = -1;
	if (rc == 0)
		rc = renameat(dir, temporary, dir, name);
	if (rc < 0) {
		error_set(err, "%s: %s", temporary, strerror(errno));
		(void)unlinkat(dir, temporary, 0);
	}
	return rc;
}
