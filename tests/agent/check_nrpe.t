#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# What the stock client gets, over TLS and plain, in the versions it speaks.
use strict;
use warnings;

use Agent;
use Beffroi;
use Test::More;

my $perl = $^X;
my $commands = <<"EOF_COMMANDS";
command_timeout=20
command[ok]=/bin/echo all is well
command[warning]=/bin/sh -c 'echo beware; exit 1'
command[critical]=/bin/sh -c 'echo broken; exit 2'
command[unknown]=/bin/sh -c 'echo lost; exit 3'
command[four]=/bin/sh -c 'echo four; exit 4'
command[exit127]=/bin/sh -c 'echo shell; exit 127'
command[exit255]=/bin/sh -c 'echo most; exit 255'
command[killed]=/bin/sh -c 'echo last words; kill -9 \$\$\$\$'
command[bytes1023]=$perl -e 'print "x" x 1023'
command[bytes1024]=$perl -e 'print "x" x 1024'
command[bytes60000]=$perl -e 'print "x" x 60000'
command[bytes65535]=$perl -e 'print "x" x 65535'
command[bytes70000]=$perl -e 'printf "%07d", \$\$_ for 1 .. 10000'
command[lines]=/bin/sh -c 'echo first; echo; echo third; echo'
command[utf8]=/bin/echo Glöckchen läuten: ☎
command[utf8long]=$perl -e 'print "x" x 1022, "ö"'
command[nul]=$perl -e 'print "before\\0after"'
command[silent]=/bin/true
command[silent2]=/bin/sh -c 'exit 2'
command[stderr]=/bin/sh -c 'echo one >&2; echo two >&2; exit 2'
command[both]=/bin/sh -c 'echo out; echo err >&2'
command[absent]=/nonexistent/check_nothing -w 1
command[twice]=/bin/echo first
command[twice]=/bin/echo second
command[with blank ]=/bin/echo blank
EOF_COMMANDS

my $many = join '', map { sprintf '%07d', $_ } 1 .. 10000;
my $unread = 'NRPE: Unable to read output';

# All that holds whatever it is asked in.
sub look {
	my ($agent, $how, @args) = @_;
	my $answers = sub {
		my ($name, $code, $out) = @_;
		$agent->answers([ @args, '-c', $name ], $code, $out,
			"$how: $name");
	};
	$answers->('_NRPE_CHECK', 0, qr/\ANRPE v4\.\d[^\n]*\n\z/);
	$answers->('ok', 0, "all is well\n");
	$answers->('warning', 1, "beware\n");
	$answers->('critical', 2, "broken\n");
	$answers->('unknown', 3, "lost\n");
	$answers->('four', 3, "four\n");
	$answers->('exit127', 3, "shell\n");
	$answers->('exit255', 3, "most\n");
	$answers->('killed', 2, qr/\Alast words\n/);
	$answers->('bytes1023', 0, 'x' x 1023 . "\n");
	$answers->('lines', 0, "first\n\nthird\n\n");
	$answers->('utf8', 0, "Glöckchen läuten: ☎\n");
	$answers->('nul', 0, "before\n");
	$answers->('silent', 3, "$unread\n");
	$answers->('silent2', 3, "$unread\n");
	$answers->('stderr', 3, qr/\A$unread.*\bone$/);
	$answers->('both', 0, "out\n");
	$answers->('absent', 3, qr/\A$unread|\ANRPE: .*check_nothing/);
	$answers->('twice', 0, "second\n");
	$answers->('with blank ', 0, "blank\n");
	for my $none ('none', 'OK', 'with blank', 'ok ') {
		$answers->($none, 3,
			"NRPE: Command '$none' not defined\n");
	}
	$agent->answers([@args], 0, qr/\ANRPE v4\.\d[^\n]*\n\z/, "$how: no command");
	return;
}

# What fits into a packet of version 4, and what does not.
sub long_v4 {
	my ($agent, $how, @args) = @_;
	my $answers = sub {
		my ($name, $out) = @_;
		my $r = $agent->check_nrpe(@args, '-c', $name);
		is($r->{code}, 0, "$how: $name: the state");
		ok($r->{out} eq "$out\n", "$how: $name: the words")
			or diag(length($r->{out}), ' bytes: ',
				substr $r->{out}, 0, 80);
	};
	$answers->('bytes1024', 'x' x 1024);
	$answers->('bytes60000', 'x' x 60000);
	$answers->('bytes65535', 'x' x 65535);
	$answers->('bytes70000', substr $many, 0, 65535);
	return;
}

sub long_v2 {
	my ($agent, $how, @args) = @_;
	my $answers = sub {
		my ($name, $out) = @_;
		$agent->answers([ @args, '-c', $name ], 0, "$out\n",
			"$how: $name");
	};
	$answers->('bytes1024', 'x' x 1023);
	$answers->('bytes60000', 'x' x 1023);
	$answers->('bytes70000', substr $many, 0, 1023);
	$answers->('utf8long', 'x' x 1022); # not half of a character
	return;
}

for my $plain (0, 1) {
	my $how = $plain ? 'plain' : 'TLS';
	my $agent = Agent->start($commands, args => [ ('-n') x $plain ]);
	look($agent, "$how, v4");
	long_v4($agent, "$how, v4");
	look($agent, "$how, v2", '-2');
	long_v2($agent, "$how, v2", '-2');
	# Version 3 is refused on purpose: the client asks again in 2.
	$agent->answers([ '-3', '-c', 'ok' ], 0, qr/^all is well$/m,
		"$how, v3 falls back");
	my $r = $agent->check_nrpe('-c', 'c' x 1000);
	is($r->{code}, 3, "$how: a very long name is unknown");
	$agent->answers([ '-c', 'ok' ], 0, "all is well\n", "$how: at the end");
	$agent->stops;
}

# Who asks in the wrong way gets nothing, and harms nobody.
my $tls = Agent->start($commands);
$tls->fails([ '-n', '-t', 5, '-c', 'ok' ], 'plain to a TLS port');
$tls->answers([ '-c', 'ok' ], 0, "all is well\n", 'then as it should be');

# The agent's own certificate brings TLS 1.3 without any option.
for my $version ('TLSv1.2', 'TLSv1.2+', 'TLSv1.3') {
	$tls->answers([ '-S', $version, '-c', 'ok' ], 0, qr/^all is well$/m,
		"over $version");
}
for my $old ('TLSv1', 'TLSv1.1') {
	$tls->fails([ '-S', $old, '-c', 'ok' ], "not over $old");
}
$tls->fails([ '-S', 'TLSv1.2', '-d', 2, '-c', 'ok' ],
	'nor without a certificate');
$tls->stops;

# ssl_enabled=0 is the same as -n.
my $plain = Agent->start("ssl_enabled=0\n$commands");
$plain->answers([ '-n', '-c', 'ok' ], 0, "all is well\n", 'ssl_enabled=0');
$plain->stops;

done_testing();
