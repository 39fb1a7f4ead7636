/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As root, with users and groups of our own in a private /etc. */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include "agent/capability.h"
#include "agent/grant.h"
#include "tests/tap.h"
#include "tests/users.h"

#define C(name) CAPABILITY(CAP_##name)

static const struct identity usual = { true, 990, 990, "agent" };
static const struct identity nobody = { .set = false };

/* --- as it is written --- */

static const struct {
	const char *user, *groups, *caps, *put;
} written[] = {
	{ NULL, NULL, NULL, "" },
	{ "mail", NULL, NULL, "user mail" },
	{ " mail ", NULL, NULL, "user mail" },
	{ NULL, "adm", NULL, "group adm" },
	{ NULL, "adm, logs", NULL, "group adm, logs" },
	{ NULL, NULL, "cap_kill", "cap_kill" },
	{ "mail", "adm", NULL, "user mail, group adm" },
	{ "mail", NULL, "cap_kill", "user mail, cap_kill" },
	{ "8", "4,adm", "cap_kill,cap_chown",
	    "user 8, group 4,adm, cap_chown,cap_kill" },
};

static void
test_written(void)
{
	for (size_t i = 0; i < COUNT(written); i++) {
		struct grant g = { .user = NULL };
		struct error err = { .text = "" };
		char text[256];
		struct buf b = buf_on(text, sizeof text);

		tap_ok((written[i].user == NULL ||
		    grant_set_user(&g, written[i].user, &err) == 0) &&
		    (written[i].groups == NULL ||
		    grant_set_groups(&g, written[i].groups, &err) == 0) &&
		    (written[i].caps == NULL ||
		    grant_set_capabilities(&g, written[i].caps, &err) == 0),
		    "it is right");
		grant_put(&b, &g);
		tap_str(text, written[i].put, written[i].put);
		tap_int(grant_is_given(&g), i > 0, "something is given");
		grant_free(&g);
		tap_ok(!grant_is_given(&g), "and taken back");
	}
}

static const struct {
	int (*set)(struct grant *g, const char *value, struct error *err);
	const char *value, *why;
} wrong[] = {
	{ grant_set_user, "", "a name is empty" },
	{ grant_set_user, "  ", "a name is empty" },
	{ grant_set_user, "mail,daemon", "there can be but one user" },
	{ grant_set_user, "mail,", "there can be but one user" },
	{ grant_set_groups, "", "a name is empty" },
	{ grant_set_groups, "adm,", "a name is empty" },
	{ grant_set_groups, "adm,,logs", "a name is empty" },
	{ grant_set_groups, ",adm", "a name is empty" },
	{ grant_set_capabilities, "kill", "there is no capability 'kill'" },
};

static void
test_wrong(void)
{
	char name[300];
	struct grant g = { .user = NULL };
	struct error err;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		tap_int(wrong[i].set(&g, wrong[i].value, &err), -1, "wrong");
		tap_str(err.text, wrong[i].why, wrong[i].value);
		tap_ok(!grant_is_given(&g), "and nothing is given");
	}
	memset(name, 'x', sizeof name);
	name[256] = '\0';
	tap_int(grant_set_user(&g, name, &err), -1, "a name of 256 bytes");
	tap_str(err.text, "a name is too long", "is too long");
	name[255] = '\0';
	tap_int(grant_set_user(&g, name, &err), 0, "one of 255 is not");
	tap_int(grant_set_user(&g, "mail", &err), 0, "once more");
	tap_str(g.user, "mail", "the last one counts");
	grant_free(&g);
}

/* --- who that is --- */

static const struct {
	const char *user, *groups;
	uint64_t caps;
	uid_t uid;
	size_t count;
	gid_t gids[4];
} found[] = {
	{ "agent", NULL, 0, 990, 3, { 990, 992, 993 } },
	{ "1234", NULL, 0, 994, 1, { 990 } },
	{ "994", NULL, C(KILL), 994, 1, { 990 } },
	{ "agent", "adm", 0, 990, 1, { 992 } },
	{ "1234", "logs, adm,4000", 0, 994, 3, { 993, 992, 4000 } },
	{ "wheel", "adm", 0, 991, 1, { 992 } },
	{ "4242", "adm", 0, 4242, 1, { 992 } },
	{ NULL, "logs", 0, 990, 1, { 993 } },
	{ NULL, "logs,adm", 0, 990, 2, { 993, 992 } },
	{ NULL, NULL, C(KILL), 990, 3, { 990, 992, 993 } },
};

static const struct {
	const char *user, *groups;
	uint64_t caps, own;
	const char *why;
} unfound[] = {
#define AS_ROOT " as root: command_caps grants the capability that it needs"
	{ "root", NULL, 0, UINT64_MAX, "user root: is root, and no command "
	    "runs" AS_ROOT },
	{ "toor", "adm", 0, UINT64_MAX, "user toor: is root, and no command "
	    "runs" AS_ROOT },
	{ "00", "adm", 0, UINT64_MAX, "user 00: is root, and no command "
	    "runs" AS_ROOT },
	{ "wheel", NULL, 0, UINT64_MAX, "user wheel: its group is root's" },
	{ "missing", NULL, 0, UINT64_MAX, "user missing: there is none" },
	{ "4242", NULL, 0, UINT64_MAX, "user 4242: has no group of its own, "
	    "one must be given" },
	{ "agent", "root", 0, UINT64_MAX, "group root: is root's" },
	{ "agent", "adm,0", 0, UINT64_MAX, "group 0: is root's" },
	{ NULL, "adm,missing", 0, UINT64_MAX, "group missing: there is none" },
	{ NULL, "none", 0, UINT64_MAX, "group none: has no valid number" },
	{ NULL, NULL, C(SYS_PTRACE), ~C(SYS_PTRACE), "needs cap_sys_ptrace, "
	    "which beffroid does not have here, or gave up when it started" },
	{ "agent", NULL, 0, ~C(SETUID), "needs cap_setuid, "
	    "which beffroid does not have here, or gave up when it started" },
	{ "agent", NULL, 0, 0, "needs cap_kill,cap_setgid,cap_setuid,"
	    "cap_setpcap, "
	    "which beffroid does not have here, or gave up when it started" },
};

/* What these come to; the grant is to be freed. */
static int
find(struct grant *g, const char *user, const char *groups, uint64_t caps,
    const struct identity *all, uint64_t own, struct error *err)
{
	*g = (struct grant){ .capabilities = caps };
	if (user != NULL)
		(void)grant_set_user(g, user, err);
	if (groups != NULL)
		(void)grant_set_groups(g, groups, err);
	err->text[0] = '\0';
	return grant_find(g, all, own, err);
}

static void
test_find(void)
{
	struct error err;
	struct grant g;

	for (size_t i = 0; i < COUNT(found); i++) {
		tap_int(find(&g, found[i].user, found[i].groups,
		    found[i].caps, &usual, UINT64_MAX, &err), 0, "found");
		tap_int(g.uid, found[i].uid, "the user");
		tap_ok(g.gid_count == found[i].count &&
		    memcmp(g.gids, found[i].gids,
		    g.gid_count * sizeof g.gids[0]) == 0, "and the groups");
		tap_int(grant_find(&g, &usual, UINT64_MAX, &err), 0,
		    "once more");
		grant_free(&g);
	}
	for (size_t i = 0; i < COUNT(unfound); i++) {
		tap_int(find(&g, unfound[i].user, unfound[i].groups,
		    unfound[i].caps, &usual, unfound[i].own, &err), -1,
		    "not to be had");
		tap_str(err.text, unfound[i].why, unfound[i].why);
		grant_free(&g);
	}
	tap_int(find(&g, "agent", NULL, C(KILL), &nobody, UINT64_MAX, &err),
	    -1, "not by who is not root");
	tap_str(err.text, "needs beffroid started as root, to be run as it was "
	    "granted (user agent, cap_kill)", "who says so");
	grant_free(&g);
}

/* --- being that --- */

/* As a runner does it, who is not root any more. */
static bool
assumes(const char *user, const char *groups, uint64_t caps)
{
	struct grant g = { .user = NULL };
	struct error err;
	bool ok = prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 &&
	    identity_become(&usual, &usual.gid, 1, &err) == 0 &&
	    capability_keep(grant_needs() | caps, 0, &err) == 0 &&
	    find(&g, user, groups, caps, &usual, UINT64_MAX, &err) == 0 &&
	    grant_assume(&g, &err) == 0;

	grant_free(&g);
	if (ok)
		return users_status_has("\nNoNewPrivs:\t1\n");
	fprintf(stderr, "# %s\n", err.text);
	return false;
}

#define NO_CAPS "\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n" \
	"CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n" \
	"CapAmb:\t0000000000000000\n"

static bool
assumes_user(void)
{
	return assumes("1234", NULL, 0) &&
	    users_status_has("\nUid:\t994\t994\t994\t994\n") &&
	    users_status_has("\nGid:\t990\t990\t990\t990\n") &&
	    users_status_has("\nGroups:\t990 \n") &&
	    users_status_has(NO_CAPS) && setuid(0) < 0 && setgid(0) < 0 &&
	    setgroups(0, NULL) < 0;
}

static bool
assumes_groups(void)
{
	return assumes(NULL, "logs,adm", 0) &&
	    users_status_has("\nUid:\t990\t990\t990\t990\n") &&
	    users_status_has("\nGid:\t993\t993\t993\t993\n") &&
	    users_status_has("\nGroups:\t992 993 \n") &&
	    users_status_has(NO_CAPS);
}

static bool
assumes_capability(void)
{
	return assumes("1234", NULL, C(KILL)) &&
	    users_status_has("\nCapInh:\t0000000000000020\n"
	    "CapPrm:\t0000000000000020\nCapEff:\t0000000000000020\n"
	    "CapBnd:\t0000000000000020\nCapAmb:\t0000000000000020\n") &&
	    setuid(0) < 0;
}

/* What keeps it from being another is told; it is not run as it is. */
static bool
refuses(void)
{
	struct error err;
	struct grant g;
	bool told = find(&g, "agent", NULL, 0, &usual, UINT64_MAX, &err) == 0 &&
	    capability_keep(C(SETGID) | C(SETPCAP), 0, &err) == 0 &&
	    grant_assume(&g, &err) == -1 &&
	    strstr(err.text, "setresuid: ") != NULL;

	grant_free(&g);
	return told;
}

static void
test_assume(void)
{
	if ((capability_own() & (grant_needs() | C(KILL))) != (grant_needs() |
	    C(KILL))) {
		tap_skip("to be others: a capability is missing here");
		return;
	}
	tap_ok(users_in_child(assumes_user), "a user, for good");
	tap_ok(users_in_child(assumes_groups), "groups, and no others");
	tap_ok(users_in_child(assumes_capability), "a capability, alone");
	tap_ok(users_in_child(refuses), "or it says why not");
}

int
main(void)
{
	scratch_make();
	/* Or an ordinary user could not read the files in it. */
	(void)chmod(scratch_dir, 0755);
	test_written();
	test_wrong();
	if (!users_replace()) {
		tap_skip("users and groups: no mounts of our own here");
		return tap_done();
	}
	test_find();
	test_assume();
	return tap_done();
}
