/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/access.h"

enum {
	WORD_BITS = 64,
};

/* --- lists --- */

/*
 * The next part of a list separated by commas, without the blanks around it;
 * its length in *n. *at moves on, to NULL behind the last.
 */
static const char *
next_part(const char **at, size_t *n)
{
	const char *part = *at + strspn(*at, " \t");
	const char *comma = part + strcspn(part, ",");

	*n = (size_t)(comma - part);
	while (*n > 0 && strchr(" \t", part[*n - 1]) != NULL)
		--*n;
	*at = *comma == ',' ? comma + 1 : NULL;
	return part;
}

static int
add_name(struct access *a, const char *text, size_t n, struct error *err)
{
	char **all, *name;

	if (a->name_count == ACCESS_NAMES_MAX)
		return error_set(err, "more than %d names", ACCESS_NAMES_MAX);
	all = realloc(a->names, (a->name_count + 1) * sizeof *all);
	if (all != NULL)
		a->names = all;
	name = strndup(text, n);
	if (all == NULL || name == NULL) {
		free(name);
		return error_set(err, "out of memory");
	}
	all[a->name_count++] = name;
	return peer_name_check(name, err);
}

static void
free_names(struct access *a)
{
	for (size_t i = 0; i < a->name_count; i++)
		free(a->names[i]);
	free(a->names);
	a->names = NULL;
	a->name_count = 0;
}

bool
access_is_by_name(const struct access *a)
{
	return a->name_count > 0 || a->limited;
}

int
access_set_names(struct access *a, const char *list, struct error *err)
{
	while (list != NULL) {
		size_t n;
		const char *name = next_part(&list, &n);

		if (add_name(a, name, n, err) < 0) {
			free_names(a);
			return -1;
		}
	}
	return 0;
}

/* --- grants --- */

/* On a mismatch the last "*" takes one character more, and all goes on. */
static bool
is_like(const char *glob, size_t n, const char *text)
{
	const char *end = glob + n, *star = NULL, *from = NULL;

	while (*text != '\0') {
		if (glob < end && *glob == '*') {
			star = ++glob;
			from = text;
		} else if (glob < end && *glob == *text) {
			glob++;
			text++;
		} else if (star != NULL) {
			glob = star;
			text = ++from;
		} else {
			return false;
		}
	}
	while (glob < end && *glob == '*')
		glob++;
	return glob == end;
}

int
access_check_grant(const char *name, const char *commands, struct error *err)
{
	if (peer_name_check(name, err) < 0)
		return -1;
	while (commands != NULL) {
		size_t n;

		(void)next_part(&commands, &n);
		if (n == 0)
			return error_set(err, "the name of a command is "
			    "empty");
	}
	return 0;
}

/* Sets the bits of the commands that a part means; how many there are. */
static size_t
set_bits(uint64_t *may, const char *part, size_t n, const struct command *all,
    size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		if (!is_like(part, n, all[i].name))
			continue;
		may[i / WORD_BITS] |= (uint64_t)1 << i % WORD_BITS;
		found++;
	}
	return found;
}

static void
note_unknown(char *unknown, size_t size, const char *part, size_t n)
{
	if (*unknown != '\0')
		return;
	n = n < size ? n : size - 1;
	memcpy(unknown, part, n);
	unknown[n] = '\0';
}

int
access_grant(struct access *a, const char *name, const char *commands,
    const struct command *all, size_t count, char *unknown, size_t size,
    struct error *err)
{
	struct access_grant *grants, new = { .name = NULL };

	*unknown = '\0';
	if (access_check_grant(name, commands, err) < 0)
		return -1;
	if (a->grant_count == ACCESS_GRANTS_MAX)
		return error_set(err, "more than %d of these lines",
		    ACCESS_GRANTS_MAX);
	grants = realloc(a->grants, (a->grant_count + 1) * sizeof *grants);
	if (grants != NULL)
		a->grants = grants;
	new.name = strdup(name);
	new.commands = strdup(commands);
	new.may = calloc(count / WORD_BITS + 1, sizeof *new.may);
	if (grants == NULL || new.name == NULL || new.commands == NULL ||
	    new.may == NULL) {
		free(new.name);
		free(new.commands);
		free(new.may);
		return error_set(err, "out of memory");
	}
	while (commands != NULL) {
		size_t n;
		const char *part = next_part(&commands, &n);

		if (set_bits(new.may, part, n, all, count) == 0)
			note_unknown(unknown, size, part, n);
	}
	a->limited = true;
	a->grants[a->grant_count++] = new;
	return 0;
}

void
access_free(struct access *a)
{
	free_names(a);
	for (size_t i = 0; i < a->grant_count; i++) {
		free(a->grants[i].name);
		free(a->grants[i].commands);
		free(a->grants[i].may);
	}
	free(a->grants);
	*a = (struct access){ .grants = NULL };
}

/* --- clients --- */

const char *
access_find_name(const struct access *a, const struct peer_name *name)
{
	for (size_t i = 0; i < a->name_count; i++) {
		if (peer_name_matches(a->names[i], name))
			return a->names[i];
	}
	return NULL;
}

bool
access_grants(const struct access *a, const struct peer_name *name,
    int command)
{
	size_t word = (size_t)command / WORD_BITS;
	uint64_t bit = (uint64_t)1 << (size_t)command % WORD_BITS;

	for (size_t i = 0; i < a->grant_count; i++) {
		if ((a->grants[i].may[word] & bit) != 0 &&
		    peer_name_matches(a->grants[i].name, name))
			return true;
	}
	return false;
}
