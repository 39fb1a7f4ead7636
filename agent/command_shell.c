/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "agent/command_shell.h"
#include "agent/split.h"

/* Of dash, but for those that there are as programs too: echo, test, ... */
static const char *const shell_words[] = {
	"!", ".", ":", "alias", "bg", "break", "case", "cd", "chdir",
	"command", "continue", "do", "done", "elif", "else", "esac", "eval",
	"exec", "exit", "export", "fc", "fg", "fi", "for", "getopts", "hash",
	"if", "jobs", "local", "read", "readonly", "return", "set", "shift",
	"source", "then", "times", "trap", "type", "ulimit", "umask",
	"unalias", "unset", "until", "wait", "while", "{", "}", NULL,
};

static const char *const shells[] = {
	"ash", "bash", "dash", "ksh", "mksh", "rbash", "sh", "su", "zsh", NULL,
};

/* They run another program, which follows their own options. */
static const char *const wrappers[] = {
	"busybox", "chrt", "doas", "env", "ionice", "nice", "nohup", "runuser",
	"setpriv", "setsid", "stdbuf", "sudo", "taskset", "timeout", NULL,
};

static bool
is_in(const char *const list[], const char *word)
{
	for (; *list != NULL; list++) {
		if (strcmp(*list, word) == 0)
			return true;
	}
	return false;
}

static bool
is_assignment(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return n > 0 && text[n] == '=' && !isdigit((unsigned char)*text);
}

bool
command_starts_in_shell(const char *text, const char *program,
    struct error *why)
{
	text += strspn(text, " \t");
	if (is_assignment(text)) {
		(void)error_set(why, "needs a shell to set '%.*s': write env "
		    "in front of it", (int)strcspn(text, "="), text);
		return true;
	}
	if (is_in(shell_words, program)) {
		(void)error_set(why, "needs a shell for '%s': write sh -c "
		    "'...', a script, or the program itself", program);
		return true;
	}
	return false;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static bool
has_argument(const char *word)
{
	size_t number = 0, len;

	for (; *word != '\0' && number == 0; word += len > 0 ? len : 1)
		len = split_macro(word, &number);
	return number > 0;
}

/* Where a shell is that a wrapper at i runs; c->argc if there is none. */
static size_t
behind_wrapper(const struct command *c, size_t i)
{
	bool option = false; /* the word before was one; this is its value? */

	for (i++; i < c->argc; i++) {
		const char *word = c->argv[i];
		bool known = is_in(wrappers, base_name(word)) ||
		    is_assignment(word) || isdigit((unsigned char)*word) ||
		    (option && strchr(word, '/') == NULL);

		if (is_in(shells, base_name(word)))
			return i;
		if (*word != '-' && !known)
			break;
		option = *word == '-';
	}
	return c->argc;
}

/* Whether a shell's option has a value, in the word behind it. */
static bool
takes_value(const char *option)
{
	char last = option[strlen(option) - 1];

	return strcmp(option, "--rcfile") == 0 ||
	    strcmp(option, "--init-file") == 0 ||
	    (option[1] != '-' && (last == 'o' || last == 'O'));
}

/*
 * Of a shell at i: everything up to the string or script it obeys must be our
 * own. What follows are the script's arguments, which it has as "$1". Those of
 * su are another shell's.
 */
static bool
is_fed(const struct command *c, size_t i, struct error *why)
{
	bool is_su = strcmp(base_name(c->argv[i]), "su") == 0;
	bool value = false, obeyed = false;

	for (i++; i < c->argc && !obeyed; i++) {
		const char *word = c->argv[i];
		bool option = *word == '-' || *word == '+';

		if (has_argument(word)) {
			(void)error_set(why, "a client's text would be a "
			    "shell's command: write sh -c '... \"$1\"' sh "
			    "$ARG1$");
			return true;
		}
		obeyed = !option && !value && !is_su;
		value = option && takes_value(word);
	}
	return false;
}

bool
command_feeds_shell(const struct command *c, size_t prefix_words,
    struct error *why)
{
	const size_t starts[] = { 0, prefix_words };

	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		const char *program = base_name(c->argv[starts[i]]);
		size_t shell = is_in(shells, program) ? starts[i] :
		    is_in(wrappers, program) ? behind_wrapper(c, starts[i]) :
		    c->argc;

		if (shell < c->argc && is_fed(c, shell, why))
			return true;
	}
	return false;
}
