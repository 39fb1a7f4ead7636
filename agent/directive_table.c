/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names and their meaning are those of NRPE 4.1's nrpe.cfg, and ours. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/capability.h"
#include "agent/directive.h"
#include "agent/nrpe.h"
#include "agent/query.h"

#define FIELD(name_, field_, ...)                                              \
	{                                                                      \
		.name = name_,                                                 \
		.kind = _Generic(((struct settings *)NULL)->field_,            \
		    bool: DIRECTIVE_FLAG,                                      \
		    int64_t: DIRECTIVE_NUMBER,                                 \
		    char *: DIRECTIVE_TEXT,                                    \
		    default: DIRECTIVE_CUSTOM),                                \
		.offset = offsetof(struct settings, field_),                   \
		.help = __VA_ARGS__,                                           \
	}
#define OTHER(kind_, name_, form_, ...)                                        \
	{ .name = name_, .kind = kind_, .form = form_, .help = __VA_ARGS__ }

const struct settings directive_defaults = {
	.port = 5666,
	.backlog = 128,
	.tls = true,
	.nrpe_v2_payload = NRPE_V2_TEXT,
	.tls_adh = -1,
	.in_process = true,
	.command_timeout = 60,
	.connection_timeout = 10,
};

static int
add_address(const char *text, size_t len, struct settings *into,
    struct error *err)
{
	char *address;

	while (len > 0 && strchr(" \t", text[len - 1]) != NULL)
		len--;
	if (len == 0)
		return error_set(err, "an address is empty");
	if (into->address_count == SETTINGS_ADDRESSES_MAX)
		return error_set(err, "more than %d addresses",
		    SETTINGS_ADDRESSES_MAX);
	address = strndup(text, len);
	if (address == NULL)
		return error_set(err, "out of memory");
	into->addresses[into->address_count++] = address;
	return 0;
}

static void
free_addresses(struct settings *s)
{
	while (s->address_count > 0)
		free(s->addresses[--s->address_count]);
}

/* In place of those that were given before, as with NRPE. */
static int
parse_addresses(const char *value, struct settings *into, struct error *err)
{
	struct settings new = { .address_count = 0 };

	for (;;) {
		size_t n = strcspn(value, ",");

		if (add_address(value, n, &new, err) < 0) {
			free_addresses(&new);
			return -1;
		}
		if (value[n] == '\0')
			break;
		value += n + 1;
		value += strspn(value, " \t");
	}
	free_addresses(into);
	into->address_count = new.address_count;
	memcpy(into->addresses, new.addresses, sizeof into->addresses);
	return 0;
}

static int
parse_family(const char *value, struct settings *into, struct error *err)
{
	static const struct {
		const char *word;
		enum settings_family family;
	} words[] = {
		{ "any", FAMILY_ANY },
		{ "both", FAMILY_ANY },
		{ "4", FAMILY_IPV4 },
		{ "6", FAMILY_IPV6 },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(value, words[i].word) == 0) {
			into->family = words[i].family;
			return 0;
		}
	}
	return error_set(err, "'%.64s' is not any, both, 4 or 6", value);
}

static int
parse_client_certs(const char *value, struct settings *into,
    struct error *err)
{
	static const char *const words[] = { "0", "1", "2" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(value, words[i]) == 0) {
			into->tls_client_certs =
			    (enum settings_client_certs)i;
			return 0;
		}
	}
	return error_set(err, "'%.64s' is not 0, 1 or 2", value);
}

/* Only looks: the last one is made a list of when all is read. */
static int
check_hosts(const char *value, struct settings *into, struct error *err)
{
	struct acl acl;

	(void)into;
	if (acl_parse(&acl, value, err) < 0)
		return -1;
	acl_free(&acl);
	return 0;
}

/* The same of names. */
static int
check_names(const char *value, struct settings *into, struct error *err)
{
	struct access access = { .name_count = 0 };

	(void)into;
	if (access_set_names(&access, value, err) < 0)
		return -1;
	access_free(&access);
	return 0;
}

static int
check_nasty(const char *value, struct settings *into, struct error *err)
{
	char *copy = strdup(value);
	int rc;

	(void)into;
	if (copy == NULL)
		return error_set(err, "out of memory");
	rc = query_unescape_nasty(copy, err);
	free(copy);
	return rc;
}

static int
grant_split(const char *value, struct command *c, struct error *err)
{
	return directive_parse_flag(value, &c->split, err);
}

static bool
put_split(struct buf *out, const struct command *c)
{
	if (c->split)
		buf_str(out, "yes");
	return c->split;
}

static int
grant_user(const char *value, struct command *c, struct error *err)
{
	return grant_set_user(&c->grant, value, err);
}

static bool
put_user(struct buf *out, const struct command *c)
{
	if (c->grant.user != NULL)
		buf_str(out, c->grant.user);
	return c->grant.user != NULL;
}

static int
grant_groups(const char *value, struct command *c, struct error *err)
{
	return grant_set_groups(&c->grant, value, err);
}

static bool
put_groups(struct buf *out, const struct command *c)
{
	if (c->grant.groups != NULL)
		buf_str(out, c->grant.groups);
	return c->grant.groups != NULL;
}

static int
grant_caps(const char *value, struct command *c, struct error *err)
{
	return grant_set_capabilities(&c->grant, value, err);
}

static bool
put_caps(struct buf *out, const struct command *c)
{
	capability_put(out, c->grant.capabilities);
	return c->grant.capabilities != 0;
}

static int
grant_ttl(const char *value, struct command *c, struct error *err)
{
	return directive_parse_number(value, 0, 86400, &c->ttl, err);
}

static bool
put_ttl(struct buf *out, const struct command *c)
{
	if (c->ttl > 0)
		buf_fmt(out, "%" PRId64, c->ttl);
	return c->ttl > 0;
}

const struct directive directives[] = {
	FIELD("server_address", addresses, "listen on these addresses or "
	    "names of this host, separated by commas; on all if none is given",
	    .parse = parse_addresses, .guard = true),
	FIELD("server_port", port, "the port to listen on; 0: one that the "
	    "kernel chooses, and the log says", .least = 0, .most = 65535),
	FIELD("listen_queue_size", backlog, "how many connections may wait to "
	    "be accepted", .least = 1, .most = INT32_MAX, .cap = 65535),
	FIELD("address_family", family, "listen on addresses of IPv4 alone "
	    "(4), of IPv6 alone (6) or of both (any)", .parse = parse_family),

	FIELD("allowed_hosts", allowed_hosts, "who may ask: addresses, "
	    "networks and names, separated by commas; only this host if it is "
	    "not given", .parse = check_hosts, .guard = true),
	FIELD("client_names", client_names, "who of those may ask: names in "
	    "clients' certificates, separated by commas; *.example.org is any "
	    "of a domain", .ours = true, .guard = true,
	    .parse = check_names),
	OTHER(DIRECTIVE_CLIENT, "client_commands", "client_commands[NAME]",
	    "what clients with that name in their certificates may ask for: "
	    "commands, separated by commas, where * is any characters; then "
	    "nobody may ask for more than this", .ours = true),
	FIELD("dont_blame_nrpe", arguments, "let clients give arguments"),
	FIELD("allow_bash_command_substitution", substitution, "let arguments "
	    "contain '$(', which no shell here would obey"),
	FIELD("nasty_metachars", nasty, "characters that no query may "
	    "contain, instead of NRPE's; \\n and other escapes are known",
	    .may_be_empty = true, .parse = check_nasty),
	FIELD("nrpe_v3", nrpe_v3, "answer clients of NRPE 3, which NRPE 4 "
	    "turns away", .ours = true),
	FIELD("nrpe_v2_payload", nrpe_v2_payload, "answer also version 2 with "
	    "as many bytes of text, as of check_nrpe -2 -P",
	    .least = NRPE_V2_TEXT, .most = NRPE_TEXT_MAX, .ours = true),

	FIELD("ssl_enabled", tls, "speak TLS"),
	FIELD("ssl_cert_file", tls_certificate, "the certificate, a PEM file; "
	    "one of our own making if it is not given"),
	FIELD("ssl_privatekey_file", tls_key, "the certificate's key"),
	FIELD("ssl_cacert_file", tls_ca, "who signs clients' certificates"),
	FIELD("ssl_crl_file", tls_crl, "which of these are revoked: CRLs of "
	    "those who sign them", .ours = true, .guard = true),
	FIELD("ssl_version", tls_version, "the version of TLS, and with '+' "
	    "all later ones",
	    .words = "SSLv2 SSLv2+ SSLv3 SSLv3+ TLSv1 TLSv1+ TLSv1.1 TLSv1.1+ "
	    "TLSv1.2 TLSv1.2+ TLSv1.3 TLSv1.3+"),
	FIELD("ssl_cipher_list", tls_ciphers, "suites of up to TLS 1.2, in "
	    "OpenSSL's words"),
	FIELD("ssl_client_certs", tls_client_certs, "a client's certificate: "
	    "0 is not asked for, 1 is, 2 is required", .guard = true,
	    .parse = parse_client_certs),
	FIELD("ssl_use_adh", tls_adh, "anonymous suites, for legacy clients: "
	    "0 never, 1 also, 2 only", .least = 0, .most = 2),
	OTHER(DIRECTIVE_UNUSED, "ssl_shutdown_timeout", NULL, "a connection "
	    "is closed as soon as the answer is away"),
	OTHER(DIRECTIVE_UNUSED, "ssl_logging", NULL, "each request is logged "
	    "with version, suite and certificate"),
	OTHER(DIRECTIVE_UNUSED, "allow_weak_random_seed", NULL, "OpenSSL "
	    "waits for enough randomness"),

	OTHER(DIRECTIVE_COMMAND, "command", "command[NAME]", "the command line "
	    "that NAME stands for, run without a shell"),
	OTHER(DIRECTIVE_GRANT, "arg_split", "arg_split[NAME]", "whether blanks "
	    "in an argument separate words, options among them",
	    .ours = true, .grant = grant_split, .put_grant = put_split),
	OTHER(DIRECTIVE_RULE, "command_arg", "command_arg[NAME][N]", "what "
	    "argument N must look like: integer, number, range, one_of, match "
	    "or length; may be given several times", .ours = true),
	OTHER(DIRECTIVE_GRANT, "command_user", "command_user[NAME]", "the user "
	    "that NAME is run as, instead of nrpe_user; never root",
	    .ours = true, .grant = grant_user, .put_grant = put_user,
	    .binding = true),
	OTHER(DIRECTIVE_GRANT, "command_group", "command_group[NAME]", "the "
	    "groups that NAME is run with, and no others; the first is the "
	    "main one", .ours = true, .grant = grant_groups,
	    .put_grant = put_groups, .binding = true),
	OTHER(DIRECTIVE_GRANT, "command_caps", "command_caps[NAME]", "what "
	    "capabilities(7) NAME is run with, separated by commas",
	    .ours = true, .grant = grant_caps, .put_grant = put_caps,
	    .binding = true),
	FIELD("command_prefix", command_prefix, "what to put in front of each "
	    "command line"),
	FIELD("command_timeout", command_timeout, "seconds that a command may "
	    "take", .least = 1, .most = INT32_MAX, .cap = 86400),
	FIELD("connection_timeout", connection_timeout, "seconds that a client "
	    "may take for handshake and query, and then for taking the answer",
	    .least = 1, .most = INT32_MAX, .cap = 30),
	OTHER(DIRECTIVE_GRANT, "command_ttl", "command_ttl[NAME]", "seconds "
	    "that an answer serves for all who ask the same, with its age "
	    "said", .ours = true, .grant = grant_ttl, .put_grant = put_ttl),
	FIELD("max_commands", max_commands, "how many programs may run at "
	    "once, while others wait; 0: as many as there are workers",
	    .least = 0, .most = 65535),
	FIELD("nrpe_user", user, "the user that commands are run as"),
	FIELD("nrpe_group", group, "the group that commands are run as"),
	FIELD("gatekeeper_user", gatekeeper_user, "the user of the process "
	    "that clients talk to", .ours = true),
	FIELD("keep_env_vars", keep_env_vars, "variables of our environment "
	    "that commands get too, by how their names begin, separated by "
	    "commas"),
	FIELD("plugin_directory", plugin_directory, "where our own plugins "
	    "are", .ours = true),
	FIELD("in_process", in_process, "run our own plugins without starting "
	    "a program, where that may be", .ours = true),

	FIELD("log_facility", log_facility, "of syslog",
	    .words = "kern user mail daemon auth syslog lpr news uucp cron "
	    "authpriv ftp local0 local1 local2 local3 local4 local5 local6 "
	    "local7", .instead = "daemon"),
	FIELD("log_file", log_file, "a file to log to, instead of syslog"),
	FIELD("debug", debug, "log more", .amount = true),
	FIELD("disable_syslog", disable_syslog, "log nothing to syslog"),
	FIELD("pid_file", pid_file, "where our process number is kept"),
	FIELD("state_directory", state_directory, "where what lasts is kept: "
	    "a certificate of our own", .ours = true),
	FIELD("run_directory", run_directory, "where samples are kept until "
	    "the next boot", .ours = true),

	OTHER(DIRECTIVE_INCLUDE, "include", NULL, "another file to be read "
	    "here"),
	OTHER(DIRECTIVE_INCLUDE, "include_file", NULL, "the same"),
	OTHER(DIRECTIVE_INCLUDE_DIR, "include_dir", NULL, "all *.cfg files in "
	    "a directory and those below, to be read here"),
	{ .kind = DIRECTIVE_END_OF_TABLE },
};

_Static_assert(sizeof directives / sizeof directives[0] <=
    SETTINGS_DIRECTIVES_MAX, "SETTINGS_DIRECTIVES_MAX is too small");
