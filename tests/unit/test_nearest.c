/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "common/nearest.h"
#include "tests/tap.h"

static const char *const words[] = {
	"server_port", "server_address", "debug", "user",
	"allow_bash_command_substitution_and_more_than_that",
};

static const struct {
	const char *typed, *meant, *what;
} cases[] = {
	{ "server_prt", "server_port", "a letter is missing" },
	{ "serverr_port", "server_port", "one too many" },
	{ "serverXport", "server_port", "another one" },
	{ "SERver_port", "server_port", "three others" },
	{ "SERVer_port", "none", "four are too many" },
	{ "server_a", "server_address", "a beginning" },
	{ "server_", "server_port", "the first of two" },
	{ "uxer", "user", "a short word" },
	{ "usr", "user", "of three letters one may be wrong" },
	{ "xsr", "none", "not two" },
	{ "u", "none", "one letter is no beginning" },
	{ "", "none", "nothing at all" },
	{ "allow_bash_command_substitution_and_more_than_thaX", "none",
	    "words too long to compare" },
	{ "allow_bash_command_substitution_and_more", "allow_bash_command_"
	    "substitution_and_more_than_that", "but not to begin" },
};

int
main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nearest n = nearest_to(cases[i].typed,
		    strlen(cases[i].typed));

		for (size_t j = 0; j < COUNT(words); j++)
			nearest_try(&n, words[j]);
		tap_str(n.word != NULL ? n.word : "none", cases[i].meant,
		    cases[i].what);
	}
	return tap_done();
}
