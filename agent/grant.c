/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent/capability.h"
#include "agent/grant.h"

enum {
	GROUPS_MAX = 65536, /* of one user, as many as Linux knows */
	NAME_SIZE = 256,
};

uint64_t
grant_needs(void)
{
	return CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETGID) |
	    CAPABILITY(CAP_KILL) | CAPABILITY(CAP_SETPCAP);
}

bool
grant_is_given(const struct grant *g)
{
	return g->user != NULL || g->groups != NULL || g->capabilities != 0;
}

void
grant_free(struct grant *g)
{
	free(g->user);
	free(g->groups);
	free(g->gids);
	*g = (struct grant){ .user = NULL };
}

/* --- as it is written --- */

/* The next name of a list, without blanks; -1 and err if it is none. */
static int
next_name(const char **at, char name[NAME_SIZE], struct error *err)
{
	static const char blanks[] = " \t";
	const char *start = *at + strspn(*at, blanks);
	size_t n = strcspn(start, ",");

	*at = start + n;
	while (n > 0 && strchr(blanks, start[n - 1]) != NULL)
		n--;
	if (n == 0)
		return error_set(err, "a name is empty");
	if (n >= NAME_SIZE)
		return error_set(err, "a name is too long");
	memcpy(name, start, n);
	name[n] = '\0';
	return 0;
}

/* How many names there are; -1 and err. */
static int
count_names(const char *list, struct error *err)
{
	char name[NAME_SIZE];
	int n = 0;

	for (;; list++, n++) {
		if (next_name(&list, name, err) < 0)
			return -1;
		if (*list == '\0')
			return n + 1;
	}
}

static int
replace(char **text, const char *value, struct error *err)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return error_set(err, "out of memory");
	free(*text);
	*text = copy;
	return 0;
}

int
grant_set_user(struct grant *g, const char *value, struct error *err)
{
	char name[NAME_SIZE];

	if (next_name(&(const char *){ value }, name, err) < 0)
		return -1;
	if (strchr(value, ',') != NULL)
		return error_set(err, "there can be but one user");
	return replace(&g->user, name, err);
}

int
grant_set_groups(struct grant *g, const char *value, struct error *err)
{
	return count_names(value, err) < 0 ? -1 :
	    replace(&g->groups, value, err);
}

int
grant_set_capabilities(struct grant *g, const char *value, struct error *err)
{
	return capability_parse(&g->capabilities, value, err);
}

void
grant_put(struct buf *out, const struct grant *g)
{
	const char *between = "";

	if (g->user != NULL) {
		buf_fmt(out, "user %s", g->user);
		between = ", ";
	}
	if (g->groups != NULL) {
		buf_fmt(out, "%sgroup %s", between, g->groups);
		between = ", ";
	}
	if (g->capabilities != 0)
		buf_str(out, between);
	capability_put(out, g->capabilities);
}

/* --- who that is --- */

static bool
is_root(const char *user)
{
	const struct passwd *pw = getpwnam(user);

	return pw != NULL ? pw->pw_uid == 0 : user[strspn(user, "0")] == '\0';
}

static int
find_user(struct identity *id, const char *user, const char *group,
    struct error *err)
{
	if (is_root(user))
		return error_set(err, "user %s: is root, and no command runs "
		    "as root: command_caps grants the capability that it "
		    "needs", user);
	return identity_find(id, user, group, err);
}

/* All that the user has, as at a login. */
static int
find_own_groups(struct grant *g, const struct identity *id, struct error *err)
{
	int count = 1;

	if (id->name[0] != '\0')
		(void)getgrouplist(id->name, id->gid, &(gid_t){ 0 }, &count);
	if (count < 1 || count > GROUPS_MAX)
		return error_set(err, "user %s: is in too many groups",
		    id->name);
	g->gids = calloc((size_t)count, sizeof *g->gids);
	if (g->gids == NULL)
		return error_set(err, "out of memory");
	g->gids[0] = id->gid;
	if (id->name[0] != '\0' &&
	    getgrouplist(id->name, id->gid, g->gids, &count) < 0)
		return error_set(err, "user %s: its groups just changed",
		    id->name);
	g->gid_count = (size_t)count;
	return 0;
}

static int
find_named_groups(struct grant *g, struct error *err)
{
	const char *at = g->groups;
	char name[NAME_SIZE];
	int count = count_names(at, err);

	if (count < 0)
		return -1;
	g->gids = calloc((size_t)count, sizeof *g->gids);
	if (g->gids == NULL)
		return error_set(err, "out of memory");
	for (int i = 0; i < count; i++, at++) {
		if (next_name(&at, name, err) < 0 ||
		    identity_find_group(&g->gids[i], name, err) < 0)
			return -1;
	}
	g->gid_count = (size_t)count;
	return 0;
}

static int
check_capabilities(const struct grant *g, uint64_t own, struct error *err)
{
	uint64_t missing = (grant_needs() | g->capabilities) & ~own;
	char list[1024];
	struct buf b = buf_on(list, sizeof list);

	if (missing == 0)
		return 0;
	capability_put(&b, missing);
	return error_set(err, "needs %s, which beffroid does not have here, or "
	    "gave up when it started", list);
}

int
grant_find(struct grant *g, const struct identity *usual, uint64_t own,
    struct error *err)
{
	struct identity id = *usual;
	const char *first = NULL;
	char name[NAME_SIZE];

	if (!usual->set) {
		char text[400];
		struct buf b = buf_on(text, sizeof text);

		grant_put(&b, g);
		return error_set(err, "needs beffroid started as root, to be "
		    "run as it was granted (%s)", text);
	}
	if (check_capabilities(g, own, err) < 0)
		return -1;
	if (g->groups != NULL) {
		if (next_name(&(const char *){ g->groups }, name, err) < 0)
			return -1;
		first = name; /* some users have none of their own */
	}
	if (g->user != NULL && find_user(&id, g->user, first, err) < 0)
		return -1;
	g->uid = id.uid;
	free(g->gids);
	g->gids = NULL;
	return g->groups != NULL ? find_named_groups(g, err) :
	    find_own_groups(g, &id, err);
}

/* --- being that --- */

int
grant_assume(const struct grant *g, struct error *err)
{
	const struct identity id = { true, g->uid, g->gids[0], "" };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(err, "no_new_privs: not to be had here");
	if (identity_become(&id, g->gids, g->gid_count, err) < 0 ||
	    capability_bound(g->capabilities, err) < 0 ||
	    capability_keep(g->capabilities, g->capabilities, err) < 0)
		return -1;
	if (!identity_is(&id))
		return error_set(err, "user %u: not what we became",
		    (unsigned)g->uid);
	if ((g->capabilities & CAPABILITY(CAP_SETUID)) == 0 && setuid(0) == 0)
		return error_set(err, "user %u: could become root again",
		    (unsigned)g->uid);
	if ((g->capabilities & CAPABILITY(CAP_SETGID)) == 0 && setgid(0) == 0)
		return error_set(err, "user %u: could be in root's group",
		    (unsigned)g->uid);
	return 0;
}
