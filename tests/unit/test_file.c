/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>

#include "common/file.h"
#include "tests/scratch.h"
#include "tests/tap.h"

static void
test_refused(void)
{
	static const struct {
		const char *name, *why;
		int number;
	} cases[] = {
		{ "missing", "No such file", ENOENT },
		{ "plain/below", "Not a directory", ENOTDIR },
		{ "directory", "not a regular file", EINVAL },
		{ "fifo", "not a regular file", EINVAL },
		{ "to-fifo", "not a regular file", EINVAL },
		{ "to-null", "not a regular file", EINVAL },
		{ "loop", "symbolic links", ELOOP },
	};
	char text[64];
	struct lines lines;
	struct error err;

	scratch_write(scratch_path("plain").s, "x", 1);
	(void)mkdir(scratch_path("directory").s, 0700);
	(void)mkfifo(scratch_path("fifo").s, 0600);
	(void)!symlink("fifo", scratch_path("to-fifo").s);
	(void)!symlink("/dev/null", scratch_path("to-null").s);
	(void)!symlink("loop", scratch_path("loop").s);

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scratch_path path = scratch_path("%s", cases[i].name);

		errno = 0;
		tap_int(file_read(path.s, text, sizeof text, &err), -1,
		    cases[i].name);
		tap_int(errno, cases[i].number, "errno");
		tap_has(err.text, path.s, "it is named");
		tap_has(err.text, cases[i].why, "and why");
		tap_int(lines_open(&lines, path.s, &err), -1, "nor by lines");
	}
}

/* A file of len bytes is read into size bytes. */
static const struct {
	size_t len, size;
	bool fits;
} sizes[] = {
	{ 0, 1, true },
	{ 0, 64, true },
	{ 1, 1, false },
	{ 63, 64, true },
	{ 64, 64, false },
	{ 65, 64, false },
	{ 5000, 64, false },
	{ 5000, 5001, true },
};

static void
test_sizes(void)
{
	static char bytes[8192], text[8192];
	struct scratch_path path = scratch_path("sized");
	struct error err;

	memset(bytes, 'x', sizeof bytes);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		scratch_write(path.s, bytes, sizes[i].len);
		memset(text, '?', sizeof text);
		tap_int(file_read(path.s, text, sizes[i].size, &err),
		    sizes[i].fits ? 0 : -1, "a file just so large");
		if (sizes[i].fits)
			tap_int((long long)strlen(text),
			    (long long)sizes[i].len, "all of it");
		else
			tap_has(err.text, "larger than", "why not");
		tap_int(text[sizes[i].size], '?', "nothing behind the end");
	}
}

static const struct {
	const char *text;
	bool ok;
	uint64_t value;
} numbers[] = {
	{ "0", true, 0 },
	{ "42\n", true, 42 },
	{ "18446744073709551615\n", true, UINT64_MAX },
	{ "18446744073709551616\n", false, 0 },
	{ "12\n34\n", true, 12 },
	{ "max\n", false, 0 },
	{ "", false, 0 },
	{ "\n", false, 0 },
	{ "-1\n", false, 0 },
	{ " -1\n", false, 0 },
	{ "12 34\n", false, 0 },
	{ "0x10\n", false, 0 },
	{ "1.5\n", false, 0 },
	{ "12k\n", false, 0 },
};

static const char fields[] = "MemTotal:        8000 kB\n"
			     "usage_usec 12345\n"
			     "usage 7\n"
			     "tabbed\t9\n"
			     "empty:\n"
			     "5\n"
			     "blank: \n"
			     "6\n"
			     "word max\n"
			     "minus -1\n"
			     "huge 18446744073709551616\n"
			     "MemTotal: 1\n"
			     "last 3";

static const struct {
	const char *key;
	bool found;
	uint64_t value;
} finds[] = {
	{ "MemTotal", true, 8000 },
	{ "usage", true, 7 },
	{ "usage_usec", true, 12345 },
	{ "tabbed", true, 9 },
	{ "last", true, 3 },
	{ "empty", false, 0 }, /* the number of the next line is not its own */
	{ "blank", false, 0 },
	{ "word", false, 0 },
	{ "minus", false, 0 },
	{ "huge", false, 0 },
	{ "Mem", false, 0 },
	{ "otal", false, 0 },
	{ "none", false, 0 },
};

static void
test_numbers(void)
{
	struct scratch_path path = scratch_path("number");
	struct error err;
	uint64_t n;

	for (size_t i = 0; i < COUNT(numbers); i++) {
		const char *text = numbers[i].text;

		scratch_write(path.s, text, strlen(text));
		n = 0;
		if (!tap_ok((file_read_number(path.s, &n, &err) == 0) ==
		    numbers[i].ok, text) || !numbers[i].ok)
			continue;
		tap_ok(n == numbers[i].value, text);
	}
	for (size_t i = 0; i < COUNT(finds); i++) {
		bool found = file_find_number(fields, finds[i].key, &n);

		tap_ok(found == finds[i].found &&
		    (!found || n == finds[i].value), finds[i].key);
	}
	tap_ok(!file_find_number("", "key", &n), "in no text");
	tap_ok(!file_find_number("key", "key", &n), "a key at the end");
}

#define ROOM (sizeof((struct lines *)NULL)->buf - 1)

/* Lines of n letters, with a newline at the end or without. */
static const struct {
	size_t lens[4];
	size_t count;
	bool newline;
} layouts[] = {
	{ { 0 }, 0, true },
	{ { 0 }, 1, true },
	{ { 1 }, 1, false },
	{ { 3, 0, 5 }, 3, true },
	{ { 3, 0, 5 }, 3, false },
	{ { ROOM - 1, 5 }, 2, true },
	{ { ROOM, 5 }, 2, true },
	{ { ROOM + 1, 5 }, 2, true },
	{ { ROOM + 2, 5 }, 2, true },
	{ { 2 * ROOM, 5 }, 2, true },
	{ { 2 * ROOM + 1, 5 }, 2, true },
	{ { 5, ROOM, 5 }, 3, true },
	{ { ROOM - 5, 4, ROOM, 5 }, 4, true },
	{ { ROOM, ROOM, 1 }, 3, true },
	{ { 5 * ROOM + 7, 5 }, 2, false },
	{ { ROOM - 1 }, 1, false },
	{ { ROOM }, 1, false },
	{ { ROOM + 1 }, 1, false },
	{ { 3 * ROOM }, 1, false },
	{ { 5, 3 * ROOM }, 2, false },
	{ { 5, 0, 0 }, 3, true },
};

static void
test_layout(size_t i)
{
	static char bytes[16 * 16384];
	struct scratch_path path = scratch_path("lines");
	struct lines lines;
	struct error err;
	size_t n = 0;
	char *line;

	for (size_t l = 0; l < layouts[i].count; l++) {
		memset(bytes + n, 'a' + (int)l, layouts[i].lens[l]);
		n += layouts[i].lens[l];
		if (layouts[i].newline || l + 1 < layouts[i].count)
			bytes[n++] = '\n';
	}
	scratch_write(path.s, bytes, n);
	if (!tap_ok(lines_open(&lines, path.s, &err) == 0, "opened"))
		return;
	for (size_t l = 0; l < layouts[i].count; l++) {
		size_t want = layouts[i].lens[l];
		const char letter[] = { (char)('a' + l), '\0' };

		if (!tap_ok(lines_next(&lines, &line, &err) == 1, "a line"))
			break;
		tap_int((long long)strlen(line),
		    (long long)(want > ROOM ? ROOM : want), "as long");
		tap_ok(strspn(line, letter) == strlen(line), "all its own");
	}
	tap_int(lines_next(&lines, &line, &err), 0, "and no more");
	tap_int(lines_next(&lines, &line, &err), 0, "however often asked");
	lines_close(&lines);
}

static void
test_bytes(void)
{
	struct scratch_path path = scratch_path("bytes");
	char text[8];
	struct error err;

	scratch_write(path.s, "a\0b\n", 4);
	tap_int(file_read_bytes(path.s, text, sizeof text, &err), 4,
	    "a zero byte is counted");
	tap_ok(memcmp(text, "a\0b\n", 5) == 0, "and read");
}

int
main(void)
{
	scratch_make();
	test_refused();
	test_bytes();
	test_sizes();
	test_numbers();
	for (size_t i = 0; i < COUNT(layouts); i++)
		test_layout(i);
	return tap_done();
}
