/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/loader.h"
#include "common/file.h"

/* A problem with what was to be read: it is the line's that asked for it. */
static void
complain(struct loader *l, const char *path, const char *from, int line,
    const char *text)
{
	size_t n = strlen(path);

	if (from != NULL) {
		loader_complain(l, SETTINGS_ERROR, from, line, "%s", text);
		l->left_out++;
		return;
	}
	l->failed = true;
	/* The place is said already. */
	if (strncmp(text, path, n) == 0 && strncmp(text + n, ": ", 2) == 0)
		text += n + 2;
	loader_complain(l, SETTINGS_ERROR, path, 0, "%s", text);
}

/*
 * Notes that a file or directory is being read. -1 and err if it is already, or
 * if that is too deep.
 */
static int
enter(struct loader *l, const char *path, const struct stat *st,
    struct error *err)
{
	for (size_t i = 0; i < l->depth; i++) {
		if (l->chain[i].dev == st->st_dev &&
		    l->chain[i].ino == st->st_ino)
			return error_set(err, "%s: includes itself", path);
	}
	if (l->depth == SETTINGS_DEPTH_MAX)
		return error_set(err, "%s: more than %d files and directories "
		    "deep", path, SETTINGS_DEPTH_MAX);
	l->chain[l->depth++] = (struct loader_place){ st->st_dev, st->st_ino };
	return 0;
}

/* Directories count as files: links among a few can make a great many. */
const char *
loader_keep_name(struct loader *l, const char *path, struct error *err)
{
	struct settings *s = l->settings;
	char *name = NULL;

	if (s->file_count == SETTINGS_FILES_MAX) {
		(void)error_set(err, "%s: more than %d files and "
		    "directories", path, SETTINGS_FILES_MAX);
		return NULL;
	}
	name = strdup(path);
	if (name == NULL)
		(void)error_set(err, "%s: out of memory", path);
	else
		s->files[s->file_count++] = name;
	return name;
}

/* Reads a file that was entered; -1 and err if there is nothing to take. */
static int
read_text(struct loader *l, const char *path, bool first, struct error *err)
{
	const char *name = loader_keep_name(l, path, err);
	char *text = malloc(SETTINGS_FILE_MAX + 1);
	long n = -1;

	if (text == NULL)
		(void)error_set(err, "%s: out of memory", path);
	else if (name != NULL)
		n = file_read_bytes(path, text, SETTINGS_FILE_MAX + 1, err);
	if (n >= 0 && !loader_text(l, name, text, (size_t)n)) {
		/* A file that is left out may not be the first. */
		l->failed = l->failed || first;
		l->left_out++;
	}
	free(text);
	return n < 0 ? -1 : 0;
}

void
loader_file(struct loader *l, const char *path, const char *from, int line)
{
	struct error why;
	struct stat st;

	if (l->alone && from != NULL) {
		complain(l, path, from, line, "nothing is included here");
		return;
	}
	if (stat(path, &st) < 0) {
		(void)error_set(&why, "%s: %s", path, strerror(errno));
	} else if (enter(l, path, &st, &why) == 0) {
		int rc = read_text(l, path, from == NULL, &why);

		l->depth--;
		if (rc == 0)
			return;
	}
	complain(l, path, from, line, why.text);
}

/* Hidden files are read, as by NRPE, but not what Emacs locks a file with. */
static int
is_entry(const struct dirent *entry)
{
	const char *name = entry->d_name;

	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	    strncmp(name, ".#", 2) != 0;
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool
ends_in_cfg(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && strcmp(name + n - 4, ".cfg") == 0;
}

/* A name in a directory: links are followed, to directories too. */
static void
read_entry(struct loader *l, const char *directory, const char *name,
    const char *from, int line)
{
	size_t n = strlen(directory);
	const char *slash = directory[n - 1] == '/' ? "" : "/";
	char path[PATH_MAX];
	struct stat st;
	bool is_directory;

	if (snprintf(path, sizeof path, "%s%s%s", directory, slash, name) >=
	    (int)sizeof path) {
		loader_complain(l, SETTINGS_ERROR, from, line, "%.64s...: the "
		    "path is too long", directory);
		return;
	}
	is_directory = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	if (is_directory && *name != '.')
		loader_directory(l, path, from, line);
	else if (!is_directory && ends_in_cfg(name))
		loader_file(l, path, from, line);
}

static void
read_entries(struct loader *l, const char *path, const char *from, int line)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_entry, by_bytes);
	struct error why;

	if (count < 0) {
		(void)error_set(&why, "%s: %s", path, strerror(errno));
		complain(l, path, from, line, why.text);
		return;
	}
	for (int i = 0; i < count; i++) {
		read_entry(l, path, entries[i]->d_name, from, line);
		free(entries[i]);
	}
	free(entries);
}

void
loader_directory(struct loader *l, const char *path, const char *from,
    int line)
{
	const char *name;
	struct error why;
	struct stat st;

	if (l->alone) {
		complain(l, path, from, line, "nothing is included here");
		return;
	}
	if (stat(path, &st) < 0) {
		(void)error_set(&why, "%s: %s", path, strerror(errno));
		complain(l, path, from, line, why.text);
		return;
	}
	/* path may lie in l->line, which the files are read into. */
	name = loader_keep_name(l, path, &why);
	if (name == NULL || enter(l, name, &st, &why) < 0) {
		complain(l, path, from, line, why.text);
		return;
	}
	read_entries(l, name, from, line);
	l->depth--;
}
