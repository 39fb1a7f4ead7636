#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# More than there is room for: of connections, of patience, of descriptors.
use strict;
use warnings;

use Agent;
use Beffroi;
use IO::Select;
use IO::Socket::INET;
use Nrpe;
use POSIX ();
use Socket qw(IPPROTO_TCP TCP_NODELAY);
use Test::More;
use Time::HiRes 'time';

my $most = 2048;   # connections
my $per_source = 768;

my $config = <<'EOF_CONFIG';
allowed_hosts=127.0.0.0/8
connection_timeout=30
command[ok]=/bin/echo all is well
command[load]=@dir@/plugins/check_load -w 900 -c 900
EOF_CONFIG

my @children;

sub connect_from {
	my ($agent, $from) = @_;
	my $s = IO::Socket::INET->new(LocalAddr => $from,
		PeerAddr => '127.0.0.1', PeerPort => $agent->port,
		Timeout => 10);
	setsockopt $s, IPPROTO_TCP, TCP_NODELAY, 1 if $s;
	return $s;
}

# A process that holds so many connections from an address and opens each anew
# as soon as it is cut; the last of them send a byte each second. It says when
# it has all for the first time.
sub hold {
	my ($agent, $from, $idle, $slow) = @_;
	pipe my $said, my $say or die "pipe: $!";
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		local $SIG{PIPE} = 'IGNORE';
		close $said;
		attack($agent, $from, $idle, $slow, $say);
		POSIX::_exit(0);
	}
	close $say;
	push @children, $pid;
	return $said;
}

sub attack {
	my ($agent, $from, $idle, $slow, $say) = @_;
	my $select = IO::Select->new;
	my (%slow, $told);
	my $next = time + 1;
	my $add = sub {
		my ($is_slow) = @_;
		my $s = connect_from($agent, $from) // return;
		$select->add($s);
		$slow{ fileno $s } = $s if $is_slow;
	};
	$SIG{TERM} = sub { POSIX::_exit(0) };
	while (getppid() != 1) {
		while ($select->count < $idle + $slow) {
			$add->(keys %slow < $slow);
			last if $told;
		}
		print {$say} "all\n" if !$told++;
		$say->flush;
		for my $s ($select->can_read(0.001)) {
			$select->remove($s);
			delete $slow{ fileno $s };
			close $s;
		}
		next if time < $next;
		$next = time + 1;
		syswrite $_, "\x16" for values %slow;
	}
	return;
}

sub release {
	kill 'TERM', @children;
	waitpid $_, 0 for @children;
	@children = ();
	return;
}

END {
	local $?;
	kill 'KILL', @children if @children;
}

# Open connections of its gatekeeper.
sub connections {
	my ($agent) = @_;
	my ($pid) = $agent->gatekeepers;
	return scalar grep { (readlink($_) // '') =~ /^socket:/ }
		glob "/proc/$pid/fd/*";
}

sub all_well {
	my ($agent, $times, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my (@wrong, $slowest);
	$slowest = 0;
	for my $n (1 .. $times) {
		my $name = $n % 2 ? 'ok' : 'load';
		my $r = $agent->check_nrpe('-c', $name);
		$slowest = $r->{seconds} if $r->{seconds} > $slowest;
		push @wrong, $r->{out} . $r->{err}
			if $r->{code} || $r->{out} !~ /well|load/;
	}
	diag(sprintf '%s: the slowest of %d took %.2f s', $what, $times,
		$slowest);
	return is_deeply(\@wrong, [], "$what: none of $times is lost");
}

subtest 'as many as there may be' => sub {
	my $agent = Agent->start($config, args => ['-n']);
	my @own = map { connect_from($agent, '127.0.0.2') } 1 .. $per_source;
	is(scalar(grep { defined } @own), $per_source, "$per_source of one");
	my $ready = IO::Select->new($own[0]);
	all_well($agent, 2, 'beside them');
	ok(!$ready->can_read(0), 'they are all there');
	my $more = connect_from($agent, '127.0.0.2');
	ok($ready->can_read($Agent::patience), 'one more, and the first goes');
	is(sysread($own[0], my $none, 1) // 0, 0, 'without a word');
	$agent->is_logged(qr/127\.0\.0\.2: makes room/, 'as the log says');
	my $answer = Nrpe::start('Nrpe', in => $more, out => $more,
		timeout => $Agent::patience)->ask(nrpe_query(text => 'ok'));
	is($answer->{text}, 'all is well', 'the new one can ask');

	my @others = map { connect_from($agent, '127.0.0.' . (3 + $_ % 2)) }
		1 .. $most - $per_source + 1;
	my $theirs = IO::Select->new(@others);
	all_well($agent, 2, 'above all there may be');
	ok(!$theirs->can_read(0), 'who has fewer loses none');
	cmp_ok(connections($agent), '<=', $most + 64 + 32,
		'no more than promised');
	$agent->stops;
};

subtest 'a flood' => sub {
	my $agent = Agent->start($config);
	my @said = map { hold($agent, "127.0.0.$_", 250, 25) } 2 .. 9;
	is(scalar(grep { defined readline $_ } @said), 8, 'all hold theirs');
	all_well($agent, 40, 'a good client over TLS');
	my @r = $agent->check_nrpe_at_once(([ '-c', 'load' ]) x 16);
	is_deeply([ grep { $_->{code} } @r ], [], 'and 16 of them at once');
	is(scalar $agent->gatekeepers, 1, 'the same gatekeeper');
	cmp_ok(connections($agent), '<=', $most + 64 + 32,
		'no more than promised');
	my @lines = $agent->log =~ /makes room for others/g;
	cmp_ok(scalar @lines, '>=', 1, 'the log has a line');
	cmp_ok(scalar @lines, '<', 500, 'and not one for each');
	release();
	$agent->stops;
};

subtest 'few descriptors' => sub {
	my $agent = Agent->start($config,
		by => [ need('prlimit'), '--nofile=100' ]);
	my @said = map { hold($agent, "127.0.0.$_", 60, 0) } 2 .. 4;
	is(scalar(grep { defined readline $_ } @said), 3, 'all hold theirs');
	all_well($agent, 10, 'a good client');
	release();
	$agent->stops;
};

subtest 'patience' => sub {
	my $agent = Agent->start($config . "connection_timeout=1\n",
		args => ['-n']);
	my $s = Nrpe->tcp($agent->port, timeout => $Agent::patience);
	my $packet = nrpe_query(text => 'ok');
	my $began = time;
	my $sent = 0;
	for my $byte (split //, $packet) {
		last if !$s->send($byte);
		$sent++;
		last if IO::Select->new($s->{in})->can_read(0.1);
	}
	cmp_ok($sent, '<', length $packet, 'byte by byte it is cut');
	cmp_ok(time - $began, '<', $Agent::patience, 'though it goes on');
	$agent->is_logged(qr/sent no whole query in time/, 'the log says why');
	$agent->stops;
};

done_testing();
