#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Who may not ask gets no byte, and the log says who it was.
use strict;
use warnings;

use Agent;
use Beffroi;
use IO::Select;
use IO::Socket::IP;
use Test::More;

my $command = "command[ok]=/bin/echo all is well\n";

# What a peer of this address gets that says nothing: bytes, or 'nothing' at
# the end of the connection, or 'open' if there is none in time.
sub gets {
	my ($agent, $from, $seconds) = @_;
	my $s = IO::Socket::IP->new(LocalHost => $from,
		PeerHost => $from =~ /:/ ? '::1' : '127.0.0.1',
		PeerPort => $agent->port) or return "no connection: $@";
	return 'open' if !IO::Select->new($s)->can_read($seconds);
	my $n = sysread $s, my $bytes, 1;
	return $n ? 'bytes' : 'nothing';
}

sub allowed {
	my ($agent, $from, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @to = $from =~ /:/ ? ('-H', '::1') : ();
	return $agent->answers([ @to, '-b', $from, '-c', 'ok' ], 0,
		"all is well\n", "$what: $from may ask");
}

sub refused {
	my ($agent, $from, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(gets($agent->mark, $from, $Agent::patience), 'nothing',
		"$what: $from gets no byte");
	$agent->is_logged(qr/\Q$from\E/, "$what: the log names $from");
	return $agent->fails([ '-b', $from, '-c', 'ok' ],
		"$what: $from gets no answer");
}

sub addresses {
	my ($plain) = @_;
	my $how = $plain ? 'plain' : 'TLS';
	my %args = (args => [ ('-n') x $plain ]);

	my $agent = Agent->start("allowed_hosts=127.0.0.1\n$command", %args);
	allowed($agent, '127.0.0.1', "$how, an address");
	is(gets($agent, '127.0.0.1', 0.5), 'open', 'who may is waited for');
	refused($agent, '127.0.0.2', "$how, an address");
	allowed($agent, '127.0.0.1', "$how, afterwards");
	$agent->stops;

	$agent = Agent->start(<<"EOF_NETWORKS", %args);
allowed_hosts=127.0.4.0/30,127.1.0.0/16, 127.0.0.9
$command
EOF_NETWORKS
	allowed($agent, $_, "$how, networks")
		for '127.0.4.0', '127.0.4.3', '127.1.255.255', '127.0.0.9';
	refused($agent, $_, "$how, networks")
		for '127.0.3.255', '127.0.4.4', '127.2.0.0', '127.0.0.1';
	$agent->stops;
}

sub ipv6 {
	IO::Socket::IP->new(LocalHost => '::1', Listen => 1)
		or plan(skip_all => 'no IPv6 here');
	my $agent = Agent->start("server_address=::1\nallowed_hosts=::1\n" .
		$command);
	allowed($agent, '::1', 'IPv6');
	$agent->stops;
	$agent = Agent->start("server_address=::1\nallowed_hosts=fd00::/8\n" .
		$command);
	refused($agent, '::1', 'another network');
	$agent->stops;
}

sub names {
	# One that there is not must not be in the way.
	my $agent = Agent->start(
		"allowed_hosts=no-such-host.invalid,localhost\n$command");
	my $may = wait_for(sub {
		$agent->check_nrpe('-b', '127.0.0.1', '-c', 'ok')->{out} =~ /well/;
	}, $Agent::patience);
	ok($may, 'once it is resolved, who has that name may ask');
	refused($agent, '127.0.0.2', 'a name');
	$agent->stops;
}

subtest 'case 41: who may ask, and who may not' => sub {
	addresses($_) for 0, 1;
	subtest IPv6 => \&ipv6;
	subtest names => \&names;
};

done_testing();
