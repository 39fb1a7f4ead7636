/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "agent/access.h"
#include "tests/tap.h"

static const struct {
	const char *list;
	size_t count;
	const char *want; /* the last name, or the error */
} lists[] = {
	{ "a", 1, "a" },
	{ "a,b", 2, "b" },
	{ " a\t, \tb c ,*.d ", 3, "*.d" },
	{ "a,a", 2, "a" },
	{ "", 0, "a name is empty" },
	{ "a,", 0, "a name is empty" },
	{ ",a", 0, "a name is empty" },
	{ "a, ,b", 0, "a name is empty" },
	{ "a,*b", 0, "'*b': a '*' stands for the whole first label of a "
	    "host's name, as in *.example.org" },
};

static void
test_lists(void)
{
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct access a = { .name_count = 0 };
		struct error err = { .text = "" };
		int rc = access_set_names(&a, lists[i].list, &err);

		tap_int(rc, lists[i].count > 0 ? 0 : -1, lists[i].list);
		tap_int((long)a.name_count, (long)lists[i].count, "as many");
		tap_str(rc < 0 ? err.text : a.names[a.name_count - 1],
		    lists[i].want, "as it is");
		tap_int(access_is_by_name(&a), lists[i].count > 0,
		    "whether names count");
		access_free(&a);
		tap_ok(!access_is_by_name(&a), "all gone");
	}
}

static void
test_too_many(void)
{
	static char list[2 * ACCESS_NAMES_MAX + 8];
	struct access a = { .name_count = 0 };
	struct error err;

	for (int i = 0; i < ACCESS_NAMES_MAX; i++)
		memcpy(list + 2 * i, "a,", 3);
	list[2 * ACCESS_NAMES_MAX - 1] = '\0';
	tap_int(access_set_names(&a, list, &err), 0, "1024 names");
	access_free(&a);
	strcat(list, ",b");
	tap_int(access_set_names(&a, list, &err), -1, "one more");
	tap_str(err.text, "more than 1024 names", "is too many");
}

/* So many that one word of bits does not do. */
enum { COMMANDS = 130 };

static char command_names[COMMANDS][16];
static struct command commands[COMMANDS];

static void
make_commands(void)
{
	for (int i = 0; i < COMMANDS; i++) {
		(void)snprintf(command_names[i], sizeof command_names[i],
		    "check_%d", i);
		commands[i].name = command_names[i];
	}
	(void)strcpy(command_names[1], "load");
	(void)strcpy(command_names[64], "disk_root");
	(void)strcpy(command_names[129], "disk");
}

static struct peer_name
common(const char *text)
{
	return (struct peer_name){
		PEER_NAME_COMMON, (const uint8_t *)text, strlen(text),
	};
}

static const struct {
	const char *list;
	int granted[4]; /* of these only; -1: no more */
	const char *unknown;
} grants[] = {
	{ "load", { 1, -1 }, "" },
	{ "disk", { 129, -1 }, "" },
	{ "disk*", { 64, 129, -1 }, "" },
	{ "*root", { 64, -1 }, "" },
	{ "d*k", { 129, -1 }, "" },
	{ "d*k*", { 64, 129, -1 }, "" },
	{ "*_*o*t", { 64, -1 }, "" },
	{ "check_12", { 12, -1 }, "" },
	{ "check_*28", { 28, 128, -1 }, "" },
	{ "**load**", { 1, -1 }, "" },
	{ " load , disk ", { 1, 129, -1 }, "" },
	{ "Load", { -1 }, "Load" },
	{ "loa", { -1 }, "loa" },
	{ "load?", { -1 }, "load?" },
	{ "[l]oad", { -1 }, "[l]oad" },
	{ "load,none,never", { 1, -1 }, "none" },
	{ "a-name-that-is-too-long-for-what-it-is-to-be-copied-to", { -1 },
	    "a-name-that-is-" },
};

static void
test_grants(void)
{
	for (size_t i = 0; i < COUNT(grants); i++) {
		struct access a = { .limited = false };
		struct peer_name me = common("me"), you = common("you");
		char unknown[16];
		struct error err;
		int next = 0, wrong = 0, others = 0;

		tap_int(access_grant(&a, "me", grants[i].list, commands,
		    COMMANDS, unknown, sizeof unknown, &err), 0,
		    grants[i].list);
		tap_str(unknown, grants[i].unknown, "what there is not");
		tap_ok(a.limited && access_is_by_name(&a), "names count");
		for (int c = 0; c < COMMANDS; c++) {
			bool want = grants[i].granted[next] == c;

			next += want;
			wrong += access_grants(&a, &me, c) != want;
			others += access_grants(&a, &you, c);
		}
		tap_int(wrong, 0, "these and no others");
		tap_int(others, 0, "and nobody else");
		access_free(&a);
	}
}

static void
test_sum(void)
{
	struct access a = { .limited = false };
	struct peer_name name = common("mon.example.org");
	char unknown[64];
	struct error err;

	tap_int(access_grant(&a, "*.example.org", "load", commands, COMMANDS,
	    unknown, sizeof unknown, &err), 0, "a pattern");
	tap_int(access_grant(&a, "mon.example.org", "disk", commands, COMMANDS,
	    unknown, sizeof unknown, &err), 0, "a name");
	tap_int(access_grant(&a, "mon.example.org", "*_root", commands,
	    COMMANDS, unknown, sizeof unknown, &err), 0, "the same name");
	tap_ok(access_grants(&a, &name, 1) && access_grants(&a, &name, 64) &&
	    access_grants(&a, &name, 129) && !access_grants(&a, &name, 2),
	    "add up");
	name = common("other.example.org");
	tap_ok(access_grants(&a, &name, 1) && !access_grants(&a, &name, 129),
	    "for another a part of it");

	tap_int(access_grant(&a, "m*", "load", commands, COMMANDS, unknown,
	    sizeof unknown, &err), -1, "no pattern");
	tap_int(access_grant(&a, "me", "load,,disk", commands, COMMANDS,
	    unknown, sizeof unknown, &err), -1, "no command");
	tap_str(err.text, "the name of a command is empty", "why");
	tap_int((long)a.grant_count, 3, "change nothing");
	while (a.grant_count < ACCESS_GRANTS_MAX &&
	    access_grant(&a, "me", "load", commands, COMMANDS, unknown,
	    sizeof unknown, &err) == 0)
		;
	tap_int(access_grant(&a, "me", "load", commands, COMMANDS, unknown,
	    sizeof unknown, &err), -1, "one too many");
	tap_str(err.text, "more than 1024 of these lines", "why");
	access_free(&a);

	tap_int(access_grant(&a, "me", "*", commands, 0, unknown,
	    sizeof unknown, &err), 0, "without any commands");
	tap_str(unknown, "*", "it means none");
	access_free(&a);
}

static void
test_names(void)
{
	struct access a = { .name_count = 0 };
	struct peer_name name = common("mon.example.org");
	const char *found;
	struct error err;

	tap_ok(access_find_name(&a, &name) == NULL, "no names, none found");
	(void)access_set_names(&a, "nagios,*.example.org,mon.example.org",
	    &err);
	found = access_find_name(&a, &name);
	tap_str(found != NULL ? found : "none", "*.example.org", "the first");
	name = common("example.org");
	tap_ok(access_find_name(&a, &name) == NULL, "another is not found");
	access_free(&a);
}

int
main(void)
{
	make_commands();
	test_lists();
	test_too_many();
	test_grants();
	test_sum();
	test_names();
	return tap_done();
}
