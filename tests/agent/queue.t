#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# What is run, and what is not: answers that serve again, programs that wait.
use strict;
use warnings;

use Agent;
use Beffroi;
use Nrpe;
use Test::More;

# Each run of a plugin leaves a line in a file.
my $config = <<'EOF_CONFIG';
dont_blame_nrpe=1
command_timeout=20
command[kept]=@dir@/plugin pid=@dir@/run/kept 'out=$ARG1$|a=1' exit=1
command_ttl[kept]=3600
command[short]=@dir@/plugin pid=@dir@/run/short out=short
command_ttl[short]=1
command[load]=@dir@/plugins/check_load -w 900 -c 900
command_ttl[load]=3600
command[late]=@dir@/plugin pid=@dir@/run/late sleep=9
command_ttl[late]=3600
command[once]=@dir@/plugin pid=@dir@/run/once out=once live=@dir@/run/gate
command[two]=@dir@/plugin pid=@dir@/run/two sleep=2 out=two-$ARG1$
EOF_CONFIG

my $agent = Agent->start($config, programs => ['tests/agent/plugin']);

sub runs {
	my ($name) = @_;
	my $file = $agent->dir . "/run/$name";
	return -e $file ? scalar(() = slurp($file) =~ /\n/g) : 0;
}

subtest 'an answer that serves again' => sub {
	my @ask = ('-c', 'kept', '-a');
	$agent->answers([ @ask, 'x' ], 1, "x|a=1\n", 'the first');
	$agent->mark;
	$agent->answers([ @ask, 'x' ], 1, qr/\Ax \(cached, \d+ s old\) \|a=1$/,
		'the next');
	$agent->is_logged(qr/command=kept state=WARNING .*age_s=\d/,
		'its age is logged');
	is(runs('kept'), 1, 'of one run');
	$agent->answers([ @ask, 'y' ], 1, "y|a=1\n", 'another argument');
	is(runs('kept'), 2, 'is another run');
	$agent->answers([ '-2', @ask, 'y' ], 1, qr/\Ay \(cached, /,
		'another version of the protocol is not');

	$agent->answers([ '-c', 'load' ], 0, qr/\A[^(|]+ \| /, 'a report');
	$agent->answers([ '-c', 'load' ], 0,
		qr/\A[^(|]+ \(cached, \d+ s old\) \| load/, 'again');

	$agent->answers([ '-c', 'short' ], 0, "short\n", 'for a second');
	ok(wait_for(sub {
		$agent->check_nrpe('-c', 'short')->{out} eq "short\n";
	}, $Agent::patience), 'then it is run again');
	cmp_ok(runs('short'), '>=', 2, 'by itself');
};

subtest 'what does not' => sub {
	$agent->configure("$config\ncommand_timeout=1\n")->mark->reload;
	$agent->is_logged(qr/ready/, 'another configuration');
	$agent->answers([ '-c', 'kept', '-a', 'x' ], 1, "x|a=1\n",
		'nothing is left of the old one');
	for my $n (1, 2) {
		$agent->answers([ '-c', 'late' ], 3,
			qr/\ANRPE: Command timed out after 1 seconds$/,
			"a timeout, time $n");
		is(runs('late'), $n, 'is a run of its own');
	}
};

subtest 'many who ask at once' => sub {
	$agent->configure($config)->mark->reload;
	$agent->is_logged(qr/ready/, 'the first configuration again');
	my @two = $agent->check_nrpe_at_once(
		map { [ '-c', 'two', '-a', $_ ] } 1 .. 40);
	is_deeply([ map { $_->{out} } @two ],
		[ map { "two-$_\n" } 1 .. 40 ], '40 programs at once');
	is(runs('two'), 40, 'each is run');
};
$agent->stops;

# It is not over before all have asked: who asks after them has an answer.
subtest 'many who ask the same' => sub {
	$agent = Agent->start($config, args => ['-n'],
		programs => ['tests/agent/plugin']);
	my $gate = $agent->dir . '/run/gate';
	spew($gate, '');
	my @many = map { $agent->connect } 1 .. 16;
	is(scalar(grep { $_->send(nrpe_query(text => 'once')) } @many), 16,
		'all have asked');
	$agent->answers([ '-c', 'load' ], 0, qr/load/, 'another, after them');
	unlink $gate;
	my @texts = map { nrpe_read($_->read_all, version => 2)->{text} } @many;
	is_deeply(\@texts, [ ('once') x 16 ], 'all have the answer');
	is(runs('once'), 1, 'of one run');
	$agent->stops;
};

# They take 16 s, or what is beyond 5 gets a clear UNKNOWN.
subtest 'one program at a time' => sub {
	$agent = Agent->start("max_commands=1\n$config",
		programs => ['tests/agent/plugin']);
	my @begun = map { $agent->begin('-c', 'two', '-a', $_) } 1 .. 8;
	ok(wait_for(sub { runs('two') }, $Agent::patience), 'one runs');
	$agent->answers([ '-c', 'load' ], 0, qr/load/, 'a check in process');
	my @r = Agent::collect(@begun);
	my @done = grep { $_->{out} =~ /^two-/ } @r;
	my @busy = grep { $_->{code} == 3 && $_->{out} =~
		/\ANRPE: agent busy: \d+ checks? waiting, this one for \d+ s$/ }
		@r;
	is(@done + @busy, 8, 'each is done or says that it is busy')
		or diag(explain(\@r));
	cmp_ok(scalar @busy, '>=', 1, 'the last one at least');
	is(runs('two'), scalar @done, 'and none of those was run');
	$agent->stops;
};

done_testing();
