/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a client may ask, and for that: by the names in its certificate. */
#include "config.h"

#include "agent/access.h"
#include "agent/connection.h"
#include "agent/dispatch.h"
#include "common/buf.h"

enum {
	NAMES_SAID_MAX = 8, /* of a certificate, in the log */
};

/* What is looked for among the names. */
struct search {
	const struct access *access;
	int command;
	const char *entry; /* of client_names */
};

static bool
is_known(void *arg, const struct peer_name *name)
{
	struct search *s = arg;

	s->entry = access_find_name(s->access, name);
	return s->entry != NULL;
}

static bool
is_granted(void *arg, const struct peer_name *name)
{
	const struct search *s = arg;

	return access_grants(s->access, name, s->command);
}

struct list {
	struct buf b;
	size_t count;
};

static bool
put_name(void *arg, const struct peer_name *name)
{
	struct list *list = arg;

	if (list->count > 0)
		buf_str(&list->b, ", ");
	if (list->count++ == NAMES_SAID_MAX) {
		buf_str(&list->b, "...");
		return true;
	}
	peer_name_put(&list->b, name);
	return false;
}

/* All it goes by, as far as there is room. */
static void
list_names(const struct client *c, char *out, size_t size)
{
	struct list list = { .b = buf_on(out, size) };

	if (c->tls != NULL)
		(void)tls_peer_names(c->tls, put_name, &list);
	if (list.count == 0)
		buf_str(&list.b, "no name");
}

bool
client_may_connect(struct client *c)
{
	struct search s = { .access = &c->all->settings->access };
	char names[768], why[1024];
	struct buf b = buf_on(why, sizeof why);

	if (s.access->name_count == 0 ||
	    (c->tls != NULL && tls_peer_names(c->tls, is_known, &s))) {
		c->entry = s.entry;
		return true;
	}
	list_names(c, names, sizeof names);
	buf_fmt(&b, "client certificate with %s: not in client_names", names);
	client_refuse(c, why);
	return false;
}

bool
client_may_ask(const struct client *c, int command)
{
	struct search s = {
		.access = &c->all->settings->access,
		.command = command,
	};

	if (!s.access->limited || command == DISPATCH_PING)
		return true;
	return c->tls != NULL && tls_peer_names(c->tls, is_granted, &s);
}

void
client_deny(struct client *c)
{
	static const char words[] = "NRPE: Command '%.1000s' not allowed for "
	    "%s";
	const char *name = dispatch_name(c->all->settings, c->command);
	char names[768], text[sizeof words + 1000 + sizeof names];
	struct job_answer a = {
		.status = STATUS_UNKNOWN,
		.kind = ANSWER_TEXT,
		.bytes = text,
	};
	struct buf b = buf_on(text, sizeof text);

	list_names(c, names, sizeof names);
	buf_fmt(&b, words, name, names);
	a.size = b.len;
	log_peer(c->all->log, c->peer.s, "asked for '%.200s', which is not in "
	    "client_commands for %s", name, names);
	client_respond(c, &a);
}
