/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether client_names and client_commands go together. */
#include "config.h"

#include "agent/inspection.h"
#include "agent/peer_name.h"

/* Some who is meant by one may be meant by the other. */
static bool
overlap(const char *a, const char *b)
{
	return peer_name_covers(a, b) || peer_name_covers(b, a);
}

static bool
may_connect(const struct access *a, const char *name)
{
	for (size_t i = 0; i < a->name_count; i++) {
		if (overlap(a->names[i], name))
			return true;
	}
	return a->name_count == 0;
}

static bool
is_granted(const struct access *a, const char *name)
{
	for (size_t i = 0; i < a->grant_count; i++) {
		if (overlap(a->grants[i].name, name))
			return true;
	}
	return !a->limited;
}

/* A certificate may have several names, so that this is no error. */
void
check_access(struct inspection *i)
{
	const struct access *a = &i->settings->access;

	for (size_t n = 0; n < a->grant_count; n++) {
		const char *name = a->grants[n].name;

		if (!may_connect(a, name))
			inspection_warn(i, "client_names", "client_commands"
			    "[%.64s]: only a certificate that also has one of "
			    "client_names may ask", name);
	}
	for (size_t n = 0; n < a->name_count; n++) {
		if (!is_granted(a, a->names[n]))
			inspection_warn(i, "client_names", "client_names: "
			    "%.64s may ask for no command: no client_commands "
			    "is about that name", a->names[n]);
	}
}
