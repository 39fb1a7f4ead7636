/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <sys/wait.h>

#include "agent/registry.h"
#include "tests/complain.h"
#include "tests/scratch.h"
#include "tests/tap.h"

enum {
	NOBODY = 65534,
};

static struct registry registry;

/* The name of the check that a command line is; "program", or "none". */
static const char *
assign(const char *line, const char *more)
{
	char text[1200];
	int n = snprintf(text, sizeof text, "command[x]=%s\n%s\n", line, more);
	struct settings *s = settings_parse("test", text, (size_t)n, complain,
	    NULL);
	const char *name = "none";

	if (s == NULL)
		return name;
	registry_assign(&registry, s);
	if (s->command_count == 1)
		name = s->commands[0].resident < 0 ? "program" :
		    registry.all[s->commands[0].resident].check->name;
	settings_free(s);
	return name;
}

static void
make_files(void)
{
	struct scratch_path load = scratch_path("dir/check_load");

	(void)mkdir(scratch_path("dir").s, 0755);
	scratch_write(load.s, "load", 4);
	scratch_write(scratch_path("dir/check_memory").s, "memory", 6);
	scratch_write(scratch_path("dir/check_foreign").s, "load", 4);
	scratch_write(scratch_path("copy").s, "load", 4);
	(void)mkdir(scratch_path("dir/check_cpu").s, 0755);
	if (symlink(load.s, scratch_path("link").s) < 0 ||
	    symlink("nowhere", scratch_path("dangling").s) < 0 ||
	    symlink(scratch_path("dir").s, scratch_path("dir2").s) < 0 ||
	    link(load.s, scratch_path("hard").s) < 0) {
		printf("Bail out! %s\n", strerror(errno));
		exit(1);
	}
}

/* Lines of which %s is the scratch directory. */
static const struct {
	const char *what, *line, *more, *name;
} lines[] = {
	{ "the file itself", "%s/dir/check_load", "", "load" },
	{ "another", "%s/dir/check_memory -w 5", "", "memory" },
	{ "with arguments", "%s/dir/check_load -w $ARG1$", "", "load" },
	{ "on a longer way", "%s/dir/../dir//check_load", "", "load" },
	{ "by a symbolic link", "%s/link", "", "load" },
	{ "by a directory that is one", "%s/dir2/check_load", "", "load" },
	{ "by a hard link", "%s/hard", "", "load" },
	{ "a copy", "%s/copy", "", "program" },
	{ "no check of ours", "%s/dir/check_foreign", "", "program" },
	{ "no file", "%s/dir/check_cpu", "", "program" },
	{ "nothing", "%s/dir/check_disk", "", "program" },
	{ "a link to nothing", "%s/dangling", "", "program" },
	{ "no path", "check_load", "", "program" },
	{ "another's name", "%s/$ARG1$", "", "program" },
	{ "in_process=no", "%s/dir/check_load", "in_process=no", "program" },
	{ "behind a prefix", "%s/dir/check_load",
	    "command_prefix=/usr/bin/sudo", "program" },
	{ "what cannot be run", "%s/dir/check_load | cat", "", "program" },
};

static void
test_assign(void)
{
	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *rest = strstr(lines[i].line, "%s");
		char line[512];

		(void)snprintf(line, sizeof line, "%s%s",
		    rest != NULL ? scratch_dir : "",
		    rest != NULL ? rest + 2 : lines[i].line);
		tap_str(assign(line, lines[i].more), lines[i].name,
		    lines[i].what);
	}
}

static const struct registry_entry *
entry(const char *name)
{
	for (int i = 0; i < registry.count; i++) {
		if (strcmp(registry.all[i].check->name, name) == 0)
			return &registry.all[i];
	}
	printf("Bail out! no check %s\n", name);
	exit(1);
}

/* As a worker sees it, who is an ordinary user. */
static bool
is_current_to_nobody(const struct registry_entry *e, const char *path)
{
	int status = 1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(geteuid() == 0 && setuid(NOBODY) < 0 ? 2 :
		    !registry_is_current(e, path));
	(void)waitpid(pid, &status, 0);
	return status == 0;
}

static void
test_current(void)
{
	const struct registry_entry *load = entry("load");
	struct scratch_path path = scratch_path("dir/check_load");
	struct timespec times[2] = { load->file.st_mtim, load->file.st_mtim };

	tap_ok(load->installed && !entry("cpu")->installed &&
	    !entry("disk")->installed, "what is installed");
	tap_ok(registry_is_current(load, path.s), "the file is current");
	tap_ok(registry_is_current(load, scratch_path("link").s),
	    "by a link too");
	(void)chmod(scratch_dir, 0755);
	(void)chmod(scratch_path("dir").s, 0700);
	tap_ok(is_current_to_nobody(load, path.s),
	    "so it is where we may not look");
	(void)chmod(scratch_path("dir").s, 0755);
	tap_ok(is_current_to_nobody(load, path.s), "and where we may");

	times[1].tv_sec++;
	(void)utimensat(AT_FDCWD, path.s, times, 0);
	tap_ok(!registry_is_current(load, path.s), "not with another time");
	times[1].tv_sec--;
	times[1].tv_nsec = (times[1].tv_nsec + 1) % 1000000000;
	(void)utimensat(AT_FDCWD, path.s, times, 0);
	tap_ok(!registry_is_current(load, path.s), "in whatever digit");
	scratch_write(path.s, "load2", 5);
	times[1] = load->file.st_mtim;
	(void)utimensat(AT_FDCWD, path.s, times, 0);
	tap_ok(!registry_is_current(load, path.s), "not with another size");
	scratch_write(path.s, "load", 4);
	(void)utimensat(AT_FDCWD, path.s, times, 0);
	tap_ok(registry_is_current(load, path.s), "as it was");

	scratch_write(scratch_path("new").s, "load", 4);
	(void)utimensat(AT_FDCWD, scratch_path("new").s, times, 0);
	(void)rename(scratch_path("new").s, path.s);
	tap_ok(!registry_is_current(load, path.s), "not when it is replaced");
	tap_str(assign(path.s, ""), "program", "nor at the next reload");
	(void)unlink(path.s);
	tap_ok(!registry_is_current(load, path.s), "nor when it is gone");
}

int
main(void)
{
	(void)scratch_make();
	make_files();
	registry_open(&registry, scratch_path("dir").s);
	tap_ok(registry.count > 0, "checks of our own");
	test_assign();
	test_current();

	registry_open(&registry, scratch_path("none").s);
	tap_ok(!entry("load")->installed, "none are installed nowhere");
	tap_str(assign("/bin/sh", ""), "program", "all is a program then");
	return tap_done();
}
