/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scratch - a directory of the test's own, gone when the test ends */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch_dir[256];
static pid_t scratch_owner;

static inline int
scratch_remove_one(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
scratch_remove(void)
{
	if (getpid() == scratch_owner)
		(void)nftw(scratch_dir, scratch_remove_one, 8,
		    FTW_DEPTH | FTW_PHYS);
}

/* Makes the directory; call it first. */
static inline const char *
scratch_make(void)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(scratch_dir, sizeof scratch_dir,
	    "%s/beffroi-unit-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(scratch_dir) == NULL) {
		printf("Bail out! %s: cannot be made\n", scratch_dir);
		exit(1);
	}
	scratch_owner = getpid();
	(void)atexit(scratch_remove);
	return scratch_dir;
}

struct scratch_path {
	char s[512];
};

/* A path in the directory, by value. */
static inline struct scratch_path __attribute__((format(printf, 1, 2)))
scratch_path(const char *fmt, ...)
{
	struct scratch_path path;
	int n = snprintf(path.s, sizeof path.s, "%s/", scratch_dir);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(path.s + n, sizeof path.s - (size_t)n, fmt, ap);
	va_end(ap);
	return path;
}

static inline void
scratch_write(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n) {
		printf("Bail out! %s: cannot be written\n", path);
		exit(1);
	}
	close(fd);
}

/* The size of what was read, at most size; -1 if there is no such file. */
static inline ssize_t
scratch_read(const char *path, void *bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, bytes, size);
	close(fd);
	return n;
}

#endif
