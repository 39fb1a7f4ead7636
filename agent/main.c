/* SPDX-License-Identifier: GPL-3.0-or-later */
/* beffroid - answers monitors that ask this host, by NRPE, how it is */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/check_config.h"
#include "agent/supervisor.h"
#include "common/opt.h"
#include "common/output.h"

struct arguments {
	const char *path;
	bool foreground, daemon, single, plain, check, help, version;
};

static const struct arguments defaults = { .path = DEFAULT_CONFIG };

static const struct opt opts[] = {
	OPT('c', "config", struct arguments, path,
	    "read this configuration, in the syntax of nrpe.cfg",
	    .metavar = "FILE"),
	OPT('f', "no-forking", struct arguments, foreground,
	    "stay in the foreground and log to stderr",
	    .alias = "foreground"),
	OPT('d', "daemon", struct arguments, daemon,
	    "go to the background once all is well: what happens without -f "
	    "and -i"),
	OPT('i', "inetd", struct arguments, single,
	    "serve the one client on standard input and output"),
	OPT('n', "no-ssl", struct arguments, plain,
	    "no TLS, whatever the configuration says"),
	OPT(0, "check", struct arguments, check,
	    "say what the configuration means and what is wrong with it, "
	    "exit 1 if it cannot be used"),
	OPT('h', "help", struct arguments, help, "print this text"),
	OPT('V', "version", struct arguments, version, "print the version"),
	OPT_END,
};

static int
print_help(void)
{
	struct arguments shown = defaults;
	const struct opt_set set = { opts, &shown, "Options" };
	char text[8192];
	struct buf out = buf_on(text, sizeof text);

	buf_str(&out, "beffroid - answers monitors that ask this host, by "
	    "NRPE, how it is\n\nUsage: beffroid [OPTION...]\n");
	opt_help(&out, &set);
	return output_write(1, out.data, out.len) < 0;
}

static int
check_modes(const struct arguments *a, struct error *err)
{
	if (a->foreground + a->daemon + a->single > 1)
		return error_set(err, "-f, -d and -i exclude each other");
	return 0;
}

/*
 * Goes where the configuration is, which path gets to be absolute: all that it
 * names is then found again at each reload, wherever the agent was started, and
 * nobody's file system stays busy for that.
 */
static int
settle(struct arguments *a, char path[PATH_MAX], struct error *err)
{
	char here[PATH_MAX] = "";
	char *name;
	int n;

	if (a->path[0] != '/' && getcwd(here, sizeof here) == NULL)
		return error_set(err, "current directory: %s",
		    strerror(errno));
	n = snprintf(path, PATH_MAX, "%s%s%s", here,
	    a->path[0] != '/' ? "/" : "", a->path);
	if (n >= PATH_MAX)
		return error_set(err, "%.64s...: too long a path", a->path);
	a->path = path;
	name = strrchr(path, '/');
	*name = '\0';
	/* If it cannot be entered, reading the file says why. */
	(void)!chdir(name > path ? path : "/");
	*name = '/';
	return 0;
}

int
main(int argc, char *argv[])
{
	struct arguments a = defaults;
	const struct opt_set set = { opts, &a, "Options" };
	struct supervisor_plan plan;
	char path[PATH_MAX];
	struct error err;

	output_prepare();
	if (opt_parse(&set, 1, argc, argv, &err) < 0 ||
	    check_modes(&a, &err) < 0) {
		fprintf(stderr, "beffroid: %s\n", err.text);
		return 2;
	}
	if (a.help)
		return print_help();
	if (a.version)
		return printf("beffroid (%s) %s\n", PACKAGE_NAME,
		    PACKAGE_VERSION) < 0;
	if (settle(&a, path, &err) < 0) {
		fprintf(stderr, "beffroid: %s\n", err.text);
		return 2;
	}
	plan = (struct supervisor_plan){
		.path = a.path,
		.foreground = a.foreground,
		.single = a.single,
		.plain = a.plain,
	};
	return a.check ? check_config(a.path) : supervisor_main(&plan);
}
