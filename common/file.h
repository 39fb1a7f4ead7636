/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * file - small files and long ones read line by line
 *
 * Only regular files (as those of /proc and /sys are): a FIFO or device in
 * place of one is refused, not waited for.
 */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* A descriptor to read path, close-on-exec, or -1, errno and err. */
int file_open(const char *path, struct error *err);

/*
 * Reads the whole of path into text, as a string. -1 and err if it cannot be
 * read or does not fit; errno is ENOENT if there is no such file.
 */
int file_read(const char *path, char *text, size_t size, struct error *err);

/* The same, which may hold zero bytes: how many there are in all. */
long file_read_bytes(const char *path, char *bytes, size_t size,
    struct error *err);

/* Reads one number; a word in its place ("max") is an error too. */
int file_read_number(const char *path, uint64_t *out, struct error *err);

/* The number after "key " at the start of a line of text; false if none. */
bool file_find_number(const char *text, const char *key, uint64_t *out);

struct lines {
	int fd;
	size_t len, at; /* bytes held in buf, start of the next line */
	bool skipping;  /* the rest of a line too long for buf */
	bool done;
	char path[512];
	char buf[16384];
};

int lines_open(struct lines *l, const char *path, struct error *err);

/*
 * The next line without its newline, valid until the next call; one longer
 * than buf is cut. 0 at the end of the file, -1 and err on a failure.
 */
int lines_next(struct lines *l, char **line, struct error *err);

void lines_close(struct lines *l);

#endif
