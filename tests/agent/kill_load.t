#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Any process may be killed at any time: what it held is lost, and no more.
use strict;
use warnings;

use Agent;
use Beffroi;
use Disks;
use IO::Socket::INET;
use Load;
use Nrpe;
use Test::More;
use Time::HiRes 'time';

my $server = deaf_server();
my $clients = 4;
my $back = 10; # s; on a machine with nothing else to do it is far less

my $config = <<'EOF_CONFIG';
dont_blame_nrpe=1
command_timeout=60
command[echo]=/bin/echo $ARG1$
command[load]=@dir@/plugins/check_load -w 9999,9999,9999 -c 9999,9999,9999
command[wait]=@dir@/waiter $ARG1$
EOF_CONFIG

# One for each client, since the same at the same time is one job.
my ($load_command) = $config =~ /^command\[load\](.*\n)/m;
$config .= "command[load-$_]$load_command" for 1 .. $clients;

my $waiter = <<'EOF_WAITER';
#!/bin/sh
until [ -e "${0%/*}/go" ]; do sleep 0.1; done
echo "$1"
EOF_WAITER

# Each asks for what nobody else does: no two share a job.
sub load {
	my ($agent) = @_;
	my $asked = 0;
	return Load->start($clients, sub {
		my ($number) = @_;
		my $word = "client-$number-" . ++$asked;
		return (Load::ask($agent->port, "echo!$word", $word,
			%{ $agent->{how} }),
			Load::ask($agent->port, "load-$number", qr/^LOAD OK/,
			%{ $agent->{how} }));
	});
}

# Counts by kind: none but those that are allowed, and no more of them.
sub only {
	my ($count, $allowed, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @more = map { "$count->{$_} $_" }
		grep { $count->{$_} > ($allowed->{$_} // 0) } sort keys %$count;
	return is_deeply(\@more, [], "$what: nothing else is lost");
}

sub one_gatekeeper {
	my ($agent) = @_;
	my @is;
	wait_for(sub { (@is = $agent->gatekeepers) == 1 }, $Agent::patience);
	return $is[0];
}

# Asks for what waits until go() is called; the connection, when it runs.
sub begin_wait {
	my ($agent, $word) = @_;
	unlink $agent->dir . '/go';
	my $c = Nrpe->tcp($agent->port, timeout => $Agent::patience,
		%{ $agent->{how} });
	$c->send(nrpe_query(text => "wait!$word"));
	ok(wait_for(sub { running($agent) }, $Agent::patience), 'a job runs');
	return $c;
}

# The worker that runs it.
sub running {
	my ($agent) = @_;
	my ($worker) = grep { Agent::children($_, 'waiter') } $agent->workers;
	return $worker;
}

sub go { return spew($_[0]->dir . '/go', '') }

sub answer {
	my ($c) = @_;
	my $r = nrpe_read($c->read_all);
	$c->finish;
	return $r;
}

sub answers_again {
	my ($agent, $what) = @_;
	my $start = time;
	my @wrong = Load::ask($agent->port, 'echo!back', 'back',
		%{ $agent->{how} });
	my $seconds = time - $start;
	is_deeply(\@wrong, [], "$what: who asks then is answered");
	cmp_ok($seconds, '<', $back, "$what: soon");
	note(sprintf '%s: after %.3f s', $what, $seconds);
	return;
}

sub kill_workers {
	my ($agent) = @_;
	my $c = begin_wait($agent, 'patience');
	my $victim = running($agent);
	kill 'KILL', $victim;
	my $r = answer($c);
	is($r->{result}, 3, 'who waits for a killed worker has UNKNOWN');
	like($r->{text}, qr/ended before it was done/, 'with the reason');
	go($agent);

	my $load = load($agent);
	$load->flows(3);
	my $killed = 0;
	for (1 .. 5) {
		$killed += kill 'KILL', $_ for $agent->workers;
		ok($load->flows(3), 'all have their answers again');
	}
	cmp_ok($killed, '>=', 5, "killed: $killed workers");
	only($load->stop, { unknown => $killed }, 'workers');
	return;
}

sub kill_gatekeeper {
	my ($agent) = @_;
	my $c = begin_wait($agent, 'held');
	my $victim = one_gatekeeper($agent);
	# In the backlog, as nobody takes it from there.
	kill 'STOP', $victim;
	my $waits = Nrpe->tcp($agent->port, timeout => $Agent::patience);
	kill 'KILL', $victim;
	isnt($c->read_all && $c->{ending}, 'timeout', 'what it held is lost');
	answers_again($agent, 'the gatekeeper');
	# Its handshake and query come only now; the connection was there.
	if (!$agent->{how}{tls}) {
		my $r = $waits->ask(nrpe_query(text => 'echo!waited'));
		is($r->{text}, 'waited', 'who was not accepted yet has lost nothing');
	}
	go($agent);

	my ($load, $times) = (load($agent), 3);
	for (1 .. $times) {
		$load->flows(3);
		kill 'KILL', one_gatekeeper($agent);
	}
	ok($load->flows(3), 'all have their answers again');
	only($load->stop, { lost => $times * $clients }, 'the gatekeeper');
	return;
}

# A name server of this test's own, which never answers: its socket.
sub deaf_server {
	private_mounts() or return;
	my $socket = IO::Socket::INET->new(Proto => 'udp',
		LocalAddr => '127.0.0.77', LocalPort => 53) or return;
	my $conf = mnt('resolv') . '/resolv.conf';
	spew($conf, "nameserver 127.0.0.77\n");
	system('mount', '--bind', $conf, '/etc/resolv.conf') == 0 or return;
	return $socket;
}

# A child of the supervisor that leads a group, in which each name has one more.
sub resolver {
	my ($agent) = @_;
	my ($pid) = grep { $_->{parent} == $agent->pid &&
		$_->{group} == $_->{pid} } Agent::processes();
	return $pid && $pid->{pid};
}

sub kill_resolver {
	my ($agent) = @_;
	plan(skip_all => 'only root has a name server of its own')
		if !$server;
	my $load = load($agent);
	my $victim;
	ok(wait_for(sub { $victim = resolver($agent) }, $Agent::patience),
		'there is a resolver');
	$agent->mark;
	kill 'KILL', $victim;
	$agent->is_logged(qr/no-such-name\.invalid: no answer/,
		'a killed resolver is one that found nothing');
	ok(wait_for(sub {
		my $next = resolver($agent);
		return $next && $next != $victim;
	}, $Agent::patience), 'and there is another one');
	ok($load->flows(3), 'answers all the while');
	is_deeply($load->stop, {}, 'and nothing is lost');
	return;
}

# What it has is done by those who are left, who then end.
sub kill_supervisor {
	my ($agent) = @_;
	my $c = begin_wait($agent, 'orphan');
	my $load = load($agent);
	my @left;
	for my $time (1 .. 3) {
		$load->flows(3);
		push @left, Agent::family($agent->pid);
		kill 'KILL', $agent->pid;
		$agent->restart;
		ok($load->flows(3), 'all have their answers again');
	}
	answers_again($agent, 'the supervisor');
	# As the port is closed someone may be about to be accepted.
	only($load->stop, { refused => 1e9, lost => 3 }, 'the supervisor');
	cmp_ok(scalar Agent::living(@left), '>=', 2,
		'all that time two have gone on');
	go($agent);
	my $r = answer($c);
	is($r->{text}, 'orphan', 'for a job, which has its answer');
	ok(wait_for(sub { !Agent::living(@left) }, $Agent::patience),
		'then they end');
	return;
}

# It neither runs jobs nor accepts, but has time for those who are slow.
sub kill_supervisor_of_idle {
	my ($agent) = @_;
	my @left = Agent::family($agent->pid);
	my $c = Nrpe->tcp($agent->port, timeout => $Agent::patience,
		%{ $agent->{how} });
	$c->send(substr nrpe_query(text => 'load'), 0, 10);
	# Accepted, as whoever came after it is.
	answers_again($agent, 'before');
	kill 'KILL', $agent->pid;
	$agent->restart;
	$c->send(substr nrpe_query(text => 'load'), 10);
	like(answer($c)->{text}, qr/load average/, 'half a query is waited for');
	ok(wait_for(sub { !Agent::living(@left) }, $Agent::patience),
		'then nothing is left');
	return;
}

for my $tls (0, 1) {
	my $agent = Agent->start("server_port=${\ Agent::free_port() }\n" .
		"allowed_hosts=127.0.0.1,no-such-name.invalid\n$config",
		args => [ ('-n') x !$tls ], files => { waiter => $waiter });
	$agent->{how} = $tls ? { tls => Load::tls_options() } : {};
	my $what = $tls ? 'TLS' : 'plain';
	subtest "$what: the resolver" => \&kill_resolver, $agent;
	subtest "$what: workers" => \&kill_workers, $agent;
	subtest "$what: the gatekeeper" => \&kill_gatekeeper, $agent;
	subtest "$what: the supervisor" => \&kill_supervisor, $agent;
	subtest "$what: the supervisor of an idle one" =>
		\&kill_supervisor_of_idle, $agent;
	$agent->stops;
}

done_testing();
