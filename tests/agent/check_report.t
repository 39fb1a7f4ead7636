#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# beffroid --check of a configuration that has grown over the years: all that it
# prints.
use strict;
use warnings;

use Beffroi;
use File::Copy ();
use Test::More;

my $agent = POSIX::getcwd() . '/agent/beffroid';
my $data = "$Beffroi::srcdir/tests/data";
my $dir = scratch();
chmod 0755, $dir;
my $user = getpwuid(is_root() ? ordinary_user() : $>);
my $group = getgrgid((getpwnam $user)[3]);

# The programs it names, as far as a host of today still has them.
mkdir "$dir/$_" for 'plugins', 'resident', 'nrpe.d', 'state', 'bin';
for my $name (qw(check_users check_procs check_mailq check_file_age)) {
	spew("$dir/plugins/$name", "#!/bin/sh\n");
	chmod 0755, "$dir/plugins/$name";
}
spew("$dir/bin/sudo", "#!/bin/sh\n");
chmod 0755, "$dir/bin/sudo";
chmod 0644, "$dir/plugins/check_file_age";
for my $check (split ' ', `MAKEFLAGS= make -s print-checks`) {
	my ($name) = $check =~ m{([^/]+)$};
	File::Copy::copy($check, "$dir/resident/$name") or die "$check: $!";
	chmod 0755, "$dir/resident/$name";
}

my %places = (dir => $dir, user => $user, group => $group,
	bin => "$dir/bin", plugins => "$dir/plugins", resident => "$dir/resident");

sub fill {
	my ($text) = @_;
	$text =~ s/\@(\w+)\@/$places{$1}/g;
	return $text;
}

spew("$dir/nrpe.cfg", fill(slurp("$data/old_nrpe.cfg")));
spew("$dir/nrpe.d/local.cfg", <<"EOF_CFG");
plugin_directory=$dir/resident
state_directory=$dir/state
EOF_CFG

my $r = run($agent, '--check', '-c', "$dir/nrpe.cfg");
is($r->{err}, '', 'nothing on stderr');
is($r->{code}, 0, 'it would start');
is($r->{out}, fill(slurp("$data/old_nrpe.report")), 'the report')
	or diag($r->{out} =~ s/\Q$dir\E/\@dir\@/gr);
is_deeply([ glob("$dir/state/*"), glob("$dir/nrpe.pid*") ], [],
	'nothing was made');

done_testing();
