/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As root, with users and groups of our own in a private /etc. */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "agent/identity.h"
#include "tests/tap.h"
#include "tests/users.h"

struct found {
	const char *user, *group;
	uid_t uid;
	gid_t gid;
	const char *name;
};

#define LONGEST \
	"a123456789b123456789c123456789d123456789e123456789f123456789abc"

static const struct found found[] = {
	{ "agent", NULL, 990, 990, "agent" },
	{ "990", NULL, 990, 990, "agent" },
	{ "agent", "adm", 990, 992, "agent" },
	{ "agent", "992", 990, 992, "agent" },
	{ "agent", "4000", 990, 4000, "agent" },
	{ "1234", NULL, 994, 990, "1234" },
	{ "01235", "1", 1235, 1, "" },
	{ "4294967294", "4294967294", 4294967294, 4294967294, "" },
	{ "wheel", "agent", 991, 990, "wheel" },
	{ LONGEST, NULL, 996, 990, LONGEST },
};

static const struct {
	const char *user, *group, *why;
} unfound[] = {
	{ "root", NULL, "user root: is root" },
	{ "0", NULL, "user 0: is root" },
	{ "0", "990", "user 0: is root" },
	{ "000", "990", "user 000: is root" },
	{ "toor", NULL, "user toor: is root" },
	{ "wheel", NULL, "user wheel: its group is root's" },
	{ "agent", "root", "group root: is root's" },
	{ "agent", "0", "group 0: is root's" },
	{ "missing", NULL, "user missing: there is none" },
	{ "agent", "missing", "group missing: there is none" },
	{ "", NULL, "user : there is none" },
	{ "agent", "", "group : there is none" },
	{ "-1", "990", "user -1: there is none" },
	{ "+990", "990", "user +990: there is none" },
	{ " 990", "990", "user  990: there is none" },
	{ "990 ", "990", "user 990 : there is none" },
	{ "0x3de", "990", "user 0x3de: there is none" },
	{ "4294967295", "990", "user 4294967295: there is none" },
	{ "4294967296", "990", "user 4294967296: there is none" },
	{ "18446744073709551616", "990",
	    "user 18446744073709551616: there is none" },
	{ "agent", "4294967295", "group 4294967295: there is none" },
	{ "agent", "4294967296", "group 4294967296: there is none" },
	{ "none", NULL, "user none: has no valid number" },
	{ "agent", "none", "group none: has no valid number" },
	{ "1235", NULL, "user 1235: has no group of its own, one must be "
	    "given" },
	{ "nobodys", NULL, "user nobodys: has no group of its own, one must "
	    "be given" },
	{ LONGEST "d", NULL, "user " LONGEST "d: its name is too long" },
};

static void
test_find(void)
{
	char what[128];

	for (size_t i = 0; i < COUNT(found); i++) {
		const struct found *f = &found[i];
		struct identity id = { .set = false };
		struct error err = { .text = "" };
		int rc = identity_find(&id, f->user, f->group, &err);

		(void)snprintf(what, sizeof what, "user %s, group %s",
		    f->user, f->group != NULL ? f->group : "its own");
		if (!tap_ok(rc == 0 && id.set && id.uid == f->uid &&
		    id.gid == f->gid && strcmp(id.name, f->name) == 0, what))
			printf("# %s; %u %u \"%s\"\n", err.text,
			    (unsigned)id.uid, (unsigned)id.gid, id.name);
	}
	for (size_t i = 0; i < COUNT(unfound); i++) {
		struct identity id = { .set = false };
		struct error err = { .text = "found" };
		int rc = identity_find(&id, unfound[i].user, unfound[i].group,
		    &err);

		tap_str(err.text, unfound[i].why, unfound[i].why);
		if (rc != -1 || id.set)
			tap_ok(false, "and -1, with nothing filled");
	}
}

static const struct identity agent = { true, 990, 990, "agent" };

static bool
is_agent(void)
{
	return users_status_has("\nUid:\t990\t990\t990\t990\n") &&
	    users_status_has("\nGid:\t990\t990\t990\t990\n") &&
	    users_status_has("\nCapInh:\t0000000000000000\n") &&
	    users_status_has("\nCapPrm:\t0000000000000000\n") &&
	    users_status_has("\nCapEff:\t0000000000000000\n") &&
	    users_status_has("\nCapAmb:\t0000000000000000\n") &&
	    setuid(0) < 0 && seteuid(0) < 0 && setgid(0) < 0 &&
	    setgroups(0, NULL) < 0;
}

static bool
assumes_alone(void)
{
	const gid_t roots[] = { 0, 4, 992 };
	struct error err;

	return setgroups(COUNT(roots), roots) == 0 &&
	    identity_assume(&agent, false, &err) == 0 && is_agent() &&
	    users_status_has("\nGroups:\t990 \n");
}

static bool
assumes_all_groups(void)
{
	struct error err;

	return identity_assume(&agent, true, &err) == 0 && is_agent() &&
	    users_status_has("\nGroups:\t990 992 993 \n");
}

static bool
assumes_nameless(void)
{
	const struct identity id = { true, 4242, 4243, "" };
	struct error err;

	return identity_assume(&id, true, &err) == 0 &&
	    users_status_has("\nUid:\t4242\t4242\t4242\t4242\n") &&
	    users_status_has("\nGroups:\t4243 \n");
}

/* The mode in which setresuid() keeps all that root could do. */
static bool
loses_kept_capabilities(void)
{
	struct error err;

	return prctl(PR_SET_SECUREBITS, 1 << 2, 0, 0, 0) == 0 &&
	    identity_assume(&agent, false, &err) == 0 && is_agent();
}

/* One who is not root, but was given what root can do. */
static bool
loses_ambient_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };
	struct error err;

	data[0].effective = 1 << CAP_SETUID | 1 << CAP_SETGID;
	data[0].permitted = data[0].inheritable = data[0].effective;
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 &&
	    setgroups(0, NULL) == 0 && setresgid(990, 990, 990) == 0 &&
	    setresuid(990, 990, 990) == 0 &&
	    syscall(SYS_capset, &header, data) == 0 &&
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETUID, 0, 0) ==
	    0 && users_status_has("\nCapAmb:\t0000000000000080\n") &&
	    identity_assume(&agent, false, &err) == 0 && is_agent();
}

static bool
stays(void)
{
	const struct identity other = { true, 990, 991, "" };
	struct error err = { .text = "" };

	return setgroups(0, NULL) == 0 && setresgid(990, 990, 990) == 0 &&
	    setresuid(990, 990, 990) == 0 &&
	    identity_assume(&agent, true, &err) == 0 && is_agent() &&
	    identity_assume(&other, true, &err) == -1 &&
	    strcmp(err.text, "user 990, group 991: only root can become "
	    "that") == 0;
}

/* Not the current one, as long as root is saved. */
static bool
refuses_saved_root(void)
{
	struct error err = { .text = "" };

	return setresgid(990, 990, 990) == 0 && setresuid(990, 990, 0) == 0 &&
	    identity_assume(&agent, false, &err) == -1 &&
	    strstr(err.text, "only root") != NULL;
}

static bool
unset_changes_nothing(void)
{
	const struct identity none = { .set = false };
	struct error err;

	return identity_assume(&none, false, &err) == 0 &&
	    users_status_has("\nUid:\t0\t0\t0\t0\n");
}

static void
test_assume(void)
{
	tap_ok(users_in_child(assumes_alone), "for good, with the main group alone");
	tap_ok(users_in_child(assumes_all_groups), "with all groups of the user");
	tap_ok(users_in_child(assumes_nameless), "one without a name has no others");
	tap_ok(users_in_child(loses_kept_capabilities),
	    "no capability, even in a mode that keeps them");
	tap_ok(users_in_child(loses_ambient_capabilities),
	    "nor those of one who is not root");
	tap_ok(users_in_child(stays), "who is not root stays, or is told why not");
	tap_ok(users_in_child(refuses_saved_root), "not with root to go back to");
	tap_ok(users_in_child(unset_changes_nothing), "none: all as it was");
}

int
main(void)
{
	scratch_make();
	/* Or an ordinary user could not read the files in it. */
	(void)chmod(scratch_dir, 0755);
	if (!users_replace()) {
		tap_skip("users and groups: no mounts of our own here");
		return tap_done();
	}
	test_find();
	test_assume();
	return tap_done();
}
