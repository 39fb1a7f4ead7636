/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <pwd.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/environment.h"
#include "tests/tap.h"

static const char *
value(const struct environment *env, const char *name)
{
	const char *found = NULL;
	size_t n = strlen(name);

	for (size_t i = 0; env->vars[i] != NULL; i++) {
		if (strncmp(env->vars[i], name, n) != 0 ||
		    env->vars[i][n] != '=')
			continue;
		if (found != NULL)
			return "(twice)";
		found = env->vars[i] + n + 1;
	}
	return found == NULL ? "(none)" : found;
}

static size_t
count(const struct environment *env)
{
	size_t n = 0;

	while (env->vars[n] != NULL)
		n++;
	return n;
}

static void
test_own(void)
{
	const struct passwd *pw = getpwuid(geteuid());
	struct environment env;
	struct error err;

	tap_int(environment_build(&env, geteuid(), NULL, &err), 0, "built");
	tap_int((long long)count(&env), 9, "what NRPE gives, and no more");
	tap_str(value(&env, "PATH"), "/usr/bin:/bin:/usr/sbin:/sbin", "PATH");
	tap_str(value(&env, "IFS"), " \t\n", "IFS");
	tap_str(value(&env, "PWD"), "/", "PWD");
	tap_str(value(&env, "NRPE_MULTILINESUPPORT"), "1", "several lines");
	tap_str(value(&env, "NRPE_PROGRAMVERSION"), "4.1.0", "version");
	if (pw == NULL) {
		tap_skip("this user has no name");
		return;
	}
	tap_str(value(&env, "LOGNAME"), pw->pw_name, "LOGNAME");
	tap_str(value(&env, "USER"), pw->pw_name, "USER");
	tap_str(value(&env, "HOME"), pw->pw_dir, "HOME");
	tap_str(value(&env, "SHELL"), pw->pw_shell, "SHELL");
}

/* What keep_env_vars says, and what becomes of the variable. */
static const struct {
	const char *keep, *name, *value;
	size_t count;
} kept[] = {
	{ "", "KEEP_A", "(none)", 9 },
	{ "KEEP_A", "KEEP_A", "a", 11 },
	{ "KEEP_A", "KEEP_AB", "ab", 11 },
	{ "KEEP_AB", "KEEP_A", "(none)", 10 },
	{ "KEEP_", "KEEP_A", "a", 13 },
	{ "EEP_A", "KEEP_A", "(none)", 9 },
	{ "KEEP_ABC", "KEEP_AB", "(none)", 9 },
	{ "KEEP_A=a", "KEEP_A", "(none)", 9 },
	{ "KEEP A", "KEEP_A", "(none)", 9 },
	{ "KEEP_A,KEEP_B", "KEEP_B", "x=y z", 12 },
	{ " KEEP_B\t, KEEP_A \n", "KEEP_A", "a", 12 },
	{ ",,KEEP_A,", "KEEP_A", "a", 11 },
	{ "KEEP_A,KEEP_A", "KEEP_A", "a", 11 },
	{ "KEEP_EMPTY", "KEEP_EMPTY", "", 10 },
	{ "NOT_SET", "NOT_SET", "(none)", 9 },
	{ "KEEP_A", "LD_PRELOAD_X", "(none)", 11 },
	{ "LD_PRELOAD_X", "LD_PRELOAD_X", "evil", 10 },
	{ "HOME", "HOME", "/of/ours", 9 },
	{ "PATH,IFS,PWD", "PATH", "/usr/bin:/bin:/usr/sbin:/sbin", 9 },
	{ "NRPE_PROGRAMVERSION", "NRPE_PROGRAMVERSION", "4.1.0", 9 },
	{ " ", "KEEP_A", "(none)", 9 },
};

static void
test_keep(void)
{
	struct environment env;
	struct error err;

	(void)setenv("KEEP_A", "a", 1);
	(void)setenv("KEEP_AB", "ab", 1);
	(void)setenv("KEEP_B", "x=y z", 1);
	(void)setenv("KEEP_EMPTY", "", 1);
	(void)setenv("LD_PRELOAD_X", "evil", 1);
	(void)setenv("HOME", "/of/ours", 1);
	(void)setenv("NRPE_PROGRAMVERSION", "9", 1);
	for (size_t i = 0; i < COUNT(kept); i++) {
		if (environment_build(&env, geteuid(), kept[i].keep, &err) < 0) {
			tap_ok(false, kept[i].keep);
			continue;
		}
		tap_str(value(&env, kept[i].name), kept[i].value,
		    kept[i].keep);
		tap_int((long long)count(&env), (long long)kept[i].count,
		    "in all");
	}
}

/* Names V0 to V(n - 1), each of them set. */
static char *
many(char *list, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		char name[16];

		(void)snprintf(name, sizeof name, "V%zu", i);
		(void)setenv(name, "", 1);
		len += (size_t)sprintf(list + len, "%s,", name);
	}
	return list;
}

static void
test_bounds(void)
{
	static struct environment env;
	static char list[4096], big[ENVIRONMENT_BYTES + 1];
	struct error err = { .text = "" };

	memset(list, 'N', 256);
	(void)setenv(list, "long", 1);
	tap_int(environment_build(&env, geteuid(), "N", &err), 0, "a name of 256");
	tap_str(value(&env, list), "(none)", "is not kept");
	list[255] = '\0';
	(void)setenv(list, "long", 1);
	tap_int(environment_build(&env, geteuid(), list, &err), 0, "one of 255");
	tap_str(value(&env, list), "long", "is");

	memset(big, 'x', sizeof big - 1);
	(void)setenv("BIG", big, 1);
	tap_int(environment_build(&env, geteuid(), "BIG", &err), -1,
	    "a value too long");
	tap_str(err.text, "environment: no room for BIG", "as it says");
	big[ENVIRONMENT_BYTES - 1024] = '\0';
	(void)setenv("BIG", big, 1);
	tap_int(environment_build(&env, geteuid(), "BIG", &err), 0, "one that fits");
	tap_str(value(&env, "BIG"), big, "is whole");

	memset(list, 0, sizeof list);
	tap_int(environment_build(&env, geteuid(),
	    many(list, ENVIRONMENT_VARS_MAX - 9),
	    &err), 0, "as many as there may be");
	tap_int((long long)count(&env), ENVIRONMENT_VARS_MAX, "are there");
	tap_int(environment_build(&env, geteuid(),
	    many(list, ENVIRONMENT_VARS_MAX - 8),
	    &err), -1, "one more");
}

/* In a child as user 54321, who has no entry anywhere. */
static int
nameless(void)
{
	struct environment env;
	struct error err;

	if (setgid(54321) < 0 || setuid(54321) < 0)
		return 2;
	return environment_build(&env, geteuid(), NULL, &err) == 0 &&
	    strcmp(value(&env, "USER"), "54321") == 0 &&
	    strcmp(value(&env, "LOGNAME"), "54321") == 0 &&
	    strcmp(value(&env, "HOME"), "/") == 0 &&
	    strcmp(value(&env, "SHELL"), "/bin/sh") == 0 ? 0 : 1;
}

static void
test_nameless(void)
{
	int status = -1;
	pid_t pid;

	if (geteuid() != 0 || getpwuid(54321) != NULL) {
		tap_skip("needs root, and a user without a name");
		return;
	}
	pid = fork();
	if (pid == 0)
		_exit(nameless());
	(void)waitpid(pid, &status, 0);
	tap_int(status, 0, "a user without a name");
}

int
main(void)
{
	test_own();
	test_keep();
	test_bounds();
	test_nameless();
	return tap_done();
}
