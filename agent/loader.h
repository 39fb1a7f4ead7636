/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * loader - what becomes settings while files are read; inside of settings
 *
 * A file is gone through twice: if nothing in it is wrong, what it says is
 * taken in a second turn, with that of the files it includes in its place.
 * What concerns a command by its name waits until all is read.
 */
#ifndef AGENT_LOADER_H
#define AGENT_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "agent/directive.h"
#include "agent/settings.h"
#include "agent/statement.h"
#include "common/error.h"

enum {
	/* lines about commands that wait for them */
	LOADER_PENDING_MAX = 4 * SETTINGS_COMMANDS_MAX,
};

struct loader_pending {
	const struct directive *directive;
	char *name, *value;
	size_t number;
	const char *file; /* one of settings.files */
	int line;
	bool lost;        /* with its file, which is left out */
};

/* A file or directory that is being read. */
struct loader_place {
	dev_t dev;
	ino_t ino;
};

struct loader {
	struct settings *settings;
	const char *path; /* of the first file */
	enum settings_mode mode;
	bool alone;  /* no includes */
	bool losing; /* what includes this is left out, and so is all of it */
	settings_complain *complain;
	void *arg;
	bool wrong;  /* an error was told */
	bool failed; /* all is lost */

	size_t left_out; /* files and directories */
	size_t pending_count;
	struct loader_pending *pending; /* allocated */

	size_t depth;
	struct loader_place chain[SETTINGS_DEPTH_MAX];
	char line[SETTINGS_LINE_MAX + 1];
};

/* Tells of a problem; an error is also noted. */
void loader_complain(struct loader *l, enum settings_severity severity,
    const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Keeps the name for as long as the settings are there; NULL and err. */
const char *loader_keep_name(struct loader *l, const char *path,
    struct error *err);

/* The first file, or one that line of from (else NULL) includes. */
void loader_file(struct loader *l, const char *path, const char *from,
    int line);
void loader_directory(struct loader *l, const char *path, const char *from,
    int line);

/* The text of a file; whether it could be taken. */
bool loader_text(struct loader *l, const char *file, const char *text,
    size_t len);

/*
 * Keeps a line about a command or client for when all are known, or only that
 * it was lost; -1 and err.
 */
int loader_pend(struct loader *l, const char *file, int line,
    const struct directive *d, const struct statement *s, bool lost,
    struct error *err);

/* Sees to it that without l->line, which is left out, nothing is let in. */
void loader_lose_line(struct loader *l, const char *file, int line);

/*
 * When all is read: the commands' templates, grants and rules, and who may
 * ask for them.
 */
void loader_finish(struct loader *l);

#endif
