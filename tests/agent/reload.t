#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# SIGHUP: a whole new configuration, or the old one; no request is lost.
use strict;
use warnings;

use Agent;
use Beffroi;
use Test::More;

my $base = <<'EOF_BASE';
command_timeout=20
command[ok]=/bin/echo all is well
command[slow]=/bin/sh -c 'sleep 3; echo slept'
EOF_BASE

my $agent = Agent->start($base);
my ($pid, $port) = ($agent->pid, $agent->port);
my @old = ($agent->gatekeepers, $agent->workers);
cmp_ok(scalar @old, '>=', 2, 'a gatekeeper and workers are there');

subtest 'a new command' => sub {
	my ($slow) = $agent->begin('-c', 'slow');
	ok(wait_for(sub { grep { $_->{comm} eq 'sleep' }
		Agent::family($pid) }), 'a slow one runs');
	$agent->configure("${base}command[new]=/bin/echo brand new\n");
	$agent->reload;
	$agent->comes_to([ '-c', 'new' ], 0, qr/\Abrand new$/, 'it is there');
	is($agent->pid, $pid, 'of the same process');
	my ($r) = Agent::collect($slow);
	is_deeply([ @$r{qw(code out)} ], [ 0, "slept\n" ],
		'the slow one ends as if nothing had been');
	my %is = map { $_ => 1 } @old;
	ok(wait_for(sub {
		!grep { $is{$_} } $agent->gatekeepers, $agent->workers;
	}, $Agent::patience), 'then the old generation goes');
};

subtest 'a command less' => sub {
	$agent->configure($base);
	$agent->reload;
	$agent->comes_to([ '-c', 'new' ], 3, qr/'new' not defined/, 'it is gone');
};

subtest 'requests all the while' => sub {
	my (@wrong, $asked);
	for my $round (1 .. 12) {
		my @begun = map { $agent->begin('-c', 'ok') } 1 .. 8;
		$agent->reload;
		push @begun, map { $agent->begin('-c', 'ok') } 1 .. 8;
		for my $r (Agent::collect(@begun)) {
			$asked++;
			push @wrong, "$r->{code}: $r->{out}"
				if $r->{code} || $r->{out} ne "all is well\n";
		}
	}
	is_deeply(\@wrong, [], "$asked answers, of 12 reloads");
	# However many there were, one generation is left.
	ok($agent->is_alone, 'one gatekeeper is left');
};

subtest 'a broken file' => sub {
	$agent->mark->configure(
		"${base}command[new]=/bin/true\ncommand[broken\n");
	my @lines = split /\n/, slurp($agent->config);
	$agent->reload;
	$agent->is_logged(qr/beffroid\.cfg:${\scalar @lines}: \S/,
		'the log has the file and the line');
	$agent->answers([ '-c', 'ok' ], 0, "all is well\n",
		'the old configuration goes on');
	$agent->answers([ '-c', 'new' ], 3, qr/not defined/,
		'nothing of the new one is used');
	# Earlier reloads are over by now, so the next one changes nothing.
	my @now = $agent->gatekeepers;
	$agent->mark->reload;
	$agent->is_logged(qr/reload refused/, 'once more');
	is_deeply([ $agent->gatekeepers ], \@now, 'with the same gatekeeper');

	$agent->mark->configure("${base}ssl_cert_file=/nonexistent\n" .
		"ssl_privatekey_file=/nonexistent\n");
	$agent->reload;
	$agent->is_logged(qr{/nonexistent}, 'no certificate: the log says it');
	$agent->answers([ '-c', 'ok' ], 0, "all is well\n",
		'the old one goes on');

	unlink $agent->config;
	$agent->mark->reload;
	$agent->is_logged(qr/beffroid\.cfg/, 'no file: the log says it');
	$agent->answers([ '-c', 'ok' ], 0, "all is well\n",
		'the old one still goes on');
};

subtest 'case 49: who may ask' => sub {
	$agent->configure("allowed_hosts=127.0.0.1,127.0.0.2\n$base");
	$agent->reload;
	$agent->comes_to([ '-b', '127.0.0.2', '-c', 'ok' ], 0, qr/well/,
		'one more');
	$agent->configure("allowed_hosts=127.0.0.1\n$base");
	$agent->reload;
	ok(wait_for(sub {
		$agent->check_nrpe('-b', '127.0.0.2', '-c', 'ok')->{out} !~ /well/;
	}, $Agent::patience), 'and no more');
	$agent->answers([ '-c', 'ok' ], 0, "all is well\n", 'the other may');
};

subtest 'another log' => sub {
	my $other = $agent->dir . '/other.log';
	my $says = sub {
		my ($words, $what) = @_;
		ok(wait_for(sub { -e $other && slurp($other) =~ $words },
			$Agent::patience), $what);
	};
	$agent->configure("log_file=$other\n$base");
	$agent->reload;
	$says->(qr/ready/, 'it goes on there');
	$agent->configure("log_file=/nonexistent/log\n$base");
	$agent->reload;
	$says->(qr{/nonexistent/log: .*stays}, 'not where there can be none');
	$agent->mark->configure($base);
	$agent->reload;
	$agent->is_logged(qr/ready/, 'and back');
};

subtest 'its own processes die' => sub {
	# Not those of the generation before, which end by themselves.
	ok($agent->is_alone, 'one gatekeeper is left');
	for my $kind ('workers', 'gatekeepers') {
		my ($victim) = sort { $b <=> $a } $agent->$kind;
		$agent->mark;
		kill 'KILL', $victim;
		$agent->is_logged(qr/\b$victim\b/, "$kind: the log says it");
		$agent->comes_to([ '-c', 'ok' ], 0, qr/well/,
			"$kind: there is another one");
	}
};

is($agent->pid, $pid, 'the same process');
is($agent->port, $port, 'and the same port, to the end');
$agent->stops;

done_testing();
