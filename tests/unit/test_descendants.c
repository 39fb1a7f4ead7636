/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of the descendants of programs that spawn_run() ran. */
#include "config.h"

#include <signal.h>
#include <sys/file.h>
#include <time.h>

#include "tests/spawner.h"
#include "tests/tap.h"

/* Nobody who was to hold this file lives. */
static bool
is_free(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	bool got = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;

	if (fd >= 0)
		close(fd);
	return got;
}

static void
pause_briefly(void)
{
	struct timespec moment = { .tv_nsec = 1000000 };

	(void)nanosleep(&moment, NULL);
}

static bool
becomes_free(const char *path)
{
	double end = deadline_now() + PATIENCE;

	while (!is_free(path)) {
		if (deadline_now() > end)
			return false;
		pause_briefly();
	}
	return true;
}

static bool
is_reaped(void)
{
	double end = deadline_now() + PATIENCE;

	for (;;) {
		(void)spawn_left_any();
		if (has_no_child())
			return true;
		if (deadline_now() > end)
			return false;
		pause_briefly();
	}
}

static void
test_deadline(void)
{
	static const char *const orders[][4] = {
		{ "sleep=30" },
		{ "deaf", "sleep=30" },
		{ "child=30", "sleep=30" },
		{ "quiet=30", "sleep=30" },
		{ "escape=30", "sleep=30" },
		{ "chatter", "sleep=30" },
		{ "escape=30", "signal=19" },
		{ "chain", "sleep=30" },
		{ "chain=setsid", "sleep=30" },
		{ "storm=1", "sleep=30" },
		{ "storm=4", "deaf", "sleep=30" },
	};
	struct scratch_path p = scratch_path("lock");
	char hold[600], what[128];

	(void)order(hold, "hold", p.s);
	for (size_t i = 0; i < COUNT(orders); i++) {
		const char *const *o = orders[i];
		double took;

		if (under_valgrind() && strcmp(o[0], "chain=setsid") == 0) {
			tap_skip("valgrind: too slow for chain=setsid");
			continue;
		}
		took = PLUGIN(1, 100, hold, "out=partial", "err=e",
		    o[0], o[1], o[2]);

		(void)snprintf(what, sizeof what, "%s, then %s", o[0],
		    o[1] == NULL ? "nothing" : o[1]);
		tap_ok(result.timed_out && result.code == -1 &&
		    result.signal == SIGKILL, what);
		tap_ok(strncmp(output, "partial", 7) == 0, "said that much");
		tap_str(result.stderr_text, "e", "and an error");
		tap_int(result.left, 0, "nobody is left");
		tap_ok(is_free(p.s), "nobody at all");
		tap_ok(has_no_child(), "nor to be reaped");
		tap_ok(took >= 1 && took < 1 + 1 + 3, "soon after");
		printf("# %s: %.3f s\n", what, took);
	}

	struct scratch_path pid = scratch_path("pid");

	(void)PLUGIN(-1, 100, order(hold, "pid", pid.s));
	tap_ok(result.timed_out && result.code == -1 && result.signal == 0,
	    "a deadline that has passed");
	tap_ok(access(pid.s, F_OK) != 0, "starts nothing");
	tap_ok(PLUGIN(1e18, 100, "exit=5") >= 0 && result.code == 5,
	    "none to speak of");
}

static void
test_left(void)
{
	struct scratch_path mine = scratch_path("mine");
	struct scratch_path go = scratch_path("go");
	char hold[600], child[600], escape[600], quiet[600];

	(void)order(hold, "hold", mine.s);
	(void)order(child, "child", go.s);
	(void)order(escape, "escape", go.s);
	(void)order(quiet, "quiet", go.s);
	scratch_write(go.s, "", 0);

	tap_ok(RUN(hold, "out=done", child, "exit=1") < 20,
	    "who holds the pipe is not waited for");
	tap_str(output, "done", "all is there");
	tap_int(result.code, 1, "with the exit code");
	tap_int(result.left, 1, "one is left");
	tap_ok(!is_free(mine.s), "who lives");
	(void)unlink(go.s);
	tap_ok(becomes_free(mine.s), "until it ends");
	tap_ok(is_reaped(), "and is reaped");

	scratch_write(go.s, "", 0);
	(void)run_for(PATIENCE, (const char *[]){ "sh", "-c",
	    "(true & exec \"$0\" live=\"$1\") >/dev/null 2>&1 & sleep 0.3",
	    plugin, go.s, NULL }, 100);
	tap_int(result.left, 1, "the dead are not counted");
	(void)unlink(go.s);
	tap_ok(is_reaped(), "though reaped");

	(void)RUN("chatter", "sleep=0.2", "out=x");
	tap_ok(result.code == 0 && result.left <= 1, "who goes on writing");
	tap_ok(is_reaped(), "ends by that");

	scratch_write(go.s, "", 0);
	(void)RUN(hold, escape, quiet);
	tap_int(result.left, 2, "two are left");
	(void)RUN("exit=4");
	tap_int(result.left, 0, "which are none of the next one");
	(void)PLUGIN(0.3, 100, "child=30", "sleep=30");
	tap_ok(result.timed_out && result.left == 0, "whose deadline");
	tap_ok(!is_free(mine.s), "does not strike them");
	(void)unlink(go.s);
	tap_ok(becomes_free(mine.s), "until they end");
	tap_ok(is_reaped(), "and are reaped");
}

/* As an ordinary user, with a program that sudo or the like made root's. */
static int
run_foreign(const char *program, const char *hold, const char *live)
{
	const char *argv[] = { program, "uid=0", hold, "out=x", live, NULL };
	double took;

	if (setgid(65534) < 0 || setuid(65534) < 0 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return 1;
	took = run_for(1, argv, 100);
	if (result.code == 114)
		return 77; /* set-user-ID does not work on this mount */
	return took >= 2 && took < 2 + 3 && result.timed_out &&
	    result.left == 1 && result.code == -1 && result.signal == 0 &&
	    result.output_len == 1 ? 0 : 2;
}

static void
test_foreign(void)
{
	struct scratch_path program = scratch_path("root's");
	struct scratch_path lock = scratch_path("foreign");
	struct scratch_path go = scratch_path("go");
	char command[5000], hold[600], live[600];
	int status = -1;
	pid_t pid;

	(void)snprintf(command, sizeof command, "cp '%s' \"%s\"", plugin,
	    program.s);
	if (geteuid() != 0 || system(command) != 0) { /* NOLINT */
		tap_skip("needs root: a program of another user");
		return;
	}
	(void)chmod(program.s, 04755);
	(void)chmod(scratch_dir, 0711);
	scratch_write(go.s, "", 0);
	(void)order(hold, "hold", lock.s);
	(void)order(live, "live", go.s);
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(run_foreign(program.s, hold, live));
	(void)waitpid(pid, &status, 0);
	if (WEXITSTATUS(status) == 77) {
		tap_skip("needs a file system without nosuid");
		return;
	}
	tap_int(status, 0, "who may not be killed is left after a second");
	tap_ok(!is_free(lock.s), "and lives");
	(void)unlink(go.s);
	tap_ok(becomes_free(lock.s) && is_reaped(), "until it ends");
}

static void
test_many(void)
{
	char text[16];
	const char *echo[] = { "echo", text, NULL };
	const char *none[] = { "/no/such", NULL };
	int before = count_descriptors(), wrong = 0;

	for (int i = 0; i < 2000; i++) {
		(void)sprintf(text, "%d", i);
		wrong += run_for(PATIENCE, echo, 100) < 0 || result.left ||
		    strtol(output, NULL, 10) != i;
		if (i % 20 == 0 && !under_valgrind())
			wrong += run_for(PATIENCE, none, 1) >= 0;
		if (i % 200 == 0)
			(void)PLUGIN(0.01, 10, "escape=30", "sleep=30");
	}
	tap_int(wrong, 0, "2000 runs");
	tap_int(count_descriptors(), before, "leak no descriptor");
	tap_ok(has_no_child(), "and leave no zombie");
}

int
main(void)
{
	spawner_prepare();
	test_deadline();
	test_left();
	test_foreign();
	test_many();
	return tap_done();
}
