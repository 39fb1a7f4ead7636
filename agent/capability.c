/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/capability.h"
#include "common/nearest.h"

/* By number; those that the headers of an older system lack are here, too. */
static const char *const names[] = {
	"cap_chown", "cap_dac_override", "cap_dac_read_search", "cap_fowner",
	"cap_fsetid", "cap_kill", "cap_setgid", "cap_setuid", "cap_setpcap",
	"cap_linux_immutable", "cap_net_bind_service", "cap_net_broadcast",
	"cap_net_admin", "cap_net_raw", "cap_ipc_lock", "cap_ipc_owner",
	"cap_sys_module", "cap_sys_rawio", "cap_sys_chroot", "cap_sys_ptrace",
	"cap_sys_pacct", "cap_sys_admin", "cap_sys_boot", "cap_sys_nice",
	"cap_sys_resource", "cap_sys_time", "cap_sys_tty_config", "cap_mknod",
	"cap_lease", "cap_audit_write", "cap_audit_control", "cap_setfcap",
	"cap_mac_override", "cap_mac_admin", "cap_syslog", "cap_wake_alarm",
	"cap_block_suspend", "cap_audit_read", "cap_perfmon", "cap_bpf",
	"cap_checkpoint_restore",
};

enum {
	COUNT = sizeof names / sizeof names[0],
	NUMBERS = 64, /* that there is room for */
};

_Static_assert(COUNT == 41 && CAP_SYSLOG == 34, "a name is missing");

/* --- names --- */

static const char blanks[] = " \t";

/* The number of the n bytes of name. */
static int
find(const char *name, size_t n, struct error *err)
{
	struct nearest near = nearest_to(name, n);

	for (int i = 0; i < COUNT; i++) {
		if (strlen(names[i]) == n &&
		    strncasecmp(names[i], name, n) == 0)
			return i;
		nearest_try(&near, names[i]);
	}
	if (n > 64)
		n = 64;
	return near.word == NULL ?
	    error_set(err, "there is no capability '%.*s'", (int)n, name) :
	    error_set(err, "there is no capability '%.*s', did you mean %s?",
	    (int)n, name, near.word);
}

int
capability_parse(uint64_t *out, const char *list, struct error *err)
{
	uint64_t set = 0;

	for (;; list++) {
		size_t n, trimmed;
		int number;

		list += strspn(list, blanks);
		trimmed = n = strcspn(list, ",");
		while (trimmed > 0 && strchr(blanks, list[trimmed - 1]) != NULL)
			trimmed--;
		number = find(list, trimmed, err);
		if (number < 0)
			return -1;
		set |= CAPABILITY(number);
		list += n;
		if (*list == '\0')
			break;
	}
	*out = set;
	return 0;
}

void
capability_put(struct buf *out, uint64_t set)
{
	const char *between = "";

	for (int i = 0; i < COUNT; i++) {
		if ((set & CAPABILITY(i)) == 0)
			continue;
		buf_fmt(out, "%s%s", between, names[i]);
		between = ",";
	}
}

/* --- those of this process --- */

enum {
	HALVES = _LINUX_CAPABILITY_U32S_3,
};

struct sets {
	uint64_t effective, permitted, inheritable;
};

static bool
get(struct sets *out)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[HALVES] = { 0 };

	*out = (struct sets){ 0 };
	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	for (int i = HALVES - 1; i >= 0; i--) {
		out->effective = out->effective << 32 | data[i].effective;
		out->permitted = out->permitted << 32 | data[i].permitted;
		out->inheritable = out->inheritable << 32 |
		    data[i].inheritable;
	}
	return true;
}

static bool
set(const struct sets *to)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[HALVES];

	for (int i = 0; i < HALVES; i++)
		data[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(to->effective >> 32 * i),
			.permitted = (uint32_t)(to->permitted >> 32 * i),
			.inheritable = (uint32_t)(to->inheritable >> 32 * i),
		};
	return syscall(SYS_capset, &header, data) == 0;
}

/* 1 or 0, and -1 from the first number that this kernel does not know. */
static int
is_bound(int number)
{
	return prctl(PR_CAPBSET_READ, number, 0, 0, 0);
}

uint64_t
capability_own(void)
{
	struct sets have;
	uint64_t bound = 0;

	if (!get(&have))
		return 0;
	for (int i = 0; i < NUMBERS; i++) {
		if (is_bound(i) > 0)
			bound |= CAPABILITY(i);
	}
	return have.permitted & bound;
}

int
capability_bound(uint64_t to, struct error *err)
{
	for (int i = 0; i < NUMBERS; i++) {
		if ((to & CAPABILITY(i)) == 0 && is_bound(i) > 0 &&
		    prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			return error_set(err, "capabilities: bounding set: %s",
			    strerror(errno));
	}
	return 0;
}

static bool
pass_on(uint64_t passed)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return false;
	for (int i = 0; i < NUMBERS; i++) {
		if ((passed & CAPABILITY(i)) != 0 && prctl(PR_CAP_AMBIENT,
		    PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			return false;
	}
	return true;
}

int
capability_keep(uint64_t to, uint64_t passed, struct error *err)
{
	const struct sets wanted = { to, to, passed };
	struct sets now;

	if (!set(&wanted) || !pass_on(passed) || !get(&now))
		return error_set(err, "capabilities: %s", strerror(errno));
	if (now.effective != to || now.permitted != to ||
	    now.inheritable != passed)
		return error_set(err, "capabilities: not what was set");
	return 0;
}
