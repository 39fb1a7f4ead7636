#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Debian's own nrpe.cfg, unchanged: the answers are those of Debian's nrpe.
use strict;
use warnings;

use Agent;
use Beffroi;
use Test::More;

my $file = '/etc/nagios/nrpe.cfg';
my $nrpe = need('nrpe');
my $user = getpwnam('nagios') ? 'nagios' : getpwuid(ordinary_user());

# Only what two at the same time cannot share; what comes last counts.
my $config = "include=$file\nserver_port=\@port\@\npid_file=\@dir\@/pid\n";
my %commands = slurp($file) =~ /^command\[(\w+)\]=(.*)/mg;
is(scalar keys %commands, 5, 'commands there');

my $ours = Agent->start($config, user => $user);
my $theirs = Agent->start($config, user => $user, program => $nrpe);
unlike($ours->log, qr/\berror\b/i, 'nothing in it is an error');

# An answer without its figures.
sub shape {
	my ($r) = @_;
	(my $out = $r->{out}) =~ s/\d+(?:\.\d+)?/N/g;
	return "$r->{code} $out";
}

for my $name (sort keys %commands) {
	my (@ours, @theirs);
	# A figure may cross a limit between two looks, but not each time.
	my $same = 0;
	for (my $try = 0; $try < 5 && !$same; $try++) {
		push @ours, shape($ours->check_nrpe('-c', $name));
		push @theirs, shape($theirs->check_nrpe('-c', $name));
		$same = $ours[-1] eq $theirs[-1];
	}
	ok($same, "$name answers the same")
		or diag("ours: @ours\ntheirs: @theirs");
	unlike($ours[-1], qr/NRPE:|CHECK_NRPE/, "$name was run");
}

is(shape($ours->check_nrpe('-c', 'check_none')),
	shape($theirs->check_nrpe('-c', 'check_none')), 'what is not there');
my @with = ('-c', 'check_load', '-a', '1');
is(shape($ours->check_nrpe(@with)), shape($theirs->check_nrpe(@with)),
	'arguments, which are not allowed');

$ours->stops;
$theirs->stops;

done_testing();
