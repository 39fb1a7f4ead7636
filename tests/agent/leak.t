#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Many requests later the agent is what it was after a hundred.
use strict;
use warnings;

use Agent;
use Beffroi;
use Nrpe;
use Test::More;

my $config = <<'EOF_CONFIG';
command[load]=@dir@/plugins/check_load
command[echo]=/bin/echo all is well
EOF_CONFIG

# Over TLS by the stock client, plain by one that is quicker.
sub ask {
	my ($agent, $tls, $name, $times) = @_;
	my @wrong;
	for (1 .. $times) {
		my $out = $tls ? $agent->check_nrpe('-c', $name)->{out} :
			Nrpe->tcp($agent->port)
			->ask(nrpe_query(text => $name))->{text} // '';
		push @wrong, $out if $out !~ /load average|all is well/;
	}
	is_deeply(\@wrong, [], "$name, asked $times times");
	return;
}

# [ TLS, command, times after the first hundred ]
for my $case ([ 0, 'load', 900 ], [ 0, 'echo', 400 ], [ 1, 'load', 200 ]) {
	my ($tls, $name, $times) = @$case;
	my $agent = Agent->start($config, args => [ ('-n') x !$tls ]);
	ask($agent, $tls, $name, 100);
	my $before = $agent->footprint;
	cmp_ok(scalar keys %$before, '>=', 3, 'it has processes');
	ask($agent, $tls, $name, $times);
	$agent->flat($before, $name . ($tls ? ' over TLS' : ''));
	$agent->stops;
}

done_testing();
