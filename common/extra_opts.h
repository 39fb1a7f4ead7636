/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * extra_opts - options that are kept in a file, as monitoring-plugins has them
 *
 * --extra-opts=[SECTION][@FILE] stands for the lines of a section, "key =
 * value" being --key=value. The section is by default the program's name
 * ("check_disk"); the file is $MP_CONFIG_FILE, or the first of the usual
 * places where there is one. They come before all other arguments, so that
 * those override them. Source: the description of extra-opts on
 * monitoring-plugins.org, and release 2.3.3.
 */
#ifndef COMMON_EXTRA_OPTS_H
#define COMMON_EXTRA_OPTS_H

#include "common/buf.h"
#include "common/error.h"

struct extra_opts {
	int argc;
	char **argv;  /* the arguments to parse, NULL at the end */
	char *text;   /* that the ones from files lie in */
};

/*
 * Replaces every --extra-opts by what it stands for; program is the name of
 * the default section. The arguments of argv are borrowed.
 */
int extra_opts_expand(struct extra_opts *out, const char *program, int argc,
    char *const argv[], struct error *err);

void extra_opts_free(struct extra_opts *e);

/*
 * The pure part: appends the arguments in a section of an ini file to out,
 * each with its terminator. Their number, or -1 and err.
 */
int extra_opts_parse(const char *ini, const char *section, struct buf *out,
    struct error *err);

#endif
