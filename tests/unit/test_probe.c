/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "common/probe.h"
#include "tests/fake_run.h"
#include "tests/scratch.h"
#include "tests/tap.h"

enum kind { RETURNS, BLOCKS, CRASHES, GATED };

enum {
	OBJECTS_MAX = 256,
};

struct object {
	const char *name;
	enum kind kind;
};

struct objects {
	const struct object *all;
	/* Shared with the children: */
	_Atomic int *looked; /* how often anything was looked at */
	_Atomic int *gate;   /* GATED ones return once it is set */
};

struct result {
	size_t index;
	pid_t pid;
};

/* With the children: two for struct objects, then who looked at anything. */
static _Atomic int *shared;

enum {
	LOOKS = 2,
	PIDS = 3,
	SHARED_SIZE = 65536,
};

/* Whatever failed, no child outlives the test. */
static void
end_all(void)
{
	for (int i = 0; i < atomic_load(&shared[LOOKS]); i++) {
		int pid = atomic_load(&shared[PIDS + i]);

		if (pid > 0 && waitpid(pid, NULL, WNOHANG) == 0)
			(void)kill(pid, SIGKILL);
	}
}

static const char *
object_name(const void *arg, size_t i)
{
	const struct objects *o = arg;

	return o->all[i].name;
}

static void
look(const void *arg, size_t i, void *result)
{
	const struct objects *o = arg;
	const struct timespec moment = { .tv_nsec = 1000000 };

	atomic_store(&shared[PIDS + atomic_fetch_add(&shared[LOOKS], 1)],
	    getpid());
	atomic_fetch_add(o->looked, 1);
	while (o->all[i].kind == BLOCKS)
		pause();
	if (o->all[i].kind == CRASHES)
		(void)raise(SIGKILL);
	while (o->all[i].kind == GATED && atomic_load(o->gate) == 0)
		(void)nanosleep(&moment, NULL);
	*(struct result *)result = (struct result){ i, getpid() };
}

static struct probe
make(struct objects *o, const struct object *all, size_t n, double patience)
{
	atomic_store(&shared[0], 0);
	atomic_store(&shared[1], 0);
	*o = (struct objects){
		.all = all,
		.looked = &shared[0],
		.gate = &shared[1],
	};
	return (struct probe){
		.name = "test",
		.count = n,
		.result_size = sizeof(struct result),
		.patience = patience,
		.object = object_name,
		.look = look,
		.arg = o,
	};
}

/* How long the call took; the probe's states in letters of WBDL. */
static double
go(struct probe *p, const struct run *run, char states[OBJECTS_MAX])
{
	double start = deadline_now();
	struct error err = { .text = "" };

	if (!tap_ok(probe_run(p, run, &err) == 0, "probed"))
		printf("# %s\n", err.text);
	for (size_t i = 0; i < p->count; i++)
		states[i] = "WBDL"[probe_get_state(p, i)];
	states[p->count] = '\0';
	return deadline_now() - start;
}

/* Waits until a child of ours has ended; its status, -1 if it does not. */
static int
await_end(pid_t pid)
{
	const struct timespec moment = { .tv_nsec = 2000000 };
	double deadline = deadline_now() + 10;
	int status;

	while (deadline_now() < deadline) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		(void)nanosleep(&moment, NULL);
	}
	return -1;
}

static void
end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)await_end(pid);
}

/* Ends all children that wait for objects, by their pids. */
static void
end_stuck(const struct probe *p)
{
	for (size_t i = 0; i < p->count; i++) {
		enum probe_state state = probe_get_state(p, i);

		if (state == PROBE_BEGUN || state == PROBE_LEFT)
			end(p->items[i].pid);
	}
}

static struct scratch_path
state_dir(const char *name)
{
	struct scratch_path dir = scratch_path("%s", name);

	(void)mkdir(dir.s, 0700);
	return dir;
}

static void
test_all_return(void)
{
	static struct object all[200];
	static char names[200][8], states[OBJECTS_MAX];
	struct scratch_path dir = state_dir("return");
	struct run run = fake_run(dir.s);
	struct objects o;
	struct probe p = make(&o, all, COUNT(all), 10);
	int bad = 0;

	for (size_t i = 0; i < COUNT(all); i++) {
		(void)snprintf(names[i], sizeof names[i], "o%zu", i);
		all[i].name = names[i];
	}
	tap_ok(go(&p, &run, states) < 5, "at once");
	for (size_t i = 0; i < COUNT(all); i++) {
		const struct result *r = probe_get_result(&p, i);

		bad += states[i] != 'D' || r->index != i || r->pid == getpid();
	}
	tap_int(bad, 0, "each has its own result, found by someone else");
	tap_int(atomic_load(o.looked), 200, "looked at once each");
	errno = 0;
	tap_ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
	    "no child is left");
	tap_ok(access(scratch_path("return/test.stuck").s, F_OK) != 0,
	    "and nothing to remember");
	probe_free(&p);
	probe_free(&p);

	p = make(&o, all, 0, 10);
	tap_ok(go(&p, &run, states) < 1, "nothing to look at");
	probe_free(&p);
}

/* What the descriptors of a process are, all but those of /dev/null. */
static const char *
descriptors(pid_t pid)
{
	static char text[512];
	struct run_path path = run_path("/proc", "%d/fd", pid);
	DIR *dir = opendir(path.s);
	struct dirent *entry;
	int nulls = 0, others = 0;

	text[0] = '\0';
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char target[128] = "";

		/* Those above the limit are valgrind's own. */
		if (entry->d_name[0] == '.' ||
		    atoi(entry->d_name) >= sysconf(_SC_OPEN_MAX))
			continue;
		(void)!readlinkat(dirfd(dir), entry->d_name, target,
		    sizeof target - 1);
		if (strcmp(target, "/dev/null") == 0)
			nulls++;
		else if (others++ < 8)
			(void)snprintf(text + strlen(text), 32, "%.6s ",
			    target);
	}
	closedir(dir);
	(void)snprintf(text + strlen(text), 32, "%d", nulls);
	return text;
}

static const struct object one_blocks[] = {
	{ "a", RETURNS },
	{ "b", BLOCKS },
	{ "c", RETURNS },
	{ "d", RETURNS },
};

static void
test_one_blocks(void)
{
	struct scratch_path dir = state_dir("one");
	struct run run = fake_run(dir.s);
	struct object all[4];
	char states[OBJECTS_MAX];
	struct objects o;
	struct probe p = make(&o, all, 4, 0.6), again;
	double took;
	pid_t pid;

	memcpy(all, one_blocks, sizeof all);
	(void)fcntl(1, F_DUPFD, 50); /* something to inherit */
	took = go(&p, &run, states);
	tap_str(states, "DBDD", "one that blocks holds up no other");
	tap_ok(took >= 0.6 && took < 1.5, "it has its chance, no more");
	pid = p.items[1].pid;
	tap_str(descriptors(pid), "pipe:[ 3", "it holds a pipe, else nothing");
	tap_int(getsid(pid), pid, "and is in no one's session");

	again = make(&o, all, 4, 5);
	run.now += 100;
	took = go(&again, &run, states);
	tap_str(states, "DLDD", "a later run leaves it alone");
	tap_ok(took < 3, "and waits for nothing");
	tap_int(atomic_load(o.looked), 3, "it was not looked at again");
	tap_int(again.items[1].pid, pid, "who waits is known");
	tap_num(again.items[1].since, run.now - 100, "and since when");
	probe_free(&again);

	end(pid);
	all[1].kind = RETURNS;
	again = make(&o, all, 4, 5);
	(void)go(&again, &run, states);
	tap_str(states, "DDDD", "once it is gone all are looked at");
	probe_free(&again);
	probe_free(&p);
}

static void
test_many_block(void)
{
	static struct object all[50];
	static char names[50][8], states[OBJECTS_MAX];
	struct scratch_path dir = state_dir("many");
	struct run run = fake_run(dir.s);
	struct objects o;
	struct probe p = make(&o, all, COUNT(all), 6), again;
	size_t begun = 0, waiting = 0;

	for (size_t i = 0; i < COUNT(all); i++) {
		(void)snprintf(names[i], sizeof names[i], "o%zu", i);
		all[i].name = names[i];
		all[i].kind = i % 5 == 4 ? RETURNS : BLOCKS;
	}
	tap_ok(go(&p, &run, states) < 7, "many that block");
	for (size_t i = 0; i < COUNT(all); i++) {
		begun += states[i] == 'B';
		waiting += states[i] == 'W';
	}
	tap_int((long long)begun, 32, "are waited for by so many children");
	tap_ok(waiting > 0, "the rest is not begun");

	/* As many again are stuck for the next run, none for the one after. */
	again = make(&o, all, COUNT(all), 2);
	(void)go(&again, &run, states);
	begun = waiting = 0;
	for (size_t i = 0; i < COUNT(all); i++) {
		begun += states[i] == 'B';
		waiting += states[i] == 'L';
	}
	tap_int((long long)waiting, 32, "the next leaves those alone");
	tap_int((long long)begun, 8, "and tries the others");
	end_stuck(&again);
	probe_free(&again);
	probe_free(&p);
}

/* What is free again after the deadline does not go on to other objects. */
static void
test_no_work_after(void)
{
	static struct object all[40]; /* more than there may be children */
	static char names[40][8];
	struct scratch_path dir = state_dir("after");
	struct run run = fake_run(dir.s);
	char states[OBJECTS_MAX];
	struct objects o;
	struct probe p = make(&o, all, COUNT(all), 0.5);
	int begun = 0, ended = 0;

	for (size_t i = 0; i < COUNT(all); i++) {
		(void)snprintf(names[i], sizeof names[i], "o%zu", i);
		all[i] = (struct object){ names[i], GATED };
	}
	(void)go(&p, &run, states);
	atomic_store(o.gate, 1);
	for (size_t i = 0; i < COUNT(all); i++) {
		begun += states[i] == 'B';
		ended += states[i] == 'B' && await_end(p.items[i].pid) >= 0;
	}
	tap_ok(begun > 0 && begun < 40, "some are begun, not all");
	tap_int(ended, begun, "their children end when they can");
	tap_int(atomic_load(o.looked), begun, "without looking at another");
	probe_free(&p);
}

static void
test_crash(void)
{
	static const struct object all[] = {
		{ "a", CRASHES },
		{ "b", RETURNS },
	};
	struct scratch_path dir = state_dir("crash");
	struct run run = fake_run(dir.s);
	char states[OBJECTS_MAX];
	struct objects o;

	for (int i = 0; i < 2; i++) {
		struct probe p = make(&o, all, 2, 1);

		(void)go(&p, &run, states);
		tap_str(states, "BD", "a child that died is not waited on");
		probe_free(&p);
	}
}

/* Checks of different objects share the memory: none forgets another's. */
static void
test_others(void)
{
	static const struct object all[] = {
		{ "a", BLOCKS },
		{ "b", BLOCKS },
		{ "c", RETURNS },
	};
	struct scratch_path dir = state_dir("others");
	struct run run = fake_run(dir.s);
	char states[OBJECTS_MAX];
	struct objects o;

	for (size_t i = 0; i < 2; i++) {
		struct probe p = make(&o, all + i, 1, 0.5);

		(void)go(&p, &run, states);
		tap_str(states, "B", "one blocks");
		probe_free(&p);
	}

	struct probe p = make(&o, all, 3, 5);

	(void)go(&p, &run, states);
	tap_str(states, "LLD", "both are remembered");
	end_stuck(&p);
	probe_free(&p);
}

/* The same at the same moment, from several processes. */
static void
test_at_once(void)
{
	static const struct object all[] = {
		{ "a", BLOCKS },
		{ "b", BLOCKS },
		{ "c", BLOCKS },
		{ "d", BLOCKS },
		{ "e", BLOCKS },
		{ "f", BLOCKS },
	};
	struct scratch_path dir = state_dir("once");
	struct run run = fake_run(dir.s);
	char states[OBJECTS_MAX];
	struct objects o;
	struct error err;
	pid_t pids[6];
	double start = deadline_now();

	fflush(stdout);
	for (size_t i = 0; i < 6; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			double left = start + 1 - deadline_now();
			struct probe p = make(&o, all + i, 1, left);

			_exit(probe_run(&p, &run, &err) < 0);
		}
	}
	for (size_t i = 0; i < 6; i++)
		(void)await_end(pids[i]);

	struct probe p = make(&o, all, 6, 0.05);

	(void)go(&p, &run, states);
	tap_str(states, "LLLLLL", "all are remembered");
	end_stuck(&p);
	probe_free(&p);
}

/* A memory that names another process, or is none, names none. */
static void
test_false_memory(void)
{
	static const char *const memories[] = {
		"1 1 1 0\n",
		"%d 12345 1700000000 ab\n",
		"\n\n\n",
		"0 0 0 0\n-1 5 5 5\n",
		"2147483648 99999999999999999999 1e999 fffffffffffffffffff\n",
		"no numbers at all",
	};
	struct scratch_path dir = state_dir("false");
	struct run run = fake_run(dir.s);
	char states[OBJECTS_MAX], text[256];
	struct objects o;
	pid_t pid;

	struct probe p = make(&o, one_blocks + 1, 1, 0.05);

	(void)go(&p, &run, states);
	pid = p.items[0].pid;
	tap_ok(scratch_read(scratch_path("false/test.stuck").s, text,
	    sizeof text) > 10, "the memory is a file");
	probe_free(&p);

	/* The same process number, begun at another time. */
	text[strcspn(text, " ") + 1] ^= 1;
	scratch_write(scratch_path("false/test.stuck").s, text,
	    strcspn(text, "\n") + 1);
	p = make(&o, one_blocks, 1, 5);
	(void)go(&p, &run, states);
	tap_str(states, "D", "another process with that number");
	probe_free(&p);
	end(pid);

	for (size_t i = 0; i < COUNT(memories); i++) {
		scratch_write(scratch_path("false/test.stuck").s, memories[i],
		    strlen(memories[i]));
		p = make(&o, one_blocks, 1, 5);
		(void)go(&p, &run, states);
		tap_str(states, "D", "nonsense");
		probe_free(&p);
	}
}

/* In the directory, which is refused if open, or busy with another writer. */
static void
test_no_memory(const char *name, mode_t mode)
{
	struct scratch_path dir = state_dir(name);
	struct run run = fake_run(dir.s);
	char states[OBJECTS_MAX];
	struct objects o;
	struct probe p = make(&o, one_blocks, 4, 0.4);
	int status;

	scratch_write(scratch_path("%s/test.stuck.new", name).s, "", 0);
	(void)chmod(dir.s, mode);
	(void)go(&p, &run, states);
	tap_str(states, "DBDD", "without a memory");
	status = await_end(p.items[1].pid);
	tap_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	    "none is left behind");
	probe_free(&p);
}

static void
test_deadline(void)
{
	static const double deadlines[] = { -1, 0, 0.2, 0.5 };
	struct scratch_path dir = state_dir("deadline");
	struct run run = fake_run(dir.s);
	char states[OBJECTS_MAX];
	struct objects o;

	for (size_t i = 0; i < COUNT(deadlines); i++) {
		struct probe p = make(&o, one_blocks + 1, 1, 60);

		run.deadline = deadline_now() + deadlines[i];
		tap_ok(go(&p, &run, states) < 0.5, "before the run's deadline");
		tap_ok(strchr("BWL", states[0]) != NULL, "whether begun or not");
		end_stuck(&p);
		probe_free(&p);
	}
}

int
main(void)
{
	scratch_make();
	/* Those that others leave are ours to end. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	shared = mmap(NULL, SHARED_SIZE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	(void)atexit(end_all);
	test_all_return();
	test_one_blocks();
	test_many_block();
	test_no_work_after();
	test_crash();
	test_others();
	test_at_once();
	test_false_memory();
	test_no_memory("open", 0755);
	test_no_memory("busy", 0700);
	test_deadline();
	return tap_done();
}
