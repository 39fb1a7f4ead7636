/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"

int
file_open(const char *path, struct error *err)
{
	struct stat st;
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return error_set(err, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		errno = EINVAL;
		return error_set(err, "%s: not a regular file", path);
	}
	return fd;
}

/* read() until something is there or the file ends. */
static ssize_t
read_some(int fd, char *to, size_t n)
{
	ssize_t got;

	do {
		got = read(fd, to, n);
	} while (got < 0 && errno == EINTR);
	return got;
}

long
file_read_bytes(const char *path, char *bytes, size_t size, struct error *err)
{
	size_t len = 0;
	ssize_t got = 1;
	int fd = file_open(path, err), why;

	if (fd < 0)
		return -1;
	while (len < size && got > 0) {
		got = read_some(fd, bytes + len, size - len);
		if (got > 0)
			len += (size_t)got;
	}
	why = errno;
	close(fd);
	errno = why;

	if (got < 0)
		return error_set(err, "%s: %s", path, strerror(why));
	if (len == size)
		return error_set(err, "%s: larger than %zu bytes", path,
		    size - 1);
	bytes[len] = '\0';
	return (long)len;
}

int
file_read(const char *path, char *text, size_t size, struct error *err)
{
	return file_read_bytes(path, text, size, err) < 0 ? -1 : 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int
file_read_number(const char *path, uint64_t *out, struct error *err)
{
	char text[64], *end;

	if (file_read(path, text, sizeof text, err) < 0)
		return -1;
	/* strtoull() would take blanks, newlines and a sign, too. */
	errno = 0;
	*out = strtoull(text, &end, 10);
	if (!is_digit(*text) || errno != 0 ||
	    (*end != '\0' && *end != '\n')) {
		errno = EINVAL;
		return error_set(err, "%s: not a number", path);
	}
	return 0;
}

bool
file_find_number(const char *text, const char *key, uint64_t *out)
{
	size_t n = strlen(key);

	for (const char *line = text; line != NULL;) {
		if (strncmp(line, key, n) == 0 &&
		    (line[n] == ' ' || line[n] == '\t' || line[n] == ':')) {
			const char *digits = line + n + 1;

			digits += strspn(digits, " \t");
			errno = 0;
			*out = strtoull(digits, NULL, 10);
			return is_digit(*digits) && errno == 0;
		}
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
	return false;
}

int
lines_open(struct lines *l, const char *path, struct error *err)
{
	l->fd = file_open(path, err);
	if (l->fd < 0)
		return -1;
	l->len = l->at = 0;
	l->skipping = l->done = false;
	(void)snprintf(l->path, sizeof l->path, "%s", path);
	return 0;
}

/* Moves the unread rest to the front and reads more behind it. */
static int
refill(struct lines *l, struct error *err)
{
	ssize_t got;

	memmove(l->buf, l->buf + l->at, l->len - l->at);
	l->len -= l->at;
	l->at = 0;
	got = read_some(l->fd, l->buf + l->len, sizeof l->buf - 1 - l->len);
	if (got < 0)
		return error_set(err, "%s: %s", l->path, strerror(errno));
	l->done = got == 0;
	l->len += (size_t)got;
	return 0;
}

/* Hands out the bytes up to end as a line that starts at l->at. */
static char *
take(struct lines *l, char *end, size_t next)
{
	char *line = l->buf + l->at;

	*end = '\0';
	l->at = next;
	return line;
}

int
lines_next(struct lines *l, char **line, struct error *err)
{
	for (;;) {
		char *from = l->buf + l->at;
		char *nl = memchr(from, '\n', l->len - l->at);

		if (nl != NULL) {
			bool skip = l->skipping;

			*line = take(l, nl, (size_t)(nl - l->buf) + 1);
			l->skipping = false;
			if (!skip)
				return 1;
			continue;
		}
		if (l->len - l->at == sizeof l->buf - 1) {
			bool skip = l->skipping;

			*line = take(l, l->buf + l->len, l->len);
			l->skipping = true;
			if (!skip)
				return 1;
			continue;
		}
		if (l->done) {
			if (l->len == l->at || l->skipping)
				return 0;
			*line = take(l, l->buf + l->len, l->len);
			return 1;
		}
		if (refill(l, err) < 0)
			return -1;
	}
}

void
lines_close(struct lines *l)
{
	close(l->fd);
}
