/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "agent/settings.h"
#include "agent/settings_print.h"
#include "tests/tap.h"
#include "tests/told.h"

static struct settings *
parse_bytes(const char *text, size_t len)
{
	struct buf complaints = told_start();

	return settings_parse("f", text, len, told_complain, &complaints);
}

static struct settings *
parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

/* --- one line ------------------------------------------------------------- */

#define BLANKS "blanks around '=': NRPE would not understand this line"
#define WORD "means yes, while NRPE takes it for no; write 1"

static const struct {
	const char *line, *complaint; /* without "f:1 " */
	const char *then;             /* printed, if it was taken */
} lines[] = {
	{ "", "", "" },
	{ "# a = b", "", "" },
	{ "server_port=1", "", "server_port=1\n" },
	{ "server_port=65535", "", "server_port=65535\n" },
	{ "server_port=0", "", "server_port=0\n" },
	{ "server_port=65536", "E server_port: 65536 is not between 0 and "
	    "65535", NULL },
	{ "server_port=99999999999999999999", "E server_port: "
	    "99999999999999999999 is not between 0 and 65535", NULL },
	{ "server_port=-1", "E server_port: '-1' is not a whole number",
	    NULL },
	{ "server_port=+1", "E server_port: '+1' is not a whole number",
	    NULL },
	{ "server_port=12x", "E server_port: '12x' is not a whole number",
	    NULL },
	{ "server_port=0x10", "E server_port: '0x10' is not a whole number",
	    NULL },
	{ "server_port=5 # five", "E server_port: '5 # five' is not a whole "
	    "number", NULL },
	{ "server_port=", "E server_port: no value", NULL },
	{ "server_port = 7", "W " BLANKS, "server_port=7\n" },
	{ " \tserver_port=7", "", "server_port=7\n" },
	{ "nrpe_v3 = 1", "", "nrpe_v3=yes\n" },
	{ "nrpe_v2_payload=2048", "", "nrpe_v2_payload=2048\n" },
	{ "nrpe_v2_payload=1023", "E nrpe_v2_payload: 1023 is not between "
	    "1024 and 65536", NULL },
	{ "nrpe_v2_payload=65537", "E nrpe_v2_payload: 65537 is not between "
	    "1024 and 65536", NULL },
	{ "server_port=7 \t\r", "", "server_port=7\n" },
	{ "listen_queue_size=5", "", "listen_queue_size=5\n" },
	{ "listen_queue_size=0", "E listen_queue_size: 0 is not between 1 and "
	    "2147483647", NULL },
	{ "listen_queue_size=65536", "W listen_queue_size: 65536 is more than "
	    "65535, which counts instead", "listen_queue_size=65535\n" },
	{ "command_timeout=86401", "W command_timeout: 86401 is more than "
	    "86400, which counts instead", "command_timeout=86400\n" },
	{ "connection_timeout=30", "", "connection_timeout=30\n" },
	{ "connection_timeout=31", "W connection_timeout: 31 is more than 30, "
	    "which counts instead", "connection_timeout=30\n" },
	{ "connection_timeout=0", "E connection_timeout: 0 is not between 1 "
	    "and 2147483647", NULL },
	{ "connection_timeout=300", "W connection_timeout: 300 is more than "
	    "30, which counts instead", "connection_timeout=30\n" },

	{ "dont_blame_nrpe=1", "", "dont_blame_nrpe=1\n" },
	{ "dont_blame_nrpe=yes", "W dont_blame_nrpe: 'yes' " WORD,
	    "dont_blame_nrpe=1\n" },
	{ "dont_blame_nrpe=true", "W dont_blame_nrpe: 'true' " WORD,
	    "dont_blame_nrpe=1\n" },
	{ "dont_blame_nrpe=on", "W dont_blame_nrpe: 'on' " WORD,
	    "dont_blame_nrpe=1\n" },
	{ "dont_blame_nrpe=2", "W dont_blame_nrpe: '2' counts as 0, as in "
	    "NRPE", "dont_blame_nrpe=0\n" },
	{ "dont_blame_nrpe=-1", "W dont_blame_nrpe: '-1' counts as 0, as in "
	    "NRPE", "dont_blame_nrpe=0\n" },
	{ "dont_blame_nrpe=1x", "E dont_blame_nrpe: '1x' is neither yes nor "
	    "no", NULL },
	{ "disable_syslog=01", "W disable_syslog: '01' counts as 0, as in "
	    "NRPE", "disable_syslog=0\n" },
	{ "nrpe_v3=2", "E nrpe_v3: '2' is neither yes nor no", NULL },
	{ "nrpe_v3=yes", "", "nrpe_v3=yes\n" },
	{ "ssl_enabled=0", "", "ssl_enabled=0\n" },
	{ "ssl_enabled=no", "", "ssl_enabled=0\n" },
	{ "ssl_enabled=false", "", "ssl_enabled=0\n" },
	{ "ssl_enabled=off", "", "ssl_enabled=0\n" },
	{ "ssl_enabled=2", "E ssl_enabled: '2' is neither yes nor no", NULL },
	{ "ssl_enabled=Yes", "E ssl_enabled: 'Yes' is neither yes nor no",
	    NULL },
	{ "ssl_client_certs=2", "", "ssl_client_certs=2\n" },
	{ "ssl_client_certs=3", "E ssl_client_certs: '3' is not 0, 1 or 2",
	    NULL },
	{ "ssl_use_adh=0", "", "ssl_use_adh=0\n" },
	{ "ssl_use_adh=3", "E ssl_use_adh: 3 is not between 0 and 2", NULL },
	{ "ssl_version=TLSv1.2+", "", "ssl_version=TLSv1.2+\n" },
	{ "ssl_version=SSLv2+", "", "ssl_version=SSLv2+\n" },
	{ "ssl_version=TLSv1.4", "E ssl_version: 'TLSv1.4' is not one of: "
	    "SSLv2 SSLv2+ SSLv3 SSLv3+ TLSv1 TLSv1+ TLSv1.1 TLSv1.1+ TLSv1.2 "
	    "TLSv1.2+ TLSv1.3 TLSv1.3+", NULL },
	{ "ssl_version=TLSv1.2 TLSv1.3", "E ssl_version: 'TLSv1.2 TLSv1.3' is "
	    "not one of: SSLv2 SSLv2+ SSLv3 SSLv3+ TLSv1 TLSv1+ TLSv1.1 "
	    "TLSv1.1+ TLSv1.2 TLSv1.2+ TLSv1.3 TLSv1.3+", NULL },
	{ "nasty_metachars=\"`\\n", "", "nasty_metachars=\"`\\n\n" },
	{ "nasty_metachars=", "", "nasty_metachars=\n" },
	{ "log_file=/a b/c", "", "log_file=/a b/c\n" },
	{ "command_prefix=sudo", "", "# command_prefix=sudo\n" },

	{ "server_address=::1", "", "server_address=::1\n" },
	{ "server_address=::1 , 127.0.0.1,192.0.2.1", "",
	    "server_address=::1,127.0.0.1,192.0.2.1\n" },
	{ "server_address=::1,,127.0.0.1", "E server_address: an address is "
	    "empty", NULL },
	{ "server_address=,", "E server_address: an address is empty", NULL },
	{ "server_address=::1,", "E server_address: an address is empty",
	    NULL },
	{ "server_address=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17",
	    "E server_address: more than 16 addresses", NULL },

	{ "max_commands=5", "", "max_commands=5\n" },
	{ "max_commands=-1", "E max_commands: '-1' is not a whole number",
	    NULL },
	{ "allow_weak_random_seed=x", "W allow_weak_random_seed has no "
	    "effect: ", "" },
	{ "ssl_logging=0x2f", "W ssl_logging has no effect: ", "" },
	{ "ssl_shutdown_timeout=5", "W ssl_shutdown_timeout has no effect: ",
	    "" },
	{ "address_family=4", "", "address_family=4\n" },
	{ "address_family=6", "", "address_family=6\n" },
	{ "address_family=any", "", "address_family=any\n" },
	{ "address_family=both", "", "address_family=any\n" },
	{ "address_family=ipv4", "E address_family: 'ipv4' is not any, both, "
	    "4 or 6", NULL },
	{ "server_address=monitor.example", "",
	    "server_address=monitor.example\n" },
	{ "log_facility=local3", "", "log_facility=local3\n" },
	{ "log_facility=lrp", "W log_facility: 'lrp' is not one of: kern user "
	    "mail daemon auth syslog lpr news uucp cron authpriv ftp local0 "
	    "local1 local2 local3 local4 local5 local6 local7; daemon counts "
	    "instead", "log_facility=daemon\n" },
	{ "keep_env_vars=A, LC_", "", "keep_env_vars=A, LC_\n" },
	{ "debug=1", "", "debug=1\n" },
	{ "my_debug_level=1", "W 'my_debug_level' is taken for debug, as NRPE "
	    "does", "debug=1\n" },
	{ "debug2=2", "W 'debug2' is taken for debug, as NRPE does",
	    "debug=1\n" },
	{ "debug=2", "", "debug=1\n" },
	{ "debug=-1", "", "debug=0\n" },
	{ "debug=yes", "W debug: 'yes' " WORD, "debug=1\n" },
	{ "debug=much", "E debug: 'much' is neither yes nor no", NULL },

	{ "server_prot=1", "W unknown directive 'server_prot', did you mean "
	    "server_port?", "" },
	{ "comand[x]=a", "W unknown directive 'comand', did you mean "
	    "command?", "" },
	{ "frobnicate=1", "W unknown directive 'frobnicate'", "" },
	{ "server_port", "E 'server_port' has no '='", NULL },
	{ "=5", "E no name before '='", NULL },
	{ "server_port[x]=5", "E this is written as server_port=VALUE", NULL },
	{ "command=a", "E this is written as command[NAME]=VALUE", NULL },
	{ "command[]=a", "E nothing stands in '[]'", NULL },
	{ "command[x=a", "E no ']' behind '[x=a'", NULL },
	{ "command[x][1]=a", "E this is written as command[NAME]=VALUE",
	    NULL },
	{ "command[x]=", "E command: no value", NULL },
	{ "arg_split[x]=maybe", "E arg_split[x]: 'maybe' is neither yes nor no", NULL },
	{ "arg_split=1", "E this is written as arg_split[NAME]=VALUE", NULL },
	{ "arg_split[x]=1", "W arg_split: there is no command[x]", "" },
	{ "command_user[x]=a,b", "E command_user[x]: there can be but one user",
	    NULL },
	{ "command_user[x]=", "E command_user[x]: a name is empty", NULL },
	{ "command_group[x]=a,,b", "E command_group[x]: a name is empty",
	    NULL },
	{ "command_caps[x]=cap_kil", "E command_caps[x]: there is no "
	    "capability 'cap_kil', did you mean cap_kill?", NULL },
	{ "command_caps=cap_kill", "E this is written as "
	    "command_caps[NAME]=VALUE", NULL },
	{ "command_user[x]=mail", "W command_user: there is no command[x]",
	    "" },
	{ "command_ttl[x]=5", "W command_ttl: there is no command[x]", "" },
	{ "command_ttl[x]=86401", "E command_ttl[x]: 86401 is not between 0 "
	    "and 86400", NULL },
	{ "command_ttl[x]=1.5", "E command_ttl[x]: '1.5' is not a whole "
	    "number", NULL },
	{ "command_ttl=5", "E this is written as command_ttl[NAME]=VALUE",
	    NULL },
	{ "command_arg[x]=integer", "E this is written as "
	    "command_arg[NAME][N]=VALUE", NULL },
	{ "command_arg[x][17]=integer", "E there are arguments 1 to 16",
	    NULL },
	{ "command_arg[x][1]=int", "E 'int' is no rule (integer, number, "
	    "range, one_of, match, length)", NULL },
	{ "command_arg[x][1]=match (", "E match: '(': missing closing "
	    "parenthesis at character 2", NULL },
	{ "command_arg[x][1]=integer", "W command_arg: there is no "
	    "command[x]", "" },

	{ "allowed_hosts=127.0.0.1, ::1,192.0.2.0/24,a.example", "",
	    "allowed_hosts=127.0.0.1, ::1,192.0.2.0/24,a.example\n" },
	{ "ssl_crl_file=/f", "", "ssl_crl_file=/f\n" },
	{ "client_names=a, *.b", "", "ssl_client_certs=2\n" },
	{ "client_names=a, *.b", "", "client_names=a, *.b\n" },
	{ "client_names=", "E client_names: no value", NULL },
	{ "client_names=a,,b", "E client_names: a name is empty", NULL },
	{ "client_names=*", "E client_names: '*': a '*' stands for the whole "
	    "first label of a host's name, as in *.example.org", NULL },
	{ "client_names[a]=b", "E this is written as client_names=VALUE",
	    NULL },
	{ "client_commands[a b]= *, _x* ", "W client_commands: there is no "
	    "command '*'", "client_commands[a b]=*, _x*\n" },
	{ "client_commands[urn:a=b]=*", "W client_commands: there is no "
	    "command '*'", "ssl_client_certs=2\n" },
	{ "client_commands=a", "E this is written as client_commands[NAME]="
	    "VALUE", NULL },
	{ "client_commands[a][1]=a", "E this is written as "
	    "client_commands[NAME]=VALUE", NULL },
	{ "client_commands[a]=", "E client_commands[a]: the name of a command "
	    "is empty", NULL },
	{ "client_commands[a]=b,", "E client_commands[a]: the name of a "
	    "command is empty", NULL },
	{ "client_commands[a*]=b", "E client_commands[a*]: 'a*': a '*' stands "
	    "for the whole first label of a host's name, as in "
	    "*.example.org", NULL },
	{ "client_commands[ a]=b", "E client_commands[ a]: ' a': blanks around "
	    "a name", NULL },
	{ "include=/etc/passwd", "E nothing is included here", NULL },
	{ "include_dir=/etc", "E nothing is included here", NULL },
	{ "include=", "E include: no value", NULL },
};

static void
test_lines(void)
{
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct settings *s = parse(lines[i].line);
		char want[1024] = "";

		if (lines[i].complaint[0] != '\0')
			(void)snprintf(want, sizeof want, "%c f:1 %s",
			    lines[i].complaint[0], lines[i].complaint + 2);
		/* The reasons why something has no effect may be reworded. */
		if (strstr(want, "has no effect: ") != NULL)
			tap_has(told, want, lines[i].line);
		else
			tap_str(told, strcat(want, *want != '\0' ? "\n" : ""),
			    lines[i].line);
		tap_int(s != NULL, lines[i].then != NULL, "whether it is used");
		if (s != NULL && lines[i].then != NULL)
			tap_has(told_settings(s), lines[i].then, "and how");
		settings_free(s);
	}
}

static void
test_hosts(void)
{
	struct settings *s = parse("allowed_hosts=127.0.0.1,a b\n");

	tap_ok(s == NULL, "a list that is none");
	tap_has(told, "E f:1 allowed_hosts: ", "is an error of its line");
	settings_free(s);
	s = parse("allowed_hosts=192.0.2.1\nallowed_hosts=192.0.2.2\n");
	tap_str(told, "W f:2 allowed_hosts replaces the one of f line 1; NRPE "
	    "before 4.2 would add to it\n", "two of them");
	tap_str(s->allowed_hosts, "192.0.2.2", "the last one wins");
	tap_int((long long)s->acl.network_count, 1, "alone");
	settings_free(s);
	s = parse("");
	tap_ok(s->allowed_hosts == NULL, "none");
	tap_int((long long)s->acl.network_count, 2, "means 127.0.0.0/8, ::1");
	tap_int(s->acl.networks[0].bits, 104, "the one");
	tap_int(s->acl.networks[1].bits, 128, "and the other");
	settings_free(s);
}

/* Each second line is told of, but for those that add up or mean nothing. */
static void
test_twice(void)
{
	struct settings *s = parse("server_port=1\nserver_port=2\n"
	    "ssl_logging=1\nssl_logging=2\n"
	    "command[a]=p $ARG1$\ncommand[b]=p\n"
	    "command_user[a]=mail\ncommand_user[b]=mail\n"
	    "command_user[a]=daemon\n"
	    "command_ttl[a]=0\ncommand_ttl[a]=3\ncommand_ttl[a]=4\n"
	    "command_arg[a][1]=integer\ncommand_arg[a][1]=length 1..2\n");
	const char *from = strstr(told, "W f:2");

	tap_str(from != NULL ? from : told,
	    "W f:2 server_port replaces the one of f line 1\n"
	    "W f:9 command_user[a] replaces the one of f line 7\n"
	    "W f:12 command_ttl[a] replaces the one of f line 11\n",
	    "what is given twice");
	tap_int(s->port, 2, "the last one counts");
	settings_free(s);
}

/* What was given where, and what errors make of it. */
static void
test_where(void)
{
	struct settings *s = parse("\npid_file=/a\npid_file=/b\n");
	struct error err;

	tap_str(settings_where(s, "pid_file").file, "f", "the file");
	tap_int(settings_where(s, "pid_file").line, 3, "the last line");
	tap_int(settings_where(s, "log_file").line, 0, "not given");
	tap_str(settings_where(s, "log_file").file, "f", "is the file's");
	tap_int(settings_where(s, NULL).line, 0, "nor is nothing");

	(void)error_set(&err, "/b: full");
	tap_int(error_about(&err, "pid_file"), -1, "an error about it");
	tap_int(settings_blame(s, &err), -1, "stays one");
	tap_str(err.text, "f:3: /b: full", "with its place");
	(void)error_set(&err, "too late");
	(void)settings_blame(s, &err);
	tap_str(err.text, "too late", "another has none");
	settings_free(s);
}

/* --- texts ---------------------------------------------------------------- */

static void
test_defaults(void)
{
	struct settings *s = parse("\n\n");

	tap_str(told, "", "nothing is wrong with an empty file");
	tap_int(s->port, 5666, "port");
	tap_int(s->backlog, 128, "backlog");
	tap_int(s->command_timeout, 60, "command_timeout");
	tap_int(s->connection_timeout, 10, "connection_timeout");
	tap_int(s->tls_adh, -1, "ssl_use_adh");
	tap_int(s->nrpe_v2_payload, 1024, "nrpe_v2_payload");
	tap_ok(s->tls && s->in_process, "on: TLS, in_process");
	tap_ok(!s->arguments && !s->substitution && !s->nrpe_v3 && !s->debug &&
	    !s->disable_syslog, "off: the rest");
	tap_int(s->tls_client_certs, CLIENT_CERTS_NONE, "certificates");
	tap_ok(s->nasty == NULL && s->user == NULL && s->tls_key == NULL,
	    "no text");
	settings_free(s);
}

static void
test_commands(void)
{
	struct settings *s = parse("arg_split[b]=yes\n"
	    "command_arg[a][2]=integer 1..5\ncommand_arg[a][2]=length ..1\n"
	    "command[a]=p  'x y' $ARG2$\ncommand_arg[a][3]=integer\n"
	    "command[b]=p $ARG1$\n"
	    "command_prefix=sudo -n\n"
	    "command[c]=p | q\n"
	    "command [d]\t= p\n"
	    "command[A]=p\ncommand[a ]=q\n");

	tap_str(told, "W f:8 command[c] cannot be run: needs a shell for '|' "
	    "(a pipe): write sh -c '...' or a script; in single quotes it "
	    "stands for itself\n"
	    "W f:5 command[a] has no $ARG3$\n", "what is odd");
	tap_has(told_settings(s), "# command_prefix=sudo -n\n", "the prefix");
	tap_has(told_settings(s), "\n# f:4\n"
	    "command[a]=sudo -n p 'x y' $ARG2$\n"
	    "command_arg[a][2]=integer 1..5\n"
	    "command_arg[a][2]=length ..1\n"
	    "command_arg[a][3]=integer\n"
	    "\n# f:6\n"
	    "command[b]=sudo -n p $ARG1$\narg_split[b]=yes\n"
	    "\n# f:8\n# command[c] cannot be run: needs a shell", "commands");
	tap_str(s->commands[0].line, "p  'x y' $ARG2$", "a line as written");
	tap_int(settings_find(s, "a"), 0, "found");
	tap_int(settings_find(s, "A"), 4, "by the letter");
	tap_int(settings_find(s, "a "), 5, "with its blanks");
	tap_int(settings_find(s, "e"), -1, "or not");
	settings_free(s);

	s = parse("command[a]=one\ncommand[b]=two\ncommand[a]=three\n");
	tap_str(told, "W f:3 command[a] replaces the one of f line 1\n",
	    "a name twice");
	tap_int((long long)s->command_count, 2, "is one command");
	tap_str(s->commands[settings_find(s, "a")].argv[0], "three",
	    "the last one");
	settings_free(s);

	s = parse("command[a]=p\ncommand_user[a]=mail\n"
	    "command_group[a]=adm, 4\ncommand_caps[a]=CAP_KILL,cap_chown\n");
	tap_has(told_settings(s), "command[a]=p\ncommand_user[a]=mail\n"
	    "command_group[a]=adm, 4\ncommand_caps[a]=cap_chown,cap_kill\n",
	    "whose rights it has");
	settings_free(s);

	s = parse("arg_split[a]=1\narg_split[a]=0\ncommand[a]=p\n");
	tap_ok(!s->commands[0].split, "the last arg_split wins");
	settings_free(s);
}

/* Commands may be defined behind what says who may ask for them. */
static void
test_clients(void)
{
	struct settings *s = parse("client_commands[a]=x*, z\n"
	    "client_commands[a]=y\ncommand[x1]=p\ncommand[y]=p\n"
	    "client_names=b\nclient_names=a,c\nssl_client_certs=1\n");
	const struct peer_name a = { PEER_NAME_DNS, (const uint8_t *)"a", 1 };
	const struct peer_name b = { PEER_NAME_DNS, (const uint8_t *)"b", 1 };

	tap_str(told, "W f:6 client_names replaces the one of f line 5\n"
	    "W f:1 client_commands: there is no command 'z'\n",
	    "what there is not");
	tap_ok(access_grants(&s->access, &a, 0) &&
	    access_grants(&s->access, &a, 1), "two lines add up");
	tap_ok(!access_grants(&s->access, &b, 0), "for that client alone");
	tap_ok(access_find_name(&s->access, &a) != NULL &&
	    access_find_name(&s->access, &b) == NULL,
	    "of two client_names the last one wins");
	tap_int(s->tls_client_certs, CLIENT_CERTS_REQUIRE,
	    "it takes a certificate, whatever is said");
	settings_free(s);
	s = parse("command[a]=p\n");
	tap_ok(!s->access.limited && s->access.name_count == 0 &&
	    s->tls_client_certs == CLIENT_CERTS_NONE, "nobody is named");
	settings_free(s);
}

/* Each line has its number; all are looked at. */
static void
test_errors(void)
{
	struct settings *s = parse("# one\n\nserver_port=x\r\ndebug=1\n=\n"
	    "server_addres=1\nssl_enabled=perhaps");

	tap_ok(s == NULL, "errors");
	tap_str(told, "E f:3 server_port: 'x' is not a whole number\n"
	    "E f:5 no name before '='\n"
	    "W f:6 unknown directive 'server_addres', did you mean "
	    "server_address?\n"
	    "E f:7 ssl_enabled: 'perhaps' is neither yes nor no\n",
	    "each on its line");
	settings_free(s);
}

static void
test_bytes(void)
{
	static const char zero[] = "debug=1\nserver_port=1\0" "2\ndebug=0";
	static char text[2 * SETTINGS_LINE_MAX];
	struct settings *s;

	s = parse_bytes(zero, sizeof zero - 1);
	tap_ok(s == NULL, "a zero byte");
	tap_str(told, "E f:2 there is a zero byte in the line\n", "is told");
	settings_free(s);

	memset(text, 'x', sizeof text - 1);
	memcpy(text, "log_file=", 9);
	strcpy(text + SETTINGS_LINE_MAX, "\ndebug=1\n");
	s = parse(text);
	tap_str(told, "", "a line of 64 KiB");
	tap_ok(s != NULL && strlen(s->log_file) == SETTINGS_LINE_MAX - 9,
	    "is read whole");
	tap_ok(s != NULL && s->debug, "and the one behind it");
	settings_free(s);
	strcpy(text + SETTINGS_LINE_MAX, "x\nserver_port=x\n");
	s = parse(text);
	tap_ok(s == NULL, "a byte more");
	tap_str(told, "E f:1 the line is longer than 64 KiB\n"
	    "E f:2 server_port: 'x' is not a whole number\n", "is told");
	settings_free(s);
}

static void
test_many_commands(void)
{
	size_t size = 64 * (size_t)(SETTINGS_COMMANDS_MAX + 1);
	char *text = malloc(size);
	struct buf b = buf_on(text, size);
	struct settings *s;

	for (int i = 0; i < SETTINGS_COMMANDS_MAX; i++)
		buf_fmt(&b, "command[c%d]=p\n", i);
	s = parse(text);
	tap_str(told, "", "4096 commands");
	tap_int(s == NULL ? -1 : settings_find(s, "c4095"), 4095, "the last");
	settings_free(s);
	buf_str(&b, "command[c0]=q\ncommand[one_more]=p\n");
	s = parse(text);
	tap_ok(s == NULL, "one more");
	tap_str(told, "W f:4097 command[c0] replaces the one of f line 1\n"
	    "E f:4098 out of memory, or more than 4096 commands\n", "is told");
	settings_free(s);

	buf_cut(&b, 0);
	buf_str(&b, "command[a]=p $ARG1$\n");
	for (int i = 0; i < 9; i++)
		buf_str(&b, "command_arg[a][1]=integer\n");
	s = parse(text);
	tap_ok(s == NULL, "nine rules");
	tap_str(told, "E f:10 more than 8 rules for one argument\n",
	    "are too many");
	settings_free(s);
	free(text);
}

/* What is printed is read as the same again. */
static void
test_round(void)
{
	struct settings *s = parse("server_address=::1,192.0.2.1\n"
	    "allowed_hosts=192.0.2.0/24\nssl_use_adh=0\nnasty_metachars=\\n\n"
	    "command[a]=/p -w '$1 it'\\''s' \"\" \\$x $ARG1$x '$ARG2$' $$\n"
	    "command_arg[a][1]=match ^\\d+$\narg_split[a]=1\n"
	    "command[b]=sh -c 'a \"$1\"' sh $ARG1$\n"
	    "client_names=a,*.b.c\nclient_commands[x y]= a* ,b\n"
	    "client_commands[*.b.c]=b\nssl_cacert_file=/c\n"
	    "ssl_crl_file=/d\ncommand_ttl[a]=30\n");
	char *first = strdup(told_settings(s)), *second;

	tap_str(told, "", "no complaint");
	settings_free(s);
	s = parse(first);
	tap_str(told, "", "nor about what was printed");
	tap_has(first, "\n# f:5\ncommand[a]=/p -w '$$1 it'\\''s' '' '$$x' "
	    "$ARG1$x '$ARG2$' $$\n", "as one would write it");
	second = strdup(told_settings(s));
	tap_has(second, "command[a]=/p -w '$$1 it'\\''s' '' '$$x' "
	    "$ARG1$x '$ARG2$' $$\n", "the same again");
	settings_free(s);
	s = parse(second);
	tap_str(told_settings(s), second, "and all, with its line numbers");
	settings_free(s);
	free(first);
	free(second);
}

static void
test_help(void)
{
	static char text[16384];
	FILE *out = fmemopen(text, sizeof text, "w");

	settings_print_help(out);
	fclose(out);
	tap_has(text, "server_port\n\tthe port to listen on; 0: one that the kernel "
	    "chooses, and the log says (default: 5666)\n",
	    "a number");
	tap_has(text, "ssl_enabled\n\tspeak TLS (default: 1)\n", "a flag");
	tap_has(text, "command_arg[NAME][N]\n\t", "a form");
	tap_has(text, "ssl_logging\n\tno effect: ", "one without effect");
}

int
main(void)
{
	test_lines();
	test_hosts();
	test_twice();
	test_where();
	test_defaults();
	test_commands();
	test_clients();
	test_errors();
	test_bytes();
	test_many_commands();
	test_round();
	test_help();
	return tap_done();
}
