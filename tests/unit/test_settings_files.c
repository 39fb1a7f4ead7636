/* SPDX-License-Identifier: GPL-3.0-or-later */
/* settings, of files and directories. */
#include "config.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/loader.h"
#include "agent/settings.h"
#include "tests/scratch.h"
#include "tests/tap.h"
#include "tests/told.h"

static struct settings *
load(const char *name, enum settings_mode mode)
{
	struct buf complaints = told_start();

	return settings_load(scratch_path("%s", name).s, mode, told_complain,
	    &complaints);
}

static void
put(const char *name, const char *text)
{
	scratch_write(scratch_path("%s", name).s, text, strlen(text));
}

static const char *
ports(const struct settings *s)
{
	static char text[64];

	if (s == NULL)
		return "none";
	(void)snprintf(text, sizeof text, "%d commands, port %d, log %s",
	    (int)s->command_count, (int)s->port,
	    s->log_file == NULL ? "-" : s->log_file);
	return text;
}

/* Takes the last line away, if it is the sum of what was left out. */
static bool
cut_sum(void)
{
	char *sum = strstr(told, "W main.cfg:0 ");

	if (sum != NULL)
		*sum = '\0';
	return sum != NULL;
}

/* Both modes, and what each makes of it. */
static void
both(const char *what, const char *start, const char *reload,
    const char *complaint)
{
	struct settings *s = load("main.cfg", SETTINGS_START);
	bool sum = cut_sum();

	tap_str(ports(s), start, what);
	/* Something is missing that a reload would not do without. */
	tap_int(sum, s != NULL && strcmp(reload, "none") == 0,
	    "what is missing is summed up");
	tap_str(told, complaint, "what is told");
	settings_free(s);
	s = load("main.cfg", SETTINGS_RELOAD);
	tap_str(ports(s), reload, "on reload");
	tap_str(told, complaint, "and told");
	settings_free(s);
}

static void
put_including(const char *line, const char *target)
{
	char text[1024];

	(void)snprintf(text, sizeof text, "log_file=1\n%s=%s\nserver_port=2\n",
	    line, scratch_path("%s", target).s);
	put("main.cfg", text);
}

static void
test_main_file(void)
{
	struct settings *s;

	both("no main file", "none", "none",
	    "E main.cfg:0 No such file or directory\n");
	(void)mkfifo(scratch_path("main.cfg").s, 0600);
	both("a FIFO", "none", "none", "E main.cfg:0 not a regular file\n");
	(void)unlink(scratch_path("main.cfg").s);
	(void)mkdir(scratch_path("main.cfg").s, 0700);
	both("a directory", "none", "none",
	    "E main.cfg:0 not a regular file\n");
	(void)rmdir(scratch_path("main.cfg").s);
	put("main.cfg", "command[a]=p\nserver_port=x\n");
	both("an error in it", "none", "none",
	    "E main.cfg:2 server_port: 'x' is not a whole number\n");
	put("main.cfg", "command[a]=p\nserver_port=7");
	both("no newline at its end", "1 commands, port 7, log -",
	    "1 commands, port 7, log -", "");

	put("main.cfg", "ssl_client_certs=2\nbroken\n");
	s = load("main.cfg", SETTINGS_START);
	tap_ok(s == NULL, "not without the first file");
	tap_str(told, "E main.cfg:2 'broken' has no '='\n",
	    "of which nothing more is to be said");
	settings_free(s);
}

static void
test_include(void)
{
	put("other.cfg", "server_port=1\nlog_file=2\ncommand[a]=p\n");
	put_including("include", "other.cfg");
	both("include stands where it stands", "1 commands, port 2, log 2",
	    "1 commands, port 2, log 2", "");
	put_including("include_file", "other.cfg");
	both("include_file is the same", "1 commands, port 2, log 2",
	    "1 commands, port 2, log 2", "");
	put("other.cfg", "log_file=2\ncommand[a]=p\n\nserver_port=x\n"
	    "command[b]=p\n");
	both("one with an error", "0 commands, port 2, log 1", "none",
	    "E other.cfg:4 server_port: 'x' is not a whole number\n");
	(void)unlink(scratch_path("other.cfg").s);
	both("one that is missing", "0 commands, port 2, log 1", "none",
	    "E main.cfg:2 other.cfg: No such file or directory\n");
	(void)mkfifo(scratch_path("other.cfg").s, 0600);
	both("a FIFO", "0 commands, port 2, log 1", "none",
	    "E main.cfg:2 other.cfg: not a regular file\n");
	(void)unlink(scratch_path("other.cfg").s);
	(void)!symlink("/dev/zero", scratch_path("other.cfg").s);
	both("a device", "0 commands, port 2, log 1", "none",
	    "E main.cfg:2 other.cfg: not a regular file\n");
	(void)unlink(scratch_path("other.cfg").s);
	(void)!symlink("target.cfg", scratch_path("other.cfg").s);
	put("target.cfg", "log_file=3\n");
	both("a link", "0 commands, port 2, log 3", "0 commands, port 2, log "
	    "3", "");
	(void)unlink(scratch_path("other.cfg").s);

	put_including("include", "main.cfg");
	both("itself", "0 commands, port 2, log 1", "none",
	    "E main.cfg:2 main.cfg: includes itself\n");
	put_including("include", "loop.cfg");
	put("loop.cfg", "");
	(void)unlink(scratch_path("loop.cfg").s);
	(void)!symlink("main.cfg", scratch_path("loop.cfg").s);
	both("itself by a link", "0 commands, port 2, log 1", "none",
	    "E main.cfg:2 loop.cfg: includes itself\n");
}

/* A file with this text is left out, and takes command a with it, not b. */
static void
lose(const char *text, const char *complaints, const char *what)
{
	struct settings *s;

	put("bad.cfg", text);
	s = load("main.cfg", SETTINGS_START);
	tap_ok(cut_sum(), "one file less");
	tap_str(told, complaints, what);
	tap_ok(s != NULL && s->commands[0].why_not != NULL &&
	    s->commands[1].why_not == NULL, "disables its command alone");
	settings_free(s);
}

/* What a file that is left out was to keep out stays out. */
static void
test_lost_rules(void)
{
	char text[1024];

	(void)snprintf(text, sizeof text, "command[a]=/p $ARG1$\n"
	    "command[b]=/p $ARG1$\ninclude=%s\n", scratch_path("bad.cfg").s);
	put("main.cfg", text);
	lose("command_arg[a][1]=integer\nbroken\n"
	    "command_arg[none][1]=integer\n", "E bad.cfg:2 'broken' has no "
	    "'='\nW bad.cfg:1 command[a] cannot be run: its rule here is left "
	    "out\n", "a rule that is left out");
	/* Nobody else runs what was to be run as somebody. */
	lose("command_user[a]=mail\narg_split[b]=yes\nbroken\n",
	    "E bad.cfg:3 'broken' has no '='\nW bad.cfg:1 command[a] cannot "
	    "be run: its command_user here is left out\n",
	    "a user that is left out");
}

/* What else must not be missing: line 1 of a file with an error in line 2. */
static const struct {
	const char *line, *want; /* NULL: it can be left out */
} guards[] = {
	{ "ssl_client_certs=2",
	    "E bad.cfg:1 a file with ssl_client_certs cannot be left out\n" },
	{ "ssl_crl_file=/f",
	    "E bad.cfg:1 a file with ssl_crl_file cannot be left out\n" },
	{ "client_names=a",
	    "E bad.cfg:1 a file with client_names cannot be left out\n" },
	{ "client_names=*",
	    "E bad.cfg:1 a file with client_names cannot be left out\n" },
	{ " client_names",
	    "E bad.cfg:1 a file with client_names cannot be left out\n" },
	{ "command_arg[a][1=integer",
	    "E bad.cfg:1 a file with command_arg cannot be left out\n" },
	{ "command_arg=integer",
	    "E bad.cfg:1 a file with command_arg cannot be left out\n" },
	{ "allowed_hosts=127.0.0.1",
	    "E bad.cfg:1 a file with allowed_hosts cannot be left out\n" },
	{ "command_timeout=5", NULL },
	{ "a-name-of-more-bytes-than-any-directive-has", NULL },
};

static void
test_guards(void)
{
	char text[1024];

	put_including("include", "bad.cfg");
	for (size_t i = 0; i < COUNT(guards); i++) {
		const char *want = guards[i].want;
		struct settings *s;

		(void)snprintf(text, sizeof text, "%s\nbroken\n",
		    guards[i].line);
		put("bad.cfg", text);
		s = load("main.cfg", SETTINGS_START);
		tap_int(s == NULL, want != NULL, guards[i].line);
		if (want != NULL)
			tap_has(strstr(told, want), want, "and this is said");
		settings_free(s);

		/* As it is in a file that a bad one includes. */
		put("guard.cfg", guards[i].line);
		(void)snprintf(text, sizeof text, "broken\ninclude=%s\n",
		    scratch_path("guard.cfg").s);
		put("bad.cfg", text);
		s = load("main.cfg", SETTINGS_START);
		tap_int(s == NULL, want != NULL, "one file further");
		settings_free(s);
	}
}

/* Grants add up, so that the others can stay if one is lost; but only they. */
static void
test_lost_grants(void)
{
	static const char *const lines[] = {
		"client_commands[me]=a\nbroken\n",
		"client_commands[me]=,\n",
		"client_commands[me=a\n",
		"client_commands=a\n",
		"client_commands\n",
	};
	struct settings *s;
	char text[1024];

	(void)snprintf(text, sizeof text, "command[a]=/p\ninclude=%s\n",
	    scratch_path("bad.cfg").s);
	put("main.cfg", text);
	for (size_t i = 0; i < COUNT(lines); i++) {
		put("bad.cfg", lines[i]);
		s = load("main.cfg", SETTINGS_START);
		tap_ok(s != NULL && s->access.limited &&
		    s->access.grant_count == 0 &&
		    s->tls_client_certs == CLIENT_CERTS_REQUIRE, lines[i]);
		tap_has(strstr(told, "W bad.cfg:1"), "W bad.cfg:1 "
		    "client_commands: this line is left out, clients may ask "
		    "only for what others grant\n", "and this is said");
		settings_free(s);
	}
}

/* Of a line that is no text its beginning counts. */
static void
test_lost_text(void)
{
	static char text[SETTINGS_LINE_MAX + 64];
	struct settings *s;
	size_t n = strlen(strcpy(text, "client_names=a"));

	scratch_write(scratch_path("bad.cfg").s, "client_names=a\0b\n", 17);
	s = load("main.cfg", SETTINGS_START);
	tap_ok(s == NULL, "a zero in a name");
	settings_free(s);
	memset(text + n, 'a', sizeof text - n - 1);
	put("bad.cfg", text);
	s = load("main.cfg", SETTINGS_START);
	tap_ok(s == NULL, "names without end");
	settings_free(s);
	put("bad.cfg", "");
	s = load("main.cfg", SETTINGS_START);
	tap_ok(s != NULL, "neither");
	settings_free(s);
}

static void
test_left_out(void)
{
	char text[1024];

	put_including("include", "bad.cfg");
	(void)snprintf(text, sizeof text, "include=%s\nbroken\n",
	    scratch_path("good.cfg").s);
	put("bad.cfg", text);
	put("good.cfg", "log_file=4\n");
	both("what a bad file includes", "0 commands, port 2, log 1", "none",
	    "E bad.cfg:2 'broken' has no '='\n");
	(void)snprintf(text, sizeof text, "include=%s\nlog_file=5\n",
	    scratch_path("worse.cfg").s);
	put("bad.cfg", text);
	put("worse.cfg", "log_file=6\nbroken\n");
	both("but who includes a bad one is not bad",
	    "0 commands, port 2, log 5", "none",
	    "E worse.cfg:2 'broken' has no '='\n");
}

/* A chain of files, each including the next; the last has a port. */
static void
test_depth(void)
{
	for (int i = 0; i < SETTINGS_DEPTH_MAX; i++) {
		char text[1024], name[32];

		(void)snprintf(name, sizeof name, i == 0 ? "main.cfg" :
		    "deep%d.cfg", i);
		(void)snprintf(text, sizeof text, "include=%s\nlog_file=%d\n",
		    scratch_path("deep%d.cfg", i + 1).s, i);
		put(name, i == SETTINGS_DEPTH_MAX - 1 ? "server_port=9\n" :
		    text);
	}
	both("16 files deep", "0 commands, port 9, log 0",
	    "0 commands, port 9, log 0", "");
	put("deep15.cfg", "include=/dev/null\nserver_port=8\n");
	both("one more", "0 commands, port 8, log 0", "none",
	    "E deep15.cfg:1 /dev/null: more than 16 files and directories "
	    "deep\n");
}

static void
test_directory(void)
{
	put_including("include_dir", "conf.d");
	both("a directory that is missing", "0 commands, port 2, log 1",
	    "none", "E main.cfg:2 conf.d: No such file or directory\n");
	put("conf.d", "");
	both("a file in its place", "0 commands, port 2, log 1", "none",
	    "E main.cfg:2 conf.d: Not a directory\n");
	(void)unlink(scratch_path("conf.d").s);
	(void)mkdir(scratch_path("conf.d").s, 0700);
	both("an empty one", "0 commands, port 2, log 1",
	    "0 commands, port 2, log 1", "");

	(void)mkdir(scratch_path("conf.d/b").s, 0700);
	(void)mkdir(scratch_path("conf.d/.hidden").s, 0700);
	(void)mkdir(scratch_path("conf.d/dir.cfg").s, 0700);
	put("conf.d/a.cfg", "command[a]=1\ncommand[x]=1\n");
	put("conf.d/Z.cfg", "command[a]=2\n");
	put("conf.d/b/c.cfg", "command[x]=3\n");
	put("conf.d/c.cfg", "command[x]=4\n");
	put("conf.d/dir.cfg/d.cfg", "command[d]=1\n");
	put("conf.d/no.cfg.bak", "broken\n");
	put("conf.d/.cfg", "broken\n"); /* no name before it */
	put("conf.d/.e.cfg", "command[h]=1\n");
	(void)!symlink("user@host.1234", scratch_path("conf.d/.#a.cfg").s);
	put("conf.d/.hidden/e.cfg", "broken\n");
	put("conf.d/cfg", "broken\n");
	both("a tree, bytewise", "4 commands, port 2, log 1",
	    "4 commands, port 2, log 1",
	    "W conf.d/a.cfg:1 command[a] replaces the one of conf.d/Z.cfg "
	    "line 1\n"
	    "W conf.d/b/c.cfg:1 command[x] replaces the one of conf.d/a.cfg "
	    "line 2\n"
	    "W conf.d/c.cfg:1 command[x] replaces the one of conf.d/b/c.cfg "
	    "line 1\n");
	put_including("include_dir", "conf.d//");
	put("conf.d/b/c.cfg", "broken\n");
	both("an error in one", "4 commands, port 2, log 1", "none",
	    "W conf.d//a.cfg:1 command[a] replaces the one of conf.d//Z.cfg "
	    "line 1\n"
	    "E conf.d//b/c.cfg:1 'broken' has no '='\n"
	    "W conf.d//c.cfg:1 command[x] replaces the one of conf.d//a.cfg "
	    "line 2\n");
}

static void
test_directory_links(void)
{
	(void)mkdir(scratch_path("tree").s, 0700);
	(void)mkdir(scratch_path("tree/sub").s, 0700);
	(void)mkdir(scratch_path("far").s, 0700);
	put("far/x.cfg", "log_file=7\n");
	put_including("include_dir", "tree");
	(void)!symlink("../far", scratch_path("tree/link").s);
	both("a link to a directory", "0 commands, port 2, log 7",
	    "0 commands, port 2, log 7", "");
	(void)!symlink("..", scratch_path("tree/sub/up").s);
	both("a loop", "0 commands, port 2, log 7", "none",
	    "E main.cfg:2 tree/sub/up: includes itself\n");
	(void)unlink(scratch_path("tree/sub/up").s);
	(void)!symlink("nowhere", scratch_path("tree/lost.cfg").s);
	(void)mkfifo(scratch_path("tree/pipe.cfg").s, 0600);
	both("no file, no file either", "0 commands, port 2, log 7", "none",
	    "E main.cfg:2 tree/lost.cfg: No such file or directory\n"
	    "E main.cfg:2 tree/pipe.cfg: not a regular file\n");
}

/* Eight directories that link to each other are 8! ways. */
static void
test_maze(void)
{
	struct settings *s;

	(void)mkdir(scratch_path("maze").s, 0700);
	for (int i = 0; i < 8; i++)
		(void)mkdir(scratch_path("maze/%d", i).s, 0700);
	for (int i = 0; i < 64; i++) {
		char to[8];

		(void)snprintf(to, sizeof to, "../%d", i % 8);
		(void)!symlink(to, scratch_path("maze/%d/%d", i / 8, i % 8).s);
	}
	put_including("include_dir", "maze");
	s = load("main.cfg", SETTINGS_START);
	tap_str(ports(s), "0 commands, port 2, log 1", "a maze");
	tap_has(told, "more than 1024 files and directories\n", "is left");
	settings_free(s);
}

static void
test_large(void)
{
	char *text = calloc(1, SETTINGS_FILE_MAX + 1);

	memset(text, '\n', SETTINGS_FILE_MAX + 1);
	put_including("include", "large.cfg");
	scratch_write(scratch_path("large.cfg").s, text, SETTINGS_FILE_MAX);
	both("4 MiB", "0 commands, port 2, log 1",
	    "0 commands, port 2, log 1", "");
	scratch_write(scratch_path("large.cfg").s, text,
	    SETTINGS_FILE_MAX + 1);
	both("more", "0 commands, port 2, log 1", "none",
	    "E main.cfg:2 large.cfg: larger than 4194304 bytes\n");
	free(text);
}

/* The last one would have kept something out. */
static void
test_many_lines(void)
{
	size_t size = 32 * (size_t)(LOADER_PENDING_MAX + 2);
	char *text = malloc(size);
	struct buf b = buf_on(text, size);
	struct settings *s;

	buf_str(&b, "command[a]=/p $ARG1$\n");
	for (int i = 1; i < LOADER_PENDING_MAX; i++)
		buf_str(&b, "command_ttl[a]=0\n");
	buf_str(&b, "command_arg[a][1]=integer\n");
	put("main.cfg", text);
	s = load("main.cfg", SETTINGS_START);
	tap_int(s == NULL ? -1 : (int)s->commands[0].rules[0].count, 1,
	    "16384 lines about commands");
	settings_free(s);
	buf_str(&b, "command_arg[a][1]=length 1..2\n");
	put("main.cfg", text);
	s = load("main.cfg", SETTINGS_START);
	tap_ok(s == NULL, "one more");
	tap_str(told, "E main.cfg:16386 out of memory, or more than 16384 "
	    "lines of what commands and clients are given\n", "is told");
	settings_free(s);
	free(text);
}

/* Of an including file: what a line in another one replaces. */
static void
test_addresses(void)
{
	struct settings *s;
	char text[1024];

	put("other.cfg", "server_address=192.0.2.1,192.0.2.2\n");
	(void)snprintf(text, sizeof text, "server_address=::1\ninclude=%s\n",
	    scratch_path("other.cfg").s);
	put("main.cfg", text);
	s = load("main.cfg", SETTINGS_START);
	tap_has(told_settings(s), "server_address=192.0.2.1,192.0.2.2\n",
	    "the last line counts");
	tap_has(settings_where(s, "server_address").file, "/other.cfg",
	    "which is of another file");
	tap_int(settings_where(s, "server_address").line, 1, "there");
	tap_str(told, "W other.cfg:1 server_address replaces the one of "
	    "main.cfg line 1\n", "and it is told, as it keeps others out");
	settings_free(s);

	put("other.cfg", "server_port=2\ncommand_ttl[a]=2\n"
	    "command_user[a]=b\n");
	(void)snprintf(text, sizeof text, "server_port=1\ncommand[a]=/p\n"
	    "command_ttl[a]=1\ncommand_user[a]=a\ninclude=%s\n",
	    scratch_path("other.cfg").s);
	put("main.cfg", text);
	s = load("main.cfg", SETTINGS_START);
	tap_str(told, "W other.cfg:3 command_user[a] replaces the one of "
	    "main.cfg line 4\n", "what another file may well say anew");
	tap_int(s->port, 2, "counts");
	settings_free(s);
}

static void
test_debian(void)
{
	struct buf complaints;
	struct settings *s;

	if (access("/etc/nagios/nrpe.cfg", R_OK) != 0) {
		tap_skip("no /etc/nagios/nrpe.cfg of Debian here");
		return;
	}
	complaints = told_start();
	s = settings_load("/etc/nagios/nrpe.cfg", SETTINGS_RELOAD,
	    told_complain, &complaints);
	tap_ok(s != NULL, "Debian's own nrpe.cfg is taken");
	tap_ok(strstr(told, "E ") != told && strstr(told, "\nE ") == NULL,
	    "without an error");
	settings_free(s);
}

int
main(void)
{
	scratch_make();
	test_main_file();
	test_include();
	test_left_out();
	test_lost_rules();
	test_guards();
	test_lost_grants();
	test_lost_text();
	test_depth();
	test_directory();
	test_directory_links();
	test_maze();
	test_large();
	test_many_lines();
	test_addresses();
	test_debian();
	return tap_done();
}
