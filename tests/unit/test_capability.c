/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names from a table; what a process has, as root, in children. */
#include "config.h"

#include <linux/capability.h>

#include "agent/capability.h"
#include "tests/tap.h"
#include "tests/users.h"

#define C(name) CAPABILITY(CAP_##name)

static const struct {
	const char *list;
	uint64_t set;
	const char *again;
} lists[] = {
	{ "cap_chown", C(CHOWN), "cap_chown" },
	{ "CAP_CHOWN", C(CHOWN), "cap_chown" },
	{ "cap_sys_ptrace,cap_dac_read_search",
	    C(SYS_PTRACE) | C(DAC_READ_SEARCH),
	    "cap_dac_read_search,cap_sys_ptrace" },
	{ " cap_kill\t, cap_syslog ,Cap_Kill ", C(KILL) | C(SYSLOG),
	    "cap_kill,cap_syslog" },
	{ "cap_audit_read", C(AUDIT_READ), "cap_audit_read" },
	{ "cap_perfmon", CAPABILITY(38), "cap_perfmon" },
	{ "cap_checkpoint_restore", CAPABILITY(40), "cap_checkpoint_restore" },
	{ "cap_setfcap,cap_mac_override,cap_audit_control",
	    C(SETFCAP) | C(MAC_OVERRIDE) | C(AUDIT_CONTROL),
	    "cap_audit_control,cap_setfcap,cap_mac_override" },
};

static const struct {
	const char *list, *why;
} wrong[] = {
	{ "", "there is no capability ''" },
	{ ",", "there is no capability ''" },
	{ "cap_kill,", "there is no capability ''" },
	{ ",cap_kill", "there is no capability ''" },
	{ "cap_kill cap_chown",
	    "there is no capability 'cap_kill cap_chown'" },
	{ "cap_sys_ptrac", "there is no capability 'cap_sys_ptrac', did you "
	    "mean cap_sys_ptrace?" },
	{ "cap_kill,cap_dac_read_serach", "there is no capability "
	    "'cap_dac_read_serach', did you mean cap_dac_read_search?" },
	{ "all", "there is no capability 'all'" },
	{ "19", "there is no capability '19'" },
	{ "cap_sys_ptrace=ep", "there is no capability 'cap_sys_ptrace=ep', "
	    "did you mean cap_sys_ptrace?" },
};

static void
test_names(void)
{
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct error err = { .text = "" };
		uint64_t set = 0;
		char text[256];
		struct buf b = buf_on(text, sizeof text);

		tap_int(capability_parse(&set, lists[i].list, &err), 0,
		    lists[i].list);
		tap_ok(set == lists[i].set, "is what it says");
		capability_put(&b, set);
		tap_str(text, lists[i].again, "and said again");
	}
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct error err = { .text = "" };
		uint64_t set = 7;

		tap_int(capability_parse(&set, wrong[i].list, &err), -1,
		    "what is none");
		tap_str(err.text, wrong[i].why, wrong[i].list);
		tap_ok(set == 7, "changes nothing");
	}
}

/* All there are, in one list, and back. */
static void
test_all(void)
{
	char text[1024];
	struct buf b = buf_on(text, sizeof text);
	struct error err;
	uint64_t all = CAPABILITY(41) - 1, set;

	capability_put(&b, UINT64_MAX);
	tap_ok(buf_ok(&b), "all fit into a line");
	tap_int(capability_parse(&set, text, &err), 0, "which can be read");
	tap_ok(set == all, "and has each of them");
	b = buf_on(text, sizeof text);
	capability_put(&b, 0);
	tap_str(text, "", "none is no word");
}

/* --- what a process has --- */

/* By the kernel's own words. */
static bool
has_set(const char *name, uint64_t set)
{
	char line[64];

	(void)snprintf(line, sizeof line, "\n%s:\t%016llx\n", name,
	    (unsigned long long)set);
	return users_status_has(line);
}

static bool
keeps(void)
{
	const uint64_t set = C(KILL) | C(SETPCAP) | C(DAC_OVERRIDE);
	struct error err;

	return capability_keep(set, C(KILL), &err) == 0 &&
	    has_set("CapEff", set) && has_set("CapPrm", set) &&
	    has_set("CapInh", C(KILL)) && has_set("CapAmb", C(KILL)) &&
	    capability_own() == set &&
	    capability_keep(set, 0, &err) == 0 && has_set("CapInh", 0) &&
	    has_set("CapAmb", 0);
}

static bool
keeps_none(void)
{
	struct error err;

	return capability_keep(0, 0, &err) == 0 && has_set("CapEff", 0) &&
	    has_set("CapPrm", 0) && capability_own() == 0 &&
	    capability_keep(C(KILL), 0, &err) == -1 &&
	    strncmp(err.text, "capabilities: ", 14) == 0;
}

static bool
bounds(void)
{
	struct error err;

	return capability_bound(C(KILL), &err) == 0 &&
	    has_set("CapBnd", C(KILL)) && capability_own() == C(KILL) &&
	    capability_bound(C(KILL), &err) == 0 &&
	    capability_bound(0, &err) == 0 && has_set("CapBnd", 0);
}

/* Without CAP_SETPCAP nothing can be taken away, and that is said. */
static bool
cannot_bound(void)
{
	struct error err;

	return capability_keep(C(KILL), 0, &err) == 0 &&
	    capability_bound(C(KILL), &err) == -1 &&
	    strncmp(err.text, "capabilities: bounding set: ", 28) == 0;
}

static void
test_process(void)
{
	const uint64_t needed = C(KILL) | C(SETPCAP) | C(DAC_OVERRIDE);

	if ((capability_own() & needed) != needed) {
		tap_skip("sets of a process: not root, or in a container");
		return;
	}
	tap_ok(users_in_child(keeps), "some are kept, one of them handed on");
	tap_ok(users_in_child(keeps_none), "none, and there is no way back");
	tap_ok(users_in_child(bounds), "the bounding set is made smaller");
	tap_ok(users_in_child(cannot_bound), "but not without the right to");
}

int
main(void)
{
	test_names();
	test_all();
	test_process();
	return tap_done();
}
