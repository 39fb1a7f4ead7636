#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# What the stock client gets for what a command prints and ends with: cases 25
# to 36, without the slow ones (plugins.t).
use strict;
use warnings;

use Agent;
use Beffroi;
use Cases;
use Nrpe;
use Test::More;

my $perl = $^X;
my $last_words = 'echo last words; kill -9 $$$$';
# What the original runs is a shell, whose child would not count.
my $killed = is_original() ? $last_words : "/bin/sh -c '$last_words'";
my $commands = <<"EOF_COMMANDS";
command_timeout=20
keep_env_vars=BEFFROI_TEST_KEPT,BEFFROI_TEST_NONE
command[ok]=/bin/echo all is well
command[warning]=/bin/sh -c 'echo beware; exit 1'
command[critical]=/bin/sh -c 'echo broken; exit 2'
command[unknown]=/bin/sh -c 'echo lost; exit 3'
command[four]=/bin/sh -c 'echo four; exit 4'
command[exit127]=/bin/sh -c 'echo shell; exit 127'
command[exit255]=/bin/sh -c 'echo most; exit 255'
command[killed]=$killed
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
command[environment]=\@dir\@/plugin env
command[cwd]=\@dir\@/plugin cwd
command[fds]=\@dir\@/plugin fds
command[reads]=/usr/bin/wc -c
EOF_COMMANDS

my $many = join '', map { sprintf '%07d', $_ } 1 .. 10000;
my $unread = 'NRPE: Unable to read output';

# [ name, state, output ] of what is to be the same in each version.
my %cases = (
	states => [
		[ 'ok', 0, "all is well\n" ],
		[ 'warning', 1, "beware\n" ],
		[ 'critical', 2, "broken\n" ],
		[ 'unknown', 3, "lost\n" ],
		[ 'four', 3, "four\n" ],
		[ 'exit127', 3, "shell\n" ],
		[ 'exit255', 3, "most\n" ],
		[ 'killed', 2, qr/\Alast words\n/ ],
	],
	names => [
		[ 'twice', 0, "second\n" ],
		[ 'with blank ', 0, "blank\n" ],
		map { [ $_, 3, "NRPE: Command '$_' not defined\n" ] }
			'OK', 'with blank', 'ok ', ' ok',
	],
	silence => [
		[ 'silent', 3, "$unread\n" ],
		[ 'silent2', 3, "$unread\n" ],
		[ 'both', 0, "out\n" ],
		[ 'stderr', 3, is_original() ? "$unread\n" :
			qr/\A$unread.*\bone$/ ],
	],
	text => [
		[ 'lines', 0, "first\n\nthird\n\n" ],
		[ 'utf8', 0, "Glöckchen läuten: ☎\n" ],
		[ 'nul', 0, "before\n" ],
	],
);

# Asks the stock client for each of a list, all at once.
sub look {
	my ($agent, $args, @list) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @got = $agent->check_nrpe_at_once(
		map { [ @$args, '-c', $_->[0] ] } @list);
	for my $case (@list) {
		my ($name, $code, $out) = @$case;
		my $r = shift @got;
		is($r->{code}, $code, "'$name': the state");
		if (ref $out) {
			like($r->{out}, $out, "'$name': the words");
		} else {
			ok($r->{out} eq $out, "'$name': the words") or
				diag(length $r->{out}, ' bytes: ',
					substr $r->{out}, 0, 80);
		}
	}
	return;
}

sub in_each_version {
	my ($agent, @list) = @_;
	for my $version (2, 4) {
		subtest "v$version" => sub {
			look($agent, $version == 2 ? ['-2'] : [], @list);
		};
	}
	return;
}

sub unknown_names {
	my ($agent) = @_;
	matches 'case 25: a name that is not known' => sub {
		in_each_version($agent, [ 'none', 3,
			"NRPE: Command 'none' not defined\n" ]);
		my $r = answered($agent, { version => 2, text => 'n' x 1023 },
			qr/^NRPE: Command 'n+$/, 'one of 1023 bytes, in v2');
		is($r->{result}, 3, 'UNKNOWN');
		$r = answered($agent, { text => 'n' x 3000 },
			qr/^NRPE: Command 'n+/, 'one of 3000 bytes, in v4');
		is($r->{result}, 3, 'UNKNOWN');
		cmp_ok(length $r->{text}, '<=', 2047, 'as short as of NRPE');
	};
	matches 'case 26: names are exact, and the last one counts' => sub {
		in_each_version($agent, @{ $cases{names} });
	};
	return;
}

sub states {
	my ($agent) = @_;
	matches 'case 27: how a command ends' => sub {
		in_each_version($agent, @{ $cases{states} });
	};
	matches 'case 28: no output' => sub {
		in_each_version($agent, @{ $cases{silence} });
	};
	matches 'case 34: no other result is ever sent' => sub {
		for my $case (@{ $cases{states} }) {
			my ($name, $code) = @$case;
			my $r = answered($agent, { text => $name }, qr/./,
				$name);
			is($r->{result}, $code, "$name: its result");
		}
	};
	matches 'case 35: no such program' => sub {
		in_each_version($agent, [ 'absent', 3, qr/\A$unread/ ]);
	};
	return;
}

sub lengths {
	my ($agent) = @_;
	matches 'case 31: lines and characters' => sub {
		in_each_version($agent, @{ $cases{text} });
	};
	matches 'case 32: more than v2 has room for' => sub {
		look($agent, ['-2'], [ 'bytes1023', 0, 'x' x 1023 . "\n" ],
			[ 'bytes1024', 0, 'x' x 1023 . "\n" ],
			[ 'bytes60000', 0, 'x' x 1023 . "\n" ],
			is_original() ? () :
			( # not half of a character
				[ 'utf8long', 0, 'x' x 1022 . "\n" ],
				[ 'bytes70000', 0,
				substr($many, 0, 1023) . "\n" ]));
	};
	matches 'case 33: as much as v4 has room for' => sub {
		look($agent, [], [ 'bytes1024', 0, 'x' x 1024 . "\n" ],
			[ 'bytes60000', 0, 'x' x 60000 . "\n" ],
			# 4.1 loses what is beyond a pipe's room; 4.2 does not
			is_original() ? () :
			([ 'bytes65535', 0, 'x' x 65535 . "\n" ],
			[ 'bytes70000', 0, substr($many, 0, 65535) . "\n" ]));
	};
	return;
}

sub environment {
	my ($agent) = @_;
	my @passwd = getpwnam $agent->{user};
	my %is = (
		BEFFROI_TEST_KEPT => 'handed on',
		HOME => $passwd[7],
		IFS => " \t\n",
		LOGNAME => $passwd[0],
		NRPE_MULTILINESUPPORT => 1,
		PATH => '/usr/bin:/bin:/usr/sbin:/sbin',
		PWD => '/',
		SHELL => $passwd[8],
		USER => $passwd[0],
	);
	matches 'case 36: the world of a command' => sub {
		my $env = $agent->check_nrpe('-c', 'environment')->{out};
		$env =~ s/^(IFS=[ \t]*)\n\n?/$1\\n\n/m;
		my %has = $env =~ /^(\w+)=(.*)$/mg;
		s/\\n/\n/ for values %has;
		like(delete $has{NRPE_PROGRAMVERSION}, qr/^4\.\d/,
			'the version of the protocol\'s reference');
		delete @has{qw(_ SHLVL OLDPWD)} if is_original(); # of its sh
		is_deeply(\%has, \%is, 'its environment');
		look($agent, [], [ 'cwd', 0, "/\n" ], [ 'reads', 0, "0\n" ]);
		my $fds = $agent->check_nrpe('-c', 'fds')->{out};
		like($fds, qr{^0 /dev/null$}m, 'its stdin');
		like($fds, qr{\A0 .*\n1 .*\n2 .*\n\z}, 'and no descriptor more')
			if !is_original();
	};
	return;
}

$ENV{BEFFROI_TEST_KEPT} = 'handed on';
$ENV{BEFFROI_TEST_SECRET} = 'not handed on';
delete $ENV{BEFFROI_TEST_NONE};
both_ways($commands, { programs => ['tests/agent/plugin'] }, sub {
	my ($agent) = @_;
	unknown_names($agent);
	states($agent);
	lengths($agent);
	environment($agent);
});

done_testing();
