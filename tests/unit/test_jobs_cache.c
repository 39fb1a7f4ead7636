/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "agent/jobs_cache.h"
#include "tests/tap.h"

static struct jobs_cache cache;

static struct job_key
key_of(int command, char *args, size_t size, uint32_t argc)
{
	return (struct job_key){ command, argc, size, args };
}

/* One argument, a string. */
static struct job_key
key(int command, const char *arg)
{
	return key_of(command, (char *)(uintptr_t)arg, strlen(arg) + 1, 1);
}

static void
put(struct job_key k, const char *text, double now)
{
	struct answer a = {
		.status = STATUS_WARNING,
		.bytes = (char *)(uintptr_t)text,
		.size = strlen(text),
	};

	jobs_cache_put(&cache, &k, &a, now);
}

/* The text of the answer, "" if there is none. */
static const char *
get(struct job_key k, double ttl, double now)
{
	static char text[64];
	double age = -1;
	const struct answer *a = jobs_cache_find(&cache, &k, ttl, now, &age);

	if (a == NULL)
		return "";
	(void)snprintf(text, sizeof text, "%.*s %.1f", (int)a->size, a->bytes,
	    age);
	return text;
}

static void
test_keys(void)
{
	char ab[] = "a\0b", c[] = "a\nb";
	struct job_key two = key_of(0, ab, 4, 2), one = key_of(0, c, 4, 1);
	struct job_key first = key_of(0, ab, 2, 1);

	put(two, "two", 0);
	tap_str(get(two, 5, 1), "two 1.0", "the same question");
	tap_str(get(one, 5, 1), "", "not with another byte");
	tap_str(get(first, 5, 1), "", "not with an argument less");
	first.argc = 2;
	tap_ok(!job_key_equal(&first, &two), "nor with fewer bytes");
	first = two;
	first.argc = 3;
	tap_ok(!job_key_equal(&first, &two), "nor with an empty one more");
	first = two;
	first.command = 1;
	tap_ok(!job_key_equal(&first, &two), "nor of another command");
	jobs_cache_clear(&cache);
}

static void
test_age(void)
{
	struct job_key k = key(3, "x");

	tap_str(get(k, 100, 0), "", "nothing yet");
	put(k, "old", 10);
	tap_str(get(k, 5, 10), "old 0.0", "at once");
	tap_str(get(k, 5, 14.9), "old 4.9", "at the end of its time");
	tap_str(get(k, 5, 15), "", "not beyond");
	put(k, "new", 20);
	tap_str(get(k, 5, 21), "new 1.0", "a later answer takes its place");
	tap_int((long long)cache.count, 1, "and its room");
	jobs_cache_clear(&cache);
	tap_ok(cache.count == 0 && cache.bytes == 0 && cache.first == NULL &&
	    cache.last == NULL, "nothing is left");
	tap_str(get(k, 5, 21), "", "of any answer");
}

static void
test_entries(void)
{
	char arg[16];

	for (int i = 0; i <= JOBS_CACHE_ENTRIES; i++) {
		(void)snprintf(arg, sizeof arg, "%d", i);
		put(key(0, arg), arg, i);
	}
	tap_int((long long)cache.count, JOBS_CACHE_ENTRIES, "a full cache");
	tap_str(get(key(0, "0"), 1e6, 2000), "", "the oldest went");
	tap_str(get(key(0, "1"), 1e6, 2000), "1 1999.0", "the next is there");
	tap_str(get(key(0, "1024"), 1e6, 2000), "1024 976.0", "so is the last");
	put(key(0, "1"), "again", 2000);
	tap_int((long long)cache.count, JOBS_CACHE_ENTRIES,
	    "one in place of another needs no room");
	put(key(0, "more"), "more", 2001);
	tap_str(get(key(0, "1"), 1e6, 2001), "again 1.0",
	    "and is the youngest then");
	tap_str(get(key(0, "2"), 1e6, 2001), "", "another one went");
	put(key(0, "more"), "last", 2002);
	put(key(0, "end"), "end", 2003);
	tap_str(get(key(0, "end"), 1e6, 2003), "end 0.0",
	    "behind one that was the last already");
	jobs_cache_clear(&cache);
}

static void
test_bytes(void)
{
	static char large[JOBS_CACHE_BYTES + 1];
	size_t most = 0;
	char arg[16];

	memset(large, 'x', sizeof large - 1);
	put(key(0, "a"), "small", 0);
	put(key(0, "b"), large, 0);
	tap_str(get(key(0, "b"), 9, 0), "", "too large for the whole cache");
	tap_str(get(key(0, "a"), 9, 0), "small 0.0", "which stays as it was");
	put(key(0, "a"), large, 0);
	tap_ok(cache.count == 0 && cache.bytes == 0,
	    "what was there before it is not true any more");
	large[65535] = '\0';
	for (int i = 0; i < 200; i++) {
		(void)snprintf(arg, sizeof arg, "%d", i);
		put(key(0, arg), large, i);
		most = cache.bytes > most ? cache.bytes : most;
	}
	tap_ok(most <= JOBS_CACHE_BYTES && most > JOBS_CACHE_BYTES - 70000,
	    "large answers fill it, and no more");
	tap_int((long long)cache.count, JOBS_CACHE_BYTES / 65536 - 1,
	    "so many");
	tap_ok(*get(key(0, "199"), 1e6, 200) != '\0', "the latest are there");
	tap_str(get(key(0, "0"), 1e6, 200), "", "the first are not");
	jobs_cache_clear(&cache);
}

int
main(void)
{
	test_keys();
	test_age();
	test_entries();
	test_bytes();
	return tap_done();
}
