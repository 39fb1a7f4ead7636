/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records that go through the supervisor. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/log.h"
#include "tests/log_file.h"
#include "tests/scratch.h"
#include "tests/tap.h"

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
		/* Several, and what looks like that. */
		{ "\0", 1, "^[^\n]*warning: \n$" },
		{ "\0\0\0", 3, "^[^\n]*warning: \n[^\n]*warning: \n$" },
		{ "\6a\0", 3, "^[^\n]*info: a\n$" },
		{ "\6a\0\5\0\5b", 7, "^[^\n]*info: a\n[^\n]*notice: \n"
		    "[^\n]*notice: b\n$" },
		{ "\1a\0\377b\0", 6,
		    "^[^\n]*warning: a\n[^\n]*warning: b\n$" },
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
		tap_ok(log_take(&l, pair[0]) && !log_take(&l, pair[0]),
		    "taken");
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

int
main(void)
{
	scratch_make();
	test_records();
	test_lengths();
	test_foreign();
	test_burst();
	test_peers();
	test_full();
	test_waiting();
	return tap_done();
}
