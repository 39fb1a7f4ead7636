/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/capability.h"
#include "agent/command_advice.h"
#include "agent/grant.h"
#include "agent/inspection.h"
#include "agent/process.h"
#include "agent/runner.h"

/* What became of a program; the rest are numbers of errno, of up to 4095. */
enum {
	NO_FILE = 4096, /* a directory, or what else cannot be run */
};

/* What a child works on; in memory of both. */
struct search {
	const struct inspection *inspection;
	short state[SETTINGS_COMMANDS_MAX]; /* 0, errno or NO_FILE */
};

/* The same for one command. */
struct trial {
	const struct generation *who;
	const struct command *command;
};

/* --- whether the programs are there --- */

static int
try_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return NO_FILE;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* In the PATH that commands are given. */
static int
try_name(const char *name)
{
	static const char *const path[] = {
		"/usr/bin", "/bin", "/usr/sbin", "/sbin",
	};
	int found = ENOENT;

	for (size_t i = 0; i < sizeof path / sizeof path[0] && found != 0;
	    i++) {
		char file[PATH_MAX];
		int why;

		(void)snprintf(file, sizeof file, "%s/%s", path[i], name);
		why = try_file(file);
		if (why != ENOENT)
			found = why;
	}
	return found;
}

/* A "$" in a program's name is a client's, or odd enough to be left alone. */
static int
try_program(const struct command *c)
{
	const char *program = c->why_not == NULL && c->argc > 0 ?
	    c->argv[0] : "$";

	if (c->resident >= 0 || strchr(program, '$') != NULL)
		return 0;
	return strchr(program, '/') != NULL ? try_file(program) :
	    try_name(program);
}

/* As who would run them, from where they would be run. */
static int
search(void *arg, struct error *err)
{
	struct search *all = arg;
	const struct settings *s = all->inspection->settings;

	if (identity_assume(&all->inspection->who.worker, true, err) < 0)
		return -1;
	if (chdir("/") < 0)
		return error_set(err, "/: %s", strerror(errno));
	for (size_t n = 0; n < s->command_count; n++) {
		const struct command *c = &s->commands[n];

		if (!grant_is_given(&c->grant))
			all->state[n] = (short)try_program(c);
	}
	return 0;
}

/* As a runner would, with what it was granted. */
static int
try_granted(void *arg, struct error *err)
{
	const struct trial *t = arg;

	if (runner_shed(&t->who->worker, t->who->capabilities, err) < 0 ||
	    grant_assume(&t->command->grant, err) < 0)
		return -1;
	if (chdir("/") < 0)
		return error_set(err, "/: %s", strerror(errno));
	return try_program(t->command);
}

static void
find_programs(struct inspection *i)
{
	struct search *all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct error err;

	if (all == MAP_FAILED)
		return;
	all->inspection = i;
	if (process_apart(search, all, &err) == 0)
		memcpy(i->state, all->state, sizeof i->state);
	else
		inspection_warn(i, "nrpe_user", "whether there is what "
		    "commands run: %s", err.text);
	(void)munmap(all, sizeof *all);
}

static struct settings_place
place_of(const struct command *c)
{
	return (struct settings_place){ c->file, c->line_number };
}

/* Such a command answers, but only why it cannot. */
static void
complain(struct inspection *i, const struct command *c, const char *why)
{
	struct settings_place at = place_of(c);
	char text[1024];

	(void)snprintf(text, sizeof text, "command[%.64s] cannot be run: %s",
	    c->name, why);
	inspection_complain(i, SETTINGS_WARNING, at.file, at.line, text);
}

/* One that cannot be what it was granted is not run as anything else. */
static void
disable(struct inspection *i, struct command *c, const char *why)
{
	struct error err;

	complain(i, c, why);
	if (command_disable(c, why, &err) < 0)
		inspection_fail(i, &err);
}

static void
find_granted(struct inspection *i, size_t n)
{
	struct command *c = &i->settings->commands[n];
	struct trial trial = { &i->who, c };
	struct error err;
	int rc;

	if (c->why_not != NULL || !grant_is_given(&c->grant))
		return;
	rc = process_apart(try_granted, &trial, &err);
	if (rc >= 0)
		i->state[n] = (short)rc;
	else
		disable(i, c, err.text);
}

static const char *
words(int state)
{
	return state == NO_FILE ? "not a file that could be run" :
	    strerror(state);
}

static void
judge(struct inspection *i, const struct command *c, int state)
{
	char why[512];

	(void)snprintf(why, sizeof why, "%.256s: %s", c->argv[0],
	    words(state));
	complain(i, c, why);
}

void
check_commands(struct inspection *i)
{
	const struct settings *s = i->settings;

	if (i->known)
		find_programs(i);
	for (size_t n = 0; n < s->command_count; n++) {
		const struct command *c = &s->commands[n];

		if (i->known)
			find_granted(i, n);
		if (i->state[n] != 0)
			judge(i, c, i->state[n]);
		if (c->why_not != NULL || i->state[n] != 0)
			i->broken++;
		else if (c->resident >= 0)
			i->resident++;
		else
			i->programs++;
	}
}

/* --- how each is run --- */

static void
print_user(FILE *out, uid_t uid)
{
	const struct passwd *pw = getpwuid(uid);

	if (pw != NULL)
		fprintf(out, "user %s", pw->pw_name);
	else
		fprintf(out, "user %u", (unsigned)uid);
}

static void
print_group(FILE *out, const char *before, gid_t gid)
{
	const struct group *gr = getgrgid(gid);

	if (gr != NULL)
		fprintf(out, "%s%s", before, gr->gr_name);
	else
		fprintf(out, "%s%u", before, (unsigned)gid);
}

/* The main group alone of a user who has the ones of a login. */
static void
print_granted(FILE *out, const struct grant *g)
{
	size_t groups = g->groups != NULL ? g->gid_count : 1;
	char list[1024];
	struct buf b = buf_on(list, sizeof list);

	print_user(out, g->uid);
	for (size_t n = 0; n < groups; n++)
		print_group(out, n == 0 ? ", group " : ", ", g->gids[n]);
	capability_put(&b, g->capabilities);
	if (g->capabilities != 0)
		fprintf(out, ", %s", list);
	fputc('\n', out);
}

static void
print_identity(FILE *out, const struct identity *id)
{
	print_user(out, id->set ? id->uid : geteuid());
	print_group(out, ", group ", id->set ? id->gid : getegid());
	fputc('\n', out);
}

static void
print_advice(FILE *out, const struct inspection *i, const struct command *c)
{
	char text[4096];
	struct buf b = buf_on(text, sizeof text);

	/* A prefix would be the shell's, and no longer the program's. */
	if (i->settings->command_prefix == NULL &&
	    command_advise(&b, c->line) && buf_ok(&b) &&
	    strcmp(text, c->line) != 0)
		fprintf(out, "# write: command[%s]=%s\n", c->name, text);
}

void
check_describe(FILE *out, const struct command *c, void *inspection)
{
	const struct inspection *i = inspection;
	int state = i->state[c - i->settings->commands];

	if (c->why_not != NULL) {
		print_advice(out, i, c);
		return;
	}
	if (state != 0)
		fprintf(out, "# cannot be run: %s\n", words(state));
	fputs(c->resident >= 0 ? "# in process as " : "# a program as ", out);
	if (!i->known)
		fputs("nobody that there is\n", out);
	else if (grant_is_given(&c->grant))
		print_granted(out, &c->grant);
	else
		print_identity(out, &i->who.worker);
}
