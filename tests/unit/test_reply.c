/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "agent/nrpe.h"
#include "agent/reply.h"
#include "common/report.h"
#include "tests/nrpe_client.h"
#include "tests/tap.h"

static _Alignas(max_align_t) char storage[REPORT_MAX];
static uint8_t packet[NRPE_PACKET_MAX];
static struct nrpe_client_response got;

/* What a client makes of an answer; "" is what it cannot read. */
static const char *
say(int version, const struct job_answer *a)
{
	struct nrpe_form form = { version, NRPE_V2_TEXT };
	const char *wrong;
	size_t n;

	memset(packet, 0xa5, sizeof packet);
	n = reply_encode(packet, form, a);
	wrong = n > sizeof packet ? "too long" :
	    nrpe_client_read(packet, n, &got);
	if (wrong == NULL && got.version == version)
		return got.text;
	printf("# %s\n", wrong != NULL ? wrong : "another version");
	got = (struct nrpe_client_response){ .result = -1, .text = "" };
	return "";
}

static const char *
say_text(int version, const char *text, size_t size)
{
	struct job_answer a = {
		.status = STATUS_WARNING,
		.kind = ANSWER_TEXT,
		.bytes = text,
		.size = size,
	};

	return say(version, &a);
}

static const char *
say_report(int version, const struct report *r)
{
	struct job_answer a = {
		.status = r->status,
		.kind = ANSWER_REPORT,
		.name = "some_thing",
		.bytes = (const char *)r,
		.size = r->used,
	};

	return say(version, &a);
}

/* Around the room that there is: of so many bytes so many are left. */
static void
test_text(int version, size_t room)
{
	static char text[NRPE_TEXT_MAX + 16];

	memset(text, 'x', sizeof text);
	for (size_t n = room - 2; n <= room + 2; n++) {
		(void)say_text(version, text, n);
		tap_int((long long)got.len, (long long)(n < room ? n : room),
		    n < room ? "text with room" : "text without");
		tap_int(got.result, STATUS_WARNING, "its state");
	}
	tap_str(say_text(version, "", 0), "", "no text");
	tap_int(got.result, STATUS_WARNING, "is a response all the same");
	tap_str(say_text(version, "a\0b", 3), "a", "a zero byte ends it");
	tap_str(say_text(version, "a\n\n", 3), "a\n\n", "text stays as it is");
	/* U+00E9 with one byte within the room, and with both. */
	memcpy(text + room - 1, "\xc3\xa9", 2);
	(void)say_text(version, text, room + 1);
	tap_int((long long)got.len, (long long)room - 1,
	    "no character is cut in two");
	memcpy(text + room - 2, "\xc3\xa9y", 3);
	(void)say_text(version, text, room + 1);
	tap_int((long long)got.len, (long long)room, "a whole one stays");
}

static void
test_report(int version)
{
	struct metric used = { .label = "used", .unit = "%", .value = 50 };
	struct report *r = report_init(storage, sizeof storage);

	report_summary(r, "half of it");
	report_metric(r, &used);
	tap_str(say_report(version, r),
	    "SOME THING OK - half of it | used=50%;;;0", "a report");
	tap_int(got.result, STATUS_OK, "its state");
	report_line(r, STATUS_CRITICAL, "a\xc3\xa9 | b");
	tap_str(say_report(version, r), "SOME THING CRITICAL - half of it | "
	    "used=50%;;;0\n[CRITICAL] a\xc3\xa9 \\x7c b",
	    "with a line, without the last newline");
	tap_int(got.result, STATUS_CRITICAL, "the state");
	tap_ok(got.text[got.len - 1] != '\n', "no newline at the end");
}

/* An answer that is not fresh says so, and is cut where there is no room. */
static void
test_cached(int version, size_t room)
{
	static char text[NRPE_TEXT_MAX + 16];
	struct metric used = { .label = "used", .unit = "%", .value = 50 };
	struct report *r = report_init(storage, sizeof storage);
	struct job_answer a = {
		.status = STATUS_WARNING,
		.kind = ANSWER_TEXT,
		.bytes = "WARN | a=1\nmore",
		.size = 15,
		.cached = true,
		.age = 12,
	};

	tap_str(say(version, &a), "WARN (cached, 12 s old) | a=1\nmore",
	    "a text and its age");
	tap_int(got.result, STATUS_WARNING, "its state");
	memset(text, 'x', sizeof text);
	a.bytes = text;
	a.size = sizeof text;
	(void)say(version, &a);
	tap_int((long long)got.len, (long long)room, "a long one is cut");
	tap_str(got.text + room - 19, " (cached, 12 s old)", "before the age");
	report_summary(r, "half of it");
	report_metric(r, &used);
	a.kind = ANSWER_REPORT;
	a.name = "some_thing";
	a.bytes = (const char *)r;
	a.size = r->used;
	tap_str(say(version, &a), "SOME THING OK - half of it "
	    "(cached, 12 s old) | used=50%;;;0", "a report and its age");
	for (size_t i = 0; i < room / 16 + 1; i++)
		report_line(r, STATUS_OK, "%010zu", i);
	a.size = r->used;
	(void)say(version, &a);
	tap_has(got.text, "it (cached, 12 s old) | used", "a long report");
	tap_ok(got.len <= room && strstr(got.text, "\n(left out:") != NULL &&
	    got.text[got.len - 1] == ')', "whose lines are left out whole");
}

/* n lines of 16 bytes, each with what stands before and after it. */
static void
make_lines(struct report *r, size_t n)
{
	report_summary(r, "many");
	for (size_t i = 0; i < n; i++)
		report_line(r, STATUS_OK, "%010zu", i);
}

static void
test_lines(int version, size_t room)
{
	struct report *r;
	unsigned left = 0;
	size_t most = room / 16 + 8, whole = 0;
	bool sound = true;

	for (size_t n = most - 20; n <= most; n++) {
		const char *last, *note;

		r = report_init(storage, sizeof storage);
		make_lines(r, n);
		(void)say_report(version, r);
		note = strstr(got.text, "\n(left out:");
		last = strrchr(got.text, ']');
		if (note == NULL && last != NULL) {
			whole = n;
			sound = sound && strlen(last) == 12;
		} else if (note == NULL || last == NULL ||
		    sscanf(note, "\n(left out: %u line", &left) != 1 ||
		    strtoul(last + 2, NULL, 10) + 1 + left != n ||
		    last + 12 != note || got.text[got.len - 1] != ')') {
			sound = false;
		}
	}
	tap_ok(sound, "lines are left out whole, and counted");
	tap_ok(whole > most - 20, "not before they have to be");
	tap_ok(left > 0, "but then");
}

static void
test_metrics(int version, size_t room)
{
	struct metric m = { .unit = "", .value = 1 };
	struct report *r = report_init(storage, sizeof storage);
	size_t n = room / 8, said = 0;
	char label[24];
	unsigned left = 0;
	const char *note;

	report_summary(r, "many");
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(label, sizeof label, "m%zu", i);
		m.label = label;
		report_metric(r, &m);
	}
	(void)say_report(version, r);
	for (const char *p = got.text; (p = strstr(p, "=1;;;0")) != NULL; p++)
		said++;
	note = strstr(got.text, "\n(left out:");
	tap_ok(note != NULL &&
	    sscanf(note, "\n(left out: %u metric", &left) == 1 && left > 0,
	    "metrics are left out");
	tap_int((long long)(said + left), (long long)n, "whole, and counted");
	tap_ok(got.len <= room, "to have room");
}

int
main(void)
{
	static const struct {
		int version;
		size_t room;
	} all[] = { { 2, 1023 }, { 3, 65535 }, { 4, 65535 } };

	for (size_t i = 0; i < COUNT(all); i++) {
		printf("# version %d\n", all[i].version);
		test_text(all[i].version, all[i].room);
		test_report(all[i].version);
		test_cached(all[i].version, all[i].room);
		test_lines(all[i].version, all[i].room);
		test_metrics(all[i].version, all[i].room);
	}
	return tap_done();
}
