/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * settings - the whole configuration of the agent, as read from nrpe.cfg
 *
 * Read completely, then used; a reload reads another one beside it. Called
 * settings since config.h is autoconf's.
 */
#ifndef AGENT_SETTINGS_H
#define AGENT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/access.h"
#include "agent/acl.h"
#include "agent/command.h"
#include "common/error.h"

enum {
	SETTINGS_DIRECTIVES_MAX = 96,
	SETTINGS_ADDRESSES_MAX = 16,
	SETTINGS_COMMANDS_MAX = 4096,
	SETTINGS_LINE_MAX = 64 * 1024,     /* bytes */
	SETTINGS_FILE_MAX = 4 * 1024 * 1024,
	SETTINGS_FILES_MAX = 1024,
	SETTINGS_DEPTH_MAX = 16,           /* of includes, and of directories */
};

/* A line of a file; 0: all of the file. */
struct settings_place {
	const char *file;
	int line;
};

/* What a directive with a short list of words may say. */
enum settings_client_certs {
	CLIENT_CERTS_NONE,
	CLIENT_CERTS_ASK,
	CLIENT_CERTS_REQUIRE,
};

enum settings_family {
	FAMILY_ANY,
	FAMILY_IPV4,
	FAMILY_IPV6,
};

struct settings {
	/*
	 * All text is allocated; NULL if the directive was not given, which
	 * then is for whoever uses it to replace.
	 */

	/* where to listen */
	size_t address_count; /* 0: all of the family */
	char *addresses[SETTINGS_ADDRESSES_MAX]; /* names of ours, too */
	enum settings_family family;
	int64_t port;
	int64_t backlog;

	/* who may ask, and what */
	char *allowed_hosts;
	struct acl acl; /* of allowed_hosts; loopback if that is NULL */
	bool arguments; /* dont_blame_nrpe */
	bool substitution;
	char *nasty;    /* nasty_metachars, as written */
	bool nrpe_v3;
	int64_t nrpe_v2_payload; /* bytes of text in v2's variant */
	char *client_names;   /* as written */
	struct access access; /* of that, and of client_commands */

	/* TLS */
	bool tls; /* ssl_enabled; -n turns it off too */
	char *tls_certificate, *tls_key, *tls_ca, *tls_crl;
	char *tls_version;      /* ssl_version as written, "TLSv1.2+" */
	char *tls_ciphers;      /* ssl_cipher_list */
	enum settings_client_certs tls_client_certs;
	int64_t tls_adh;        /* ssl_use_adh: 0, 1, 2; -1: not given */

	/* running checks */
	char *command_prefix;
	char *user, *group;     /* nrpe_user, nrpe_group */
	char *gatekeeper_user;
	char *keep_env_vars;
	char *plugin_directory; /* whose checks may be run in process */
	bool in_process;
	int64_t command_timeout;    /* s */
	int64_t max_commands;       /* programs at once; 0: any number */
	int64_t connection_timeout; /* s, for each phase of a connection */
	size_t command_count;
	struct command *commands;

	/* the rest */
	char *log_facility, *log_file, *pid_file;
	bool debug, disable_syslog;
	char *state_directory; /* what lasts: the certificate of our own */
	char *run_directory;   /* samples */

	/* where all this was said; see settings_where() */
	size_t file_count;
	char *files[SETTINGS_FILES_MAX]; /* the first is the main one */
	struct settings_place where[SETTINGS_DIRECTIVES_MAX];
};

enum settings_severity {
	SETTINGS_WARNING,
	SETTINGS_ERROR,
};

/*
 * Told of each problem, in the order of the files; line 0: the whole file. text
 * is not escaped.
 */
typedef void settings_complain(void *arg, enum settings_severity severity,
    const char *file, int line, const char *text);

enum settings_mode {
	SETTINGS_START,  /* a file with an error is left out, but the first */
	SETTINGS_RELOAD, /* any error makes the whole one unusable */
};

/*
 * Reads path and all that it includes. NULL if it cannot be used, which
 * complain has heard all about. What a file that is left out includes is left
 * out too. A command that cannot be run is only worth a warning.
 */
struct settings *settings_load(const char *path, enum settings_mode mode,
    settings_complain *complain, void *arg);

/* The same of text that path is said to hold, where nothing is included. */
struct settings *settings_parse(const char *path, const char *text,
    size_t len, settings_complain *complain, void *arg);

void settings_free(struct settings *s);

/*
 * Where a directive was given, the last time; the main file if it was not, or
 * is NULL. Lives as long as the settings.
 */
struct settings_place settings_where(const struct settings *s,
    const char *directive);

/* Puts "FILE:LINE: " of the directive that err is about in front of it. */
int settings_blame(const struct settings *s, struct error *err);

/* The number of a command, or -1: by exact name, the last definition. */
int settings_find(const struct settings *s, const char *name);

#endif
