#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# The manual pages and the program know the same directives and options; and
# the configuration that is installed is one without a fault.
use strict;
use warnings;

use Agent;
use Beffroi;
use Test::More;

my $srcdir = $Beffroi::srcdir;
my $program = './agent/beffroid';

# What the rows of the table begin with.
my $table = slurp("$srcdir/agent/directive_table.c");
my @directives = $table =~
	/^\t(?:FIELD|UNUSED|OTHER)\((?:DIRECTIVE_\w+, )?"(\w+)"/mg;
cmp_ok(scalar @directives, '>', 40, 'directives in the table');
my @rows = $table =~ /^\t(?:FIELD|UNUSED|OTHER)\(/mg;
is(scalar @directives, scalar @rows, 'each row was read');

my $page = slurp("$srcdir/agent/beffroid.conf.5");
my @described = map { /\bIc (\w+)/g } $page =~ /^\.It (Ic .*)/mg;
is_deeply([ sort @described ], [ sort @directives ],
	'beffroid.conf(5) describes each, once, and no other');

my $help = run($program, '--help');
is($help->{code}, 0, '--help is no failure');
my @options = sort $help->{out} =~ /^ +(?:-\w, +)?--([\w-]+)/mg;
cmp_ok(scalar @options, '>', 5, 'options in --help');
my @in_page = map { /Fl -([\w-]+)/ } slurp("$srcdir/agent/beffroid.8") =~
	/^\.It (Fl .*)/mg;
is_deeply([ sort @in_page ], \@options, 'beffroid(8) describes each option');
is(run($program, '-V')->{code}, 0, '-V is no failure');

subtest 'the pages are sound' => sub {
	my $mandoc = need('mandoc');
	for my $page ('beffroid.8', 'beffroid.conf.5') {
		my $r = run($mandoc, '-Tlint', '-Wwarning',
			"$srcdir/agent/$page");
		is($r->{out}, '', $page);
	}
};

subtest 'what is installed' => sub {
	my $conf = slurp('contrib/beffroid.conf');
	unlike($conf, qr/\@\w+\@/, 'its places are filled in');
	my %commands = $conf =~ /^command\[(\w+)\]=(\S+)/mg;
	my %checks = map { m{([^/]+)$} => 1 }
		split ' ', `MAKEFLAGS= make -s print-checks`;
	is_deeply([ sort keys %commands ], [ sort keys %checks ],
		'it has all checks');

	my ($plugins) = $conf =~ /^plugin_directory=(.*)/m;
	$conf =~ s{\Q$plugins\E}{\@dir\@/plugins}g;
	# A user that is not here, unless it is installed.
	my $user = is_root() ? getpwuid(ordinary_user()) : getpwuid($>);
	like($conf, qr/^nrpe_user=beffroi$/m, 'its user is the units\'');
	$conf =~ s/^nrpe_user=.*/nrpe_user=$user/m;
	my %places = (server_port => '@port@',
		state_directory => '@dir@/state', run_directory => '@dir@/run');
	$conf =~ s/^$_=.*/$_=$places{$_}/m for keys %places;
	my $agent = Agent->start($conf);
	my $said = run($program, '--check', '-c', $agent->config);
	is($said->{code}, 0, '--check finds no fault');
	like($said->{out}, qr/: 0 errors, 0 warnings$/m, 'and no warning');
	for my $name (sort keys %commands) {
		my $r = $agent->check_nrpe('-c', $name);
		like($r->{out}, qr/\A[A-Z]+ [A-Z]+ - .* \| /,
			"$name answers");
	}
	# Each example behind a "#" is one, too.
	(my $all = slurp($agent->config)) =~
		s/^#((?:dont_blame_nrpe|command\S*|arg_split\S*)=)/$1/mg;
	spew($agent->dir . '/all.cfg', $all);
	$said = run($program, '--check', '-c', $agent->dir . '/all.cfg');
	like($said->{out}, qr/: 0 errors, 0 warnings$/m,
		'its examples have no fault either');
	$agent->stops;
};

done_testing();
