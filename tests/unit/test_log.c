/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/log.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#define STAMP "^[0-9]{4}-[01][0-9]-[0-3][0-9]T[012][0-9]:[0-5][0-9]:[0-6][0-9]"

static bool
matches(const char *text, const char *pattern)
{
	regex_t re;
	bool found;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	found = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	if (!found)
		printf("# %s\n", text);
	return found;
}

/* What path holds, as a string; "(none)" if it is not there. */
static const char *
content(const char *path)
{
	static char text[1 << 20];
	ssize_t n = scratch_read(path, text, sizeof text - 1);

	text[n > 0 ? n : 0] = '\0';
	return n < 0 ? "(none)" : text;
}

static struct log
open_on(const char *path)
{
	struct log_settings settings = { .file = path };
	struct error err = { .text = "" };
	struct log l = { .fd = -1 };

	if (log_open(&l, &settings, &err) < 0)
		tap_str(err.text, "", path);
	return l;
}

static const char *
open_error(const char *path, const char *facility)
{
	struct log_settings settings = { .file = path, .facility = facility };
	static struct error err;
	struct log l;

	err.text[0] = '\0';
	if (log_open(&l, &settings, &err) == 0)
		log_close(&l);
	return err.text;
}

static void
test_file(void)
{
	struct scratch_path path = scratch_path("log");
	struct log l;
	struct stat st;
	char pid[64];

	setenv("TZ", "XXX-05:30", 1);
	(void)umask(022);
	l = open_on(path.s);
	tap_int(fcntl(l.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC,
	    "closed on exec");
	(void)stat(path.s, &st);
	tap_int(st.st_mode & 0777, 0640, "not open to all");
	log_write(&l, LOG_ERR, "%s: %d", "what", 7);
	tap_ok(matches(content(path.s), STAMP "[+]05:30 beffroid\\[[0-9]+\\]: "
	    "error: what: 7\n$"), "a line with time, offset and process");
	(void)snprintf(pid, sizeof pid, " beffroid[%ld]: ", (long)getpid());
	tap_has(content(path.s), pid, "this process");
	log_write(&l, LOG_DEBUG, "hidden");
	tap_ok(strstr(content(path.s), "hidden") == NULL, "no debugging");
	log_close(&l);
	log_write(&l, LOG_ERR, "after");
	tap_ok(strstr(content(path.s), "after") == NULL, "closed is closed");

	l = open_on(path.s);
	log_write(&l, LOG_INFO, "second");
	tap_ok(matches(content(path.s),
	    "error: what: 7\n[^\n]*info: second\n$"), "appended");
	log_close(&l);
}

/* Each record, as one process and then through another one. */
static const struct {
	const char *text, *want;
} records[] = {
	{ "", "warning: \n$" },
	{ "plain 100% %s %n", "warning: plain 100% %s %n\n$" },
	{ "two\nlines\r\n", "warning: two\\\\nlines\\\\r\\\\n\n$" },
	{ "\033[31mred\a", "warning: \\\\x1b\\[31mred\\\\x07\n$" },
	{ "back\\slash", "warning: back\\\\\\\\slash\n$" },
	{ "\342\202\254 \377", "warning: \342\202\254 \\\\xff\n$" },
	{ "left \342\200\256right",
	    "warning: left \\\\xe2\\\\x80\\\\xaeright\n$" },
	{ "a|b", "warning: a\\|b\n$" },
};

static void
test_records(void)
{
	struct scratch_path path = scratch_path("records");
	struct log l = open_on(path.s), other;
	int pair[2];

	(void)!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	other = log_relay(pair[1], false);
	for (size_t i = 0; i < COUNT(records); i++) {
		(void)!truncate(path.s, 0);
		log_write(&l, LOG_WARNING, "%s", records[i].text);
		tap_ok(matches(content(path.s), records[i].want),
		    records[i].want);
		(void)!truncate(path.s, 0);
		log_write(&other, LOG_WARNING, "%s", records[i].text);
		tap_ok(log_take(&l, pair[0]) && !log_take(&l, pair[0]),
		    "one record");
		tap_ok(matches(content(path.s), records[i].want),
		    "relayed, the same");
	}
	log_close(&l);
	close(pair[0]);
	close(pair[1]);
}

/* Text of n bytes, then a character of three, then more. */
static void
test_lengths(void)
{
	static const struct {
		size_t n;
		bool fits;
	} lengths[] = {
		{ LOG_RECORD_MAX - 4, true }, { LOG_RECORD_MAX - 3, true },
		{ LOG_RECORD_MAX - 2, false }, { LOG_RECORD_MAX - 1, false },
		{ LOG_RECORD_MAX, false }, { LOG_RECORD_MAX + 1, false },
		{ LOG_RECORD_MAX + 5, false }, { LOG_RECORD_MAX + 8, false },
		{ 9000, false },
	};
	struct scratch_path path = scratch_path("lengths");
	static char text[10000], want[10000];
	struct log l = open_on(path.s), other;
	int pair[2];

	(void)!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	other = log_relay(pair[1], false);
	for (size_t i = 0; i < 2 * COUNT(lengths); i++) {
		size_t n = lengths[i / 2].n;
		bool fits = lengths[i / 2].fits;

		memset(text, 'x', n);
		memcpy(text + n, "\342\202\254", 4);
		if (fits)
			n += 3;
		if (n > LOG_RECORD_MAX)
			n = LOG_RECORD_MAX;
		(void)snprintf(want, sizeof want, "info: %.*s\n", (int)n, text);
		(void)!truncate(path.s, 0);
		log_write(i % 2 == 0 ? &l : &other, LOG_INFO, "%s", text);
		(void)log_take(&l, pair[0]);
		tap_ok(strstr(content(path.s), want) != NULL,
		    i % 2 == 0 ? "cut on a character" : "relayed, the same");
	}
	log_close(&l);
	close(pair[0]);
	close(pair[1]);
}

/* What a process that was taken over might send. */
static void
test_foreign(void)
{
	static const struct {
		const char *datagram;
		size_t n;
		const char *want;
	} datagrams[] = {
		{ "\003text", 5, "error: text\n$" },
		{ "\006text", 5, "info: text\n$" },
		{ "\007text", 5, "^$" }, /* debugging, which is off */
		{ "\010text", 5, "warning: text\n$" },
		{ "\000text", 5, "warning: text\n$" }, /* LOG_EMERG */
		{ "\002text", 5, "warning: text\n$" },
		{ "\377text", 5, "warning: text\n$" },
		{ "\201text", 5, "warning: text\n$" },
		{ "\003", 1, "error: \n$" },
		{ "\003one\0two", 8, "error: one\n[^\n]*warning: wo\n$" },
		{ "\003a\nb", 4, "error: a\\\\nb\n$" },
	};
	struct scratch_path path = scratch_path("foreign");
	struct log l = open_on(path.s);
	static char huge[100000];
	int pair[2];

	(void)!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	tap_ok(!log_take(&l, pair[0]), "none there, no waiting");
	for (size_t i = 0; i < COUNT(datagrams); i++) {
		(void)!truncate(path.s, 0);
		(void)send(pair[1], datagrams[i].datagram, datagrams[i].n, 0);
		tap_ok(log_take(&l, pair[0]), "taken");
		tap_ok(matches(content(path.s), datagrams[i].want),
		    datagrams[i].want);
	}
	memset(huge, '\003', sizeof huge);
	(void)!truncate(path.s, 0);
	(void)send(pair[1], huge, sizeof huge, 0);
	tap_ok(log_take(&l, pair[0]), "a huge one");
	tap_ok(strlen(content(path.s)) < LOG_RECORD_MAX + 100 &&
	    matches(content(path.s), "error: (\\\\x03)+\n$"),
	    "is cut between characters");
	(void)send(pair[1], "", 0, 0);
	(void)send(pair[1], "\003next", 5, 0);
	(void)log_take(&l, pair[0]);
	(void)log_take(&l, pair[0]);
	tap_ok(matches(content(path.s), "error: next\n$"),
	    "an empty one hides none");
	log_close(&l);
	close(pair[0]);
	close(pair[1]);
}

static unsigned
count_lines(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* Tests may be slow: the second is not over unless the test says so. */
static void
test_burst(void)
{
	struct scratch_path path = scratch_path("burst");
	struct log l = open_on(path.s), other;
	unsigned rounds = 0;
	int pair[2];

	(void)!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	other = log_relay(pair[1], false);
	do { /* until one second was enough for all of it */
		(void)!truncate(path.s, 0);
		l.second = 0;
		l.dropped = 0;
		for (int i = 0; i < LOG_BURST + 5; i++) {
			other.in_second = 0;
			log_write(&other, LOG_INFO, "record");
			(void)log_take(&l, pair[0]);
		}
		log_write(&l, LOG_INFO, "own");
	} while (l.dropped != 5 && ++rounds < 100);
	tap_int(l.dropped, 5, "five too many in a second");
	tap_int(count_lines(content(path.s)), LOG_BURST + 1,
	    "are not written");
	tap_ok(matches(content(path.s), "info: own\n$"),
	    "what the supervisor itself says is");
	l.second--;
	log_write(&l, LOG_INFO, "later");
	tap_ok(matches(content(path.s), "own\n[^\n]*warning: 5 records left "
	    "out\n[^\n]*info: later\n$"), "which is said, once it is over");
	tap_int(l.dropped, 0, "once");
	l.second--;
	log_write(&l, LOG_INFO, "again");
	tap_ok(matches(content(path.s), "later\n[^\n]*info: again\n$"),
	    "and no more");
	l.dropped = 1;
	l.second += 3600;
	log_write(&l, LOG_INFO, "set back");
	tap_ok(matches(content(path.s), "1 record left out\n[^\n]*set back\n$"),
	    "a clock that was set back");
	l.dropped = 3;
	log_close(&l);
	tap_ok(matches(content(path.s), "warning: 3 records left out\n$"),
	    "at the end at the latest");
}

/* Strangers have a budget of their own, which leaves room for others. */
static void
test_peers(void)
{
	struct scratch_path path = scratch_path("peers");
	struct log l = open_on(path.s);
	unsigned rounds = 0;

	do {
		(void)!truncate(path.s, 0);
		l.second = 0;
		l.peers_dropped = 0;
		for (int i = 0; i < LOG_PEERS_BURST + 7; i++)
			log_peer(&l, i % 2 == 0 ? "192.0.2.1" : "192.0.2.2",
			    "refused, %d", i);
		log_write(&l, LOG_INFO, "another");
	} while (l.peers_dropped != 7 && ++rounds < 100);
	tap_int(l.peers_dropped, 7, "seven too many about clients");
	tap_int(count_lines(content(path.s)), LOG_PEERS_BURST + 1,
	    "are not written");
	tap_ok(matches(content(path.s), "^[^\n]*warning: 192.0.2.1: refused, "
	    "0\n[^\n]*192.0.2.2: refused, 1\n"), "what is says who");
	tap_ok(matches(content(path.s), "info: another\n$"),
	    "others have theirs");
	l.second--;
	log_write(&l, LOG_INFO, "later");
	tap_ok(matches(content(path.s), "another\n[^\n]*warning: 192.0.2.1: "
	    "the last of 7 records about clients left out\n[^\n]*later\n$"),
	    "how many, and who was the last");
	tap_int(l.peers_dropped, 0, "once");
	log_close(&l);
}

/* Nobody takes what is sent: nothing waits, and it is said later. */
static void
test_full(void)
{
	struct scratch_path path = scratch_path("full");
	struct log l = open_on(path.s), other;
	unsigned dropped, taken = 0;
	int pair[2];

	(void)!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	other = log_relay(pair[1], true);
	for (int i = 0; i < LOG_BURST && other.dropped == 0; i++) {
		other.in_second = 0;
		log_write(&other, LOG_INFO, "%01000d", i);
	}
	dropped = other.dropped;
	tap_int(dropped, 1, "a full socket");
	other.second--;
	log_write(&other, LOG_INFO, "second");
	tap_int(other.dropped, 2, "still full");
	while (log_take(&l, pair[0]))
		taken++;
	tap_ok(taken > 0, "what it held");
	other.second--;
	log_write(&other, LOG_DEBUG, "third");
	l.in_second = 0;
	tap_ok(log_take(&l, pair[0]), "said");
	tap_ok(matches(content(path.s), "warning: 2 records left out\n$"),
	    "how many are missing");
	l.debug = true;
	tap_ok(log_take(&l, pair[0]), "and what came then");
	tap_ok(matches(content(path.s), "debug: third\n$"), "is there");
	close(pair[0]);
	log_write(&other, LOG_INFO, "alone");
	tap_int(other.dropped, 1, "no supervisor, no signal");
	close(pair[1]);
	log_close(&l);
}

static void
count_told(void *arg)
{
	++*(int *)arg;
}

/* Lines for requests wait for each other, and for nothing else. */
static void
test_waiting(void)
{
	struct scratch_path path = scratch_path("waiting");
	struct log l = open_on(path.s), other;
	int pair[2], told = 0;
	struct log_waiting waiting = { .told = count_told, .arg = &told };

	(void)!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	other = log_relay(pair[1], false);
	log_wait_in(&other, &waiting);
	log_flush(&other);
	tap_ok(!log_take(&l, pair[0]), "nothing waits");
	log_write(&other, LOG_INFO, "one");
	log_write(&other, LOG_INFO, "two\n");
	tap_int(told, 1, "told of the first");
	tap_ok(!log_take(&l, pair[0]), "both wait");
	log_flush(&other);
	tap_ok(log_take(&l, pair[0]) && !log_take(&l, pair[0]), "as one");
	tap_ok(matches(content(path.s), "^[^\n]*info: one\n[^\n]*info: "
	    "two\\\\n\n$"), "two lines");
	log_write(&other, LOG_INFO, "three");
	tap_int(told, 2, "told of the next first");
	log_write(&other, LOG_NOTICE, "four");
	tap_ok(log_take(&l, pair[0]) && log_take(&l, pair[0]) &&
	    !log_take(&l, pair[0]), "a notice does not wait");
	tap_ok(matches(content(path.s), "info: three\n[^\n]*notice: four\n$"),
	    "nor does what came before");
	for (int i = 0; i < 3; i++)
		log_write(&other, LOG_INFO, "%01500d", i);
	tap_ok(log_take(&l, pair[0]) && !log_take(&l, pair[0]),
	    "two of three have room, and leave");
	log_flush(&other);
	tap_ok(log_take(&l, pair[0]), "then the third one");
	tap_int(count_lines(content(path.s)), 7, "all are there");
	log_write(&other, LOG_INFO, "five");
	log_write(&other, LOG_INFO, "six");
	close(pair[0]);
	log_flush(&other);
	tap_int(other.dropped, 2, "what cannot be sent is counted");
	log_flush(&other);
	tap_int(other.dropped, 2, "once");
	close(pair[1]);
	log_close(&l);
}

/* Whoever was taken over sends what it likes. */
static void
test_foreign_together(void)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *want;
	} foreign[] = {
		{ "\0", 1, "^[^\n]*warning: \n$" },
		{ "\0\0\0", 3, "^[^\n]*warning: \n[^\n]*warning: \n$" },
		{ "\6", 1, "^[^\n]*info: \n$" },
		{ "\6a", 2, "^[^\n]*info: a\n$" },
		{ "\6a\0", 3, "^[^\n]*info: a\n$" },
		{ "\6a\0\5\0\5b", 7, "^[^\n]*info: a\n[^\n]*notice: \n"
		    "[^\n]*notice: b\n$" },
		{ "\1a\0\377b\0", 6,
		    "^[^\n]*warning: a\n[^\n]*warning: b\n$" },
	};
	struct scratch_path path = scratch_path("foreign");
	struct log l = open_on(path.s);
	int pair[2];

	(void)!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	for (size_t i = 0; i < COUNT(foreign); i++) {
		(void)!truncate(path.s, 0);
		(void)!write(pair[1], foreign[i].bytes, foreign[i].n);
		tap_ok(log_take(&l, pair[0]) && !log_take(&l, pair[0]),
		    "taken");
		tap_ok(matches(content(path.s), foreign[i].want),
		    foreign[i].want);
	}
	close(pair[0]);
	close(pair[1]);
	log_close(&l);
}

/* A disk that is full, in a child. */
static void
test_full_disk(void)
{
	struct scratch_path path = scratch_path("disk");
	struct rlimit limit = { 60, RLIM_INFINITY };
	int status = 1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct log l = open_on(path.s);

		(void)signal(SIGXFSZ, SIG_IGN);
		(void)setrlimit(RLIMIT_FSIZE, &limit);
		log_write(&l, LOG_INFO, "fits");
		log_write(&l, LOG_INFO, "does not fit any more");
		limit.rlim_cur = RLIM_INFINITY;
		if (l.dropped != 1 || setrlimit(RLIMIT_FSIZE, &limit) < 0)
			_exit(1);
		l.second--;
		log_write(&l, LOG_INFO, "fits again");
		_exit(l.dropped != 0);
	}
	(void)waitpid(pid, &status, 0);
	tap_int(status, 0, "a full disk is survived");
	tap_ok(matches(content(path.s), "1 record left out\n[^\n]*again\n$"),
	    "and said when it has room");
	tap_ok(matches(content(path.s), "fits\n[^\n]+\n[^\n ]+ [^\n ]+ "
	    "warning: 1 record left out\n"), "on a line of its own");
}

static void
test_reopen(void)
{
	struct scratch_path path = scratch_path("rotated");
	struct scratch_path old = scratch_path("rotated.1");
	struct log l = open_on(path.s);
	struct error err = { .text = "" };

	log_write(&l, LOG_INFO, "one");
	(void)rename(path.s, old.s);
	log_write(&l, LOG_INFO, "two");
	tap_ok(matches(content(old.s), "one\n[^\n]*two\n$"), "moved away");
	tap_int(log_reopen(&l, &err), 0, "opened again");
	log_write(&l, LOG_INFO, "three");
	tap_ok(matches(content(old.s), "two\n$"), "nothing more there");
	tap_ok(matches(content(path.s), "^[^\n]*three\n$"), "but here");
	(void)unlink(path.s);
	(void)!symlink(old.s, path.s);
	tap_int(log_reopen(&l, &err), -1, "a link in its place");
	tap_has(err.text, "rotated: a symbolic link", "why");
	tap_ok(fcntl(l.fd, F_GETFD) >= 0, "the old one stays");
	log_close(&l);
	l = log_relay(-1, false);
	tap_int(log_reopen(&l, &err), 0, "no file, nothing to do");
}

static void
test_refused(void)
{
	struct scratch_path a = scratch_path("a"), b = scratch_path("b");

	scratch_write(a.s, "x", 1);
	(void)!link(a.s, b.s);
	tap_has(open_error(b.s, NULL), "/b: not a regular file with one link",
	    "a file with two links");
	(void)unlink(b.s);
	(void)!symlink(a.s, b.s);
	tap_has(open_error(b.s, NULL), "/b: a symbolic link", "a link");
	(void)unlink(b.s);
	(void)mkfifo(b.s, 0600);
	tap_has(open_error(b.s, NULL), "/b: No such device",
	    "a FIFO, without waiting");

	int reader = open(b.s, O_RDONLY | O_NONBLOCK);

	tap_has(open_error(b.s, NULL), "/b: not a regular file",
	    "a FIFO that someone reads");
	close(reader);
	(void)unlink(b.s);
	(void)mkdir(b.s, 0700);
	tap_has(open_error(b.s, NULL), "/b: Is a directory", "a directory");
	tap_str(open_error("/dev/null", NULL), "/dev/null: not a regular file "
	    "with one link", "a device");
	tap_has(open_error(scratch_path("none/log").s, NULL),
	    "none/log: No such file or directory", "no directory for it");
	tap_str(content(a.s), "x", "nothing was written to any");
	tap_str(open_error(NULL, "local8"), "'local8': not a facility of "
	    "syslog (daemon, local0)", "an unknown facility");
	tap_str(open_error(a.s, ""), "'': not a facility of syslog (daemon, "
	    "local0)", "none, even where it does not matter");
}

/* What comes out of stderr, put on a file, with JOURNAL_STREAM as given. */
static const char *
on_stderr(const char *stream, bool debug)
{
	struct scratch_path path = scratch_path("stderr");
	struct scratch_path unused = scratch_path("unused");
	struct log_settings settings = { .to_stderr = true, .debug = debug,
		.file = unused.s };
	int saved = dup(STDERR_FILENO);
	struct error err = { .text = "" };
	char actual[64];
	struct stat st;
	struct log l;
	int fd;

	scratch_write(path.s, "", 0);
	fd = open(path.s, O_WRONLY | O_APPEND);
	(void)fstat(fd, &st);
	(void)snprintf(actual, sizeof actual, "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	(void)dup2(fd, STDERR_FILENO);
	if (stream != NULL)
		setenv("JOURNAL_STREAM",
		    strcmp(stream, "this") == 0 ? actual : stream, 1);
	if (log_open(&l, &settings, &err) == 0) {
		log_write(&l, LOG_WARNING, "one");
		log_write(&l, LOG_DEBUG, "two");
		log_close(&l);
	}
	unsetenv("JOURNAL_STREAM");
	(void)dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	return content(path.s);
}

static void
test_stderr(void)
{
	tap_str(on_stderr(NULL, false), "beffroid: warning: one\n",
	    "to a terminal, or anything else");
	tap_str(on_stderr(NULL, true),
	    "beffroid: warning: one\nbeffroid: debug: two\n", "debugging");
	tap_str(on_stderr("this", true), "<4>one\n<7>two\n", "to the journal");
	tap_str(on_stderr("1:2", false), "beffroid: warning: one\n",
	    "redirected elsewhere");
	tap_ok(fcntl(STDERR_FILENO, F_GETFD) >= 0, "stderr is not closed");
	tap_str(content(scratch_path("unused").s), "(none)", "no file then");
}

/* A reader of stderr that stopped reading: it costs one short wait. */
static void
test_stuck(void)
{
	struct log_settings settings = { .to_stderr = true };
	int saved = dup(STDERR_FILENO), ends[2];
	struct error err = { .text = "" };
	char bytes[4096];
	struct log l;

	(void)!pipe2(ends, O_NONBLOCK);
	memset(bytes, 'x', sizeof bytes);
	while (write(ends[1], bytes, sizeof bytes) > 0)
		continue;
	(void)fcntl(ends[1], F_SETFL, 0);
	(void)dup2(ends[1], STDERR_FILENO);
	(void)log_open(&l, &settings, &err);
	(void)alarm(60); /* if each waited, they would take 100 s */
	for (int i = 0; i < LOG_BURST; i++)
		log_write(&l, LOG_INFO, "record");
	(void)alarm(0);
	tap_ok(l.dropped > LOG_BURST - 10, "all of them left out");
	log_close(&l);
	(void)dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[0]);
	close(ends[1]);
}

static void
test_syslog(void)
{
	static const char *const names[] = { NULL, "kern", "user", "mail",
		"daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
		"authpriv", "ftp", "local0", "local1", "local2", "local3",
		"local4", "local5", "local6", "local7" };
	struct log_settings quiet = { .no_syslog = true };
	struct error err = { .text = "" };
	struct log l;

	for (size_t i = 0; i < COUNT(names); i++)
		tap_str(open_error(NULL, names[i]), "",
		    names[i] != NULL ? names[i] : "no facility");
	tap_int(log_open(&l, &quiet, &err), 0, "no syslog");
	tap_ok(l.silent, "is silent");
	log_write(&l, LOG_ERR, "to nobody");
	log_close(&l);
}

int
main(void)
{
	scratch_make();
	test_file();
	test_records();
	test_lengths();
	test_foreign();
	test_burst();
	test_peers();
	test_full();
	test_waiting();
	test_foreign_together();
	test_full_disk();
	test_reopen();
	test_refused();
	test_stderr();
	test_stuck();
	test_syslog();
	return tap_done();
}
