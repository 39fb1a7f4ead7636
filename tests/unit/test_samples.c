/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "common/samples.h"
#include "common/statedir.h"
#include "tests/fake_run.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#define SCHEMA 7

/* Says when it was taken, so that no sample is taken for another. */
struct reading {
	double at;
	char filling[88];
};

static void
add(const struct run *run, double at)
{
	struct reading reading = { .at = at };
	struct samples s;

	fake_now = at;
	samples_open(&s, run, "x", "", SCHEMA);
	samples_add(&s, at, &reading, sizeof reading);
	if (s.why.text[0] != '\0')
		printf("# %s\n", s.why.text);
	samples_close(&s);
}

/* How many there are, all what they say, in order; -1: some are not. */
static int
count_sound(const struct samples *s, double now)
{
	int n = 0;

	for (size_t i = 0; i < s->count && n >= 0; i++) {
		struct reading reading = { .at = -1 };

		if (s->all[i].size == sizeof reading)
			memcpy(&reading, s->all[i].data, sizeof reading);
		n = reading.at == s->all[i].at && reading.at <= now &&
		    (i == 0 || reading.at > s->all[i - 1].at) ? n + 1 : -1;
	}
	return n;
}

static int
load(const struct run *run, double now, uint32_t schema, const char *target)
{
	struct samples s;
	int n;

	fake_now = now;
	samples_open(&s, run, "x", target, schema);
	n = count_sound(&s, now);
	samples_close(&s);
	return n;
}

/* The only file of the directory, in path. */
static size_t
find_file(const struct run *run, struct scratch_path *path)
{
	DIR *dir = opendir(run->state_dir);
	struct dirent *entry;
	struct stat st = { .st_size = 0 };
	size_t n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path->s, sizeof path->s, "%s/%.200s",
		    run->state_dir, entry->d_name);
		n++;
	}
	closedir(dir);
	return n == 1 && stat(path->s, &st) == 0 ? (size_t)st.st_size : 0;
}

/* Seconds between runs, in turn; 0 ends the list. */
static const struct {
	const char *what;
	double steps[8];
} rhythms[] = {
	{ "every second", { 1 } },
	{ "every 7 seconds", { 7 } },
	{ "every 10 seconds", { 10 } },
	{ "every 30 seconds", { 30 } },
	{ "every minute", { 60 } },
	{ "every 5 minutes", { 300 } },
	{ "every half hour", { 1800 } },
	{ "two pollers", { 13, 47 } },
	{ "two pollers at once", { 0.2, 59.8 } },
	{ "a minute, with a hand run now and then", { 60, 60, 4, 56, 60 } },
	{ "bursts", { 1, 1, 1, 1, 1, 1, 900 } },
	{ "anything", { 3, 0.5, 11, 250, 29, 31, 1 } },
};

static const double windows[] = { 30, 31, 60, 120, 300, 900, 3600, 7000 };

/*
 * The youngest sample of some age is never much older than the youngest ever
 * kept of that age: by 10 s, or an eighth of its age.
 */
static bool
no_older(const struct samples *s, double now, const double *kept, size_t n,
    double age)
{
	const struct sample *got = samples_youngest(s, now, age);
	double slack = age < 70 ? 10 : (age + 10) / 7;

	while (n > 0 && now - kept[n - 1] < age)
		n--;
	if (n == 0)
		return got == NULL;
	return got != NULL && now - got->at >= age &&
	    got->at >= kept[n - 1] - slack;
}

static void
test_rhythm(size_t r, const char *dir)
{
	static double kept[16384];
	struct run run = fake_run(dir);
	struct scratch_path path;
	double now = 1000.25;
	size_t n = 0, most = 0;
	int bad = 0, step = 0;

	while (now < 1000 + 1.25 * SAMPLES_SPAN) {
		struct reading reading = { .at = now };
		struct samples s;

		fake_now = now;
		samples_open(&s, &run, "x", "", SCHEMA);
		for (size_t i = 0; i < COUNT(windows); i++)
			bad += !no_older(&s, now, kept, n, windows[i]);
		most = s.count > most ? s.count : most;
		samples_add(&s, now, &reading, sizeof reading);
		bad += s.why.text[0] != '\0';
		samples_close(&s);
		if (n == 0 || now - kept[n - 1] >= 5)
			kept[n++] = now;
		now += rhythms[r].steps[step++];
		if (step == 8 || rhythms[r].steps[step] <= 0)
			step = 0;
	}
	tap_int(bad, 0, rhythms[r].what);
	tap_ok(load(&run, now, SCHEMA, "") > 3, "all are what they say");
	tap_ok(most <= 120, "few are kept");
	tap_ok(find_file(&run, &path) < 20000, "in a small file, alone");
}

static void
test_rhythms(void)
{
	for (size_t i = 0; i < COUNT(rhythms); i++) {
		struct scratch_path dir = scratch_path("rhythm%zu", i);

		test_rhythm(i, dir.s);
	}
}

/* Ten samples, a minute apart, the latest at 1540. */
static void
add_ten(const struct run *run)
{
	for (int i = 0; i < 10; i++)
		add(run, 1000 + 60 * i);
}

static void
test_foreign(void)
{
	struct scratch_path dir = scratch_path("foreign");
	struct run run = fake_run(dir.s), other = run;

	tap_int(load(&run, 1, SCHEMA, ""), 0, "none at first");
	add_ten(&run);
	tap_int(load(&run, 1600, SCHEMA, ""), 10, "ten");
	tap_int(load(&run, 1600, SCHEMA + 1, ""), 0, "of another layout");
	tap_int(load(&run, 1600, SCHEMA, "sda"), 0, "of another target");
	other.procfs = "/elsewhere/proc";
	tap_int(load(&other, 1600, SCHEMA, ""), 0, "of another machine");
	other = run;
	(void)snprintf(other.boot_id, sizeof other.boot_id, "other boot");
	tap_int(load(&other, 1600, SCHEMA, ""), 0, "of another boot");
	add(&other, 20);
	tap_int(load(&other, 30, SCHEMA, ""), 1, "which starts anew");
	tap_int(load(&run, 1600, SCHEMA, ""), 0, "and ends the first");
}

static void
test_backwards(void)
{
	struct scratch_path dir = scratch_path("backwards");
	struct run run = fake_run(dir.s);

	add_ten(&run);
	tap_int(load(&run, 1300, SCHEMA, ""), 6, "none from the future");
	add(&run, 1310);
	tap_int(load(&run, 1600, SCHEMA, ""), 7, "which then is gone");
	add(&run, 1310);
	add(&run, 1314);
	tap_int(load(&run, 1600, SCHEMA, ""), 7, "no two within 5 seconds");
	add(&run, 1000000);
	tap_int(load(&run, 1000000, SCHEMA, ""), 1, "none that is too old");
}

/* The events counter at the start of the data, which changes once. */
static void
test_changes(void)
{
	struct scratch_path dir = scratch_path("changes");
	struct run run = fake_run(dir.s);
	struct samples s;
	uint64_t events = 0;
	int found = 0;

	for (fake_now = 1000; fake_now < 4000; fake_now += 2) {
		events += fake_now == 1500;
		samples_open(&s, &run, "x", "", SCHEMA);
		samples_keep_changes(&s, 0);
		samples_add(&s, fake_now, &events, sizeof events);
		samples_close(&s);
	}
	samples_open(&s, &run, "x", "", SCHEMA);
	for (size_t i = 0; i + 1 < s.count; i++) {
		found += *(const uint64_t *)s.all[i].data == 0 &&
		    *(const uint64_t *)s.all[i + 1].data == 1 &&
		    s.all[i + 1].at == 1500 && s.all[i].at >= 1494;
	}
	tap_int(found, 1, "an event is dated as exactly as it was seen");
	tap_ok(s.count < 100, "the rest is thinned");
	samples_close(&s);
}

/* A counter that no two runs agree on must not cost the two hours. */
static void
test_steady_changes(void)
{
	struct scratch_path dir = scratch_path("steady");
	struct run run = fake_run(dir.s);
	struct samples s;
	uint64_t events = 0;

	for (fake_now = 1000; fake_now < 8300; fake_now += 2) {
		events++;
		samples_open(&s, &run, "x", "", SCHEMA);
		samples_keep_changes(&s, 0);
		samples_add(&s, fake_now, &events, sizeof events);
		samples_close(&s);
	}
	samples_open(&s, &run, "x", "", SCHEMA);
	tap_ok(s.count > 0 && s.all[0].at < 1500, "the span is kept");
	samples_close(&s);
}

/* The file's n bytes, changed, never make more than there is. */
static void
test_damaged(void)
{
	struct scratch_path dir = scratch_path("damaged"), path;
	struct run run = fake_run(dir.s);
	static char bytes[8192], copy[8192];
	size_t n;
	int got, last = 0, bad = 0;

	add_ten(&run);
	n = find_file(&run, &path);
	tap_ok(n > 1000 && n < sizeof bytes, "a file to damage");
	(void)!scratch_read(path.s, bytes, sizeof bytes);
	for (size_t len = 0; len <= n; len++) {
		scratch_write(path.s, bytes, len);
		got = load(&run, 1600, SCHEMA, "");
		bad += got < last;
		last = got;
	}
	tap_int(bad, 0, "of a truncated one the first are read");
	tap_int(last, 10, "of the whole all");

	for (size_t bit = 0; bit < n * 8; bit++) {
		memcpy(copy, bytes, n);
		copy[bit / 8] ^= (char)(1 << bit % 8);
		scratch_write(path.s, copy, n);
		/* A flip in the data is not seen, one in the order is. */
		got = load(&run, 1600, SCHEMA, "");
		bad += got > 10;
	}
	tap_int(bad, 0, "flipped bits make none more");
	memset(copy, 0xff, sizeof copy);
	scratch_write(path.s, copy, sizeof copy);
	tap_int(load(&run, 1600, SCHEMA, ""), 0, "something else has none");
	add_ten(&run);
	tap_int(load(&run, 1600, SCHEMA, ""), 10, "and is replaced");
}

static void
test_large(void)
{
	struct scratch_path dir = scratch_path("large"), path;
	struct run run = fake_run(dir.s);
	char *data = calloc(1, STATE_FILE_MAX);
	struct samples s;

	for (int i = 0; i < 10; i++) {
		fake_now = 1000 + 60 * i;
		samples_open(&s, &run, "x", "", SCHEMA);
		samples_add(&s, fake_now, data, STATE_FILE_MAX / 4);
		tap_str(s.why.text, "", "a large sample is kept");
		samples_close(&s);
	}
	samples_open(&s, &run, "x", "", SCHEMA);
	tap_int((long long)s.count, 3, "but fewer of them");
	tap_num(s.all[2].at, 1540, "the latest");
	tap_ok(find_file(&run, &path) <= STATE_FILE_MAX, "as many as fit");
	samples_add(&s, 1600, data, STATE_FILE_MAX);
	tap_has(s.why.text, "too large", "one that cannot fit says so");
	samples_close(&s);
	samples_open(&s, &run, "x", "", SCHEMA);
	tap_int((long long)s.count, 3, "and takes nobody's place");
	samples_close(&s);
	free(data);
}

/* One clock for several processes: it goes on, whoever looks at it. */
static atomic_int *shared_clock;

static double
shared_uptime(const struct run *run)
{
	(void)run;
	return atomic_load(shared_clock);
}

/*
 * What holds however long a writer is kept waiting, even between reading the
 * file and replacing it by one that lacks what others added meanwhile: thinning
 * leaves the oldest and the last two.
 */
static bool
is_sound(const struct samples *s, double now)
{
	return count_sound(s, now) >= 3 && s->all[0].at == 1000;
}

/* One run, which takes the time where a check does: after opening. */
static bool
write_one(const struct run *run)
{
	struct reading reading = { .at = -1 };
	struct samples s;
	bool sound;

	atomic_fetch_add(shared_clock, 7);
	samples_open(&s, run, "x", "", SCHEMA);
	reading.at = run->uptime(run);
	sound = is_sound(&s, reading.at);
	samples_add(&s, reading.at, &reading, sizeof reading);
	sound = sound && s.why.text[0] == '\0';
	samples_close(&s);
	return sound;
}

/* Several writers at once: the file is whole at any time. */
static void
test_writers(void)
{
	struct scratch_path dir = scratch_path("writers"), path;
	struct run run = fake_run(dir.s);
	struct samples s;
	int status, bad = 0;

	shared_clock = mmap(NULL, sizeof *shared_clock, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	add_ten(&run);
	atomic_store(shared_clock, 1600);
	run.uptime = shared_uptime;
	fflush(stdout);
	for (int w = 0; w < 3; w++) {
		if (fork() != 0)
			continue;
		for (int i = 0; i < 300; i++) {
			if (!write_one(&run))
				_exit(1);
		}
		_exit(0);
	}
	while (wait(&status) > 0)
		bad += status != 0;
	tap_int(bad, 0, "three writers never see a torn file");
	tap_ok(find_file(&run, &path) > 0, "and leave but one");
	samples_open(&s, &run, "x", "", SCHEMA);
	tap_ok(is_sound(&s, run.uptime(&run)), "with samples");
	tap_ok(s.count > 0 && s.all[s.count - 1].at > 1600, "of their own");
	samples_close(&s);
}

/* Nowhere to keep them: no samples, and a reason. */
static const char *
reason(const struct run *run)
{
	static struct samples s;
	struct reading reading = { .at = 1000 };

	fake_now = 1000;
	samples_open(&s, run, "x", "", SCHEMA);
	samples_add(&s, 1000, &reading, sizeof reading);
	if (s.count != 0 || samples_youngest(&s, 1e9, 0) != NULL)
		return "samples from nowhere";
	samples_close(&s);
	samples_close(&s); /* twice does no harm */
	return s.why.text;
}

static void
test_nowhere(void)
{
	struct scratch_path dir = scratch_path("open"),
			    link = scratch_path("link"),
			    missing = scratch_path("missing/below");
	struct run run = fake_run(dir.s);
	int status = 1;

	(void)mkdir(dir.s, 0755);
	(void)chmod(dir.s, 0755);
	tap_has(reason(&run), "open to others (mode 0755", "mode 0755");
	(void)!symlink(dir.s, link.s);
	run.state_dir = link.s;
	tap_has(reason(&run), "not a directory of its own", "a link");
	run.state_dir = missing.s;
	tap_has(reason(&run), "No such file", "no parent");
	tap_has(reason(&run), missing.s, "the directory is named");
	if (geteuid() != 0) {
		tap_skip("not writable: not run as root");
		return;
	}
	(void)chmod(dir.s, 0500);
	(void)!chown(dir.s, 65534, 65534);
	run.state_dir = dir.s;
	tap_has(reason(&run), "belongs to user 65534", "another user's");
	fflush(stdout);
	if (fork() == 0)
		_exit(setuid(65534) == 0 && strstr(reason(&run),
		    "Permission denied") != NULL ? 0 : 1);
	(void)wait(&status);
	tap_int(status, 0, "not writable");
}

int
main(void)
{
	scratch_make();
	(void)chmod(scratch_dir, 0711);
	test_rhythms();
	test_foreign();
	test_backwards();
	test_changes();
	test_steady_changes();
	test_damaged();
	test_large();
	test_writers();
	test_nowhere();
	return tap_done();
}
