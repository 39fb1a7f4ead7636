/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/capability.h"
#include "agent/identity.h"

/* (uid_t)-1 means "leave it" to setresuid(), and is nobody. */
#define NO_ID UINT32_MAX

/* The whole text is a number that can be an id. */
static bool
parse_id(const char *text, uint32_t *out)
{
	size_t n = strlen(text);
	unsigned long long value;

	if (n == 0 || n > 10 || strspn(text, "0123456789") != n)
		return false;
	value = strtoull(text, NULL, 10);
	if (value >= NO_ID)
		return false;
	*out = (uint32_t)value;
	return true;
}

/* errno is of little use: libraries leave all sorts of it for "none". */
static const char *
why_not_found(int why)
{
	static const int failures[] = { EINTR, EIO, EMFILE, ENFILE, ENOMEM };

	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
		if (why == failures[i])
			return strerror(why);
	return "there is none";
}

/* Names come first: one may consist of digits. */
static int
find_user(struct identity *id, const char *text, struct error *err)
{
	uint32_t number = NO_ID;
	bool numeric = parse_id(text, &number);
	const struct passwd *pw;
	size_t n = 0;

	errno = 0;
	pw = getpwnam(text);
	if (pw == NULL && numeric)
		pw = getpwuid(number);
	if (pw == NULL && !numeric)
		return error_set(err, "user %s: %s", text,
		    why_not_found(errno));
	if (pw != NULL)
		n = strlen(pw->pw_name);
	if (n >= sizeof id->name)
		return error_set(err, "user %s: its name is too long", text);

	id->uid = pw != NULL ? pw->pw_uid : number;
	id->gid = pw != NULL ? pw->pw_gid : NO_ID;
	if (pw != NULL)
		memcpy(id->name, pw->pw_name, n + 1);
	return 0;
}

int
identity_find_group(gid_t *out, const char *text, struct error *err)
{
	uint32_t number = NO_ID;
	const struct group *gr;

	errno = 0;
	gr = getgrnam(text);
	if (gr == NULL && !parse_id(text, &number))
		return error_set(err, "group %s: %s", text,
		    why_not_found(errno));
	if (gr != NULL)
		number = gr->gr_gid;
	if (number == 0)
		return error_set(err, "group %s: is root's", text);
	if (number == NO_ID)
		return error_set(err, "group %s: has no valid number", text);
	*out = number;
	return 0;
}

int
identity_find(struct identity *out, const char *user, const char *group,
    struct error *err)
{
	struct identity id = { .set = true };

	if (find_user(&id, user, err) < 0)
		return -1;
	if (id.uid == 0)
		return error_set(err, "user %s: is root", user);
	if (id.uid == NO_ID)
		return error_set(err, "user %s: has no valid number", user);

	if (group != NULL && identity_find_group(&id.gid, group, err) < 0)
		return -1;
	if (group == NULL && id.gid == NO_ID)
		return error_set(err, "user %s: has no group of its own, one "
		    "must be given", user);
	if (id.gid == 0)
		return error_set(err, "user %s: its group is root's", user);
	*out = id;
	return 0;
}

/* The user is exactly that one, and nothing it could switch to. */
bool
identity_is(const struct identity *id)
{
	uid_t uid[3];
	gid_t gid[3];

	if (getresuid(&uid[0], &uid[1], &uid[2]) < 0 ||
	    getresgid(&gid[0], &gid[1], &gid[2]) < 0)
		return false;
	for (int i = 0; i < 3; i++)
		if (uid[i] != id->uid || gid[i] != id->gid)
			return false;
	return true;
}

/* Groups first: they can no longer be changed once root is gone. */
int
identity_become(const struct identity *id, const gid_t *groups, size_t count,
    struct error *err)
{
	const char *what = NULL;

	if (groups == NULL) {
		if (initgroups(id->name, id->gid) < 0)
			what = "initgroups";
	} else if (setgroups(count, groups) < 0) {
		what = "setgroups";
	}
	if (what == NULL && setresgid(id->gid, id->gid, id->gid) < 0)
		what = "setresgid";
	if (what == NULL && setresuid(id->uid, id->uid, id->uid) < 0)
		what = "setresuid";
	if (what != NULL)
		return error_set(err, "user %u, group %u: %s: %s",
		    (unsigned)id->uid, (unsigned)id->gid, what,
		    strerror(errno));
	return 0;
}

int
identity_assume(const struct identity *id, bool supplementary,
    struct error *err)
{
	bool all = supplementary && id->name[0] != '\0';

	if (!id->set)
		return 0;
	if (geteuid() != 0 && !identity_is(id))
		return error_set(err, "user %u, group %u: only root can become "
		    "that", (unsigned)id->uid, (unsigned)id->gid);
	if (geteuid() == 0 &&
	    identity_become(id, all ? NULL : &id->gid, 1, err) < 0)
		return -1;
	/*
	 * setresuid() from root does this, but not with the secure bits some
	 * containers set, nor for a user that was given capabilities.
	 */
	if (capability_keep(0, 0, err) < 0)
		return -1;

	if (!identity_is(id))
		return error_set(err, "user %u, group %u: not what we became",
		    (unsigned)id->uid, (unsigned)id->gid);
	if (setgid(0) == 0 || setuid(0) == 0)
		return error_set(err, "user %u, group %u: could become root "
		    "again", (unsigned)id->uid, (unsigned)id->gid);
	return 0;
}
