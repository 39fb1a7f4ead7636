#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Many requests later the agent is what it was after a hundred.
use strict;
use warnings;

use Agent;
use Beffroi;
use Nrpe;
use Test::More;

my $growth = 256; # kB; what the heap and the counters may settle by

# Sanitizers keep what was freed for a while.
my $sanitized = slurp('agent/beffroid') =~ /__[at]san_init/;

my $config = <<'EOF_CONFIG';
command[load]=@dir@/plugins/check_load
command[echo]=/bin/echo all is well
EOF_CONFIG

# { comm => [number of processes, open descriptors, kB] }, the most of each.
sub footprint {
	my ($agent) = @_;
	my %seen;
	for my $p (Agent::family($agent->pid)) {
		my @open = glob "/proc/$p->{pid}/fd/*";
		my $status = eval { slurp("/proc/$p->{pid}/status") } // '';
		my ($rss) = $status =~ /^VmRSS:\s+(\d+) kB/m;
		my $was = $seen{ $p->{comm} } //= [ 0, 0, 0 ];
		$was->[0]++;
		$was->[1] = @open if @open > $was->[1];
		$was->[2] = $rss if ($rss // 0) > $was->[2];
	}
	return \%seen;
}

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

# What is over may take a moment to be gone.
sub flat {
	my ($agent, $before, $what) = @_;
	my ($after, @more);
	wait_for(sub {
		$after = footprint($agent);
		@more = ();
		for my $comm (sort keys %$after) {
			my ($n, $open, $rss) = @{ $after->{$comm} };
			my ($n0, $open0, $rss0) =
				@{ $before->{$comm} // [ 0, 0, 0 ] };
			push @more, "$comm: $n0 processes, now $n" if $n > $n0;
			push @more, "$comm: $open0 descriptors, now $open"
				if $open > $open0;
			push @more, "$comm: $rss0 kB, now $rss"
				if $rss > $rss0 + $growth && !$sanitized;
		}
		return !@more;
	}, 5);
	is_deeply(\@more, [], "$what: no more of anything");
	return;
}

# [ TLS, command, times after the first hundred ]
for my $case ([ 0, 'load', 900 ], [ 0, 'echo', 400 ], [ 1, 'load', 200 ]) {
	my ($tls, $name, $times) = @$case;
	my $agent = Agent->start($config, args => [ ('-n') x !$tls ]);
	ask($agent, $tls, $name, 100);
	my $before = footprint($agent);
	cmp_ok(scalar keys %$before, '>=', 3, 'it has processes');
	ask($agent, $tls, $name, $times);
	flat($agent, $before, $name . ($tls ? ' over TLS' : ''));
	$agent->stops;
}

done_testing();
