#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Whatever a client sends, or does not: it is gone in time, and the next one
# gets its answer.
use strict;
use warnings;

use Agent;
use Beffroi;
use Nrpe;
use Test::More;
use Time::HiRes 'time';

my $limit = 2; # s, of each phase of a connection
my $slack = 8; # s, on a busy machine
my $config = <<"EOF_CONFIG";
connection_timeout=$limit
command[ok]=/bin/echo all is well
EOF_CONFIG
my $hello = pack 'H*', '16030100500100004c0303' . '00' x 32;

# Fields that no valid query has; the checksum is right but where it is meant.
my @malformed = (
	[ 'version 0', version => 0 ],
	[ 'version 1', version => 1 ],
	[ 'version 3', version => 3 ],
	[ 'version 5', version => 5 ],
	[ 'version 32767', version => 32767 ],
	[ 'version -1', version => -1 ],
	[ 'version 2 and type 0', version => 2, type => 0 ],
	[ 'version 2 and type 2', version => 2, type => 2 ],
	[ 'type 0', type => 0 ],
	[ 'type 2', type => 2 ],
	[ 'type 3', type => 3 ],
	[ 'type -1', type => -1 ],
	[ 'a wrong CRC', crc => 0x12345678 ],
	[ 'version 2 and a wrong CRC', version => 2, crc => 0 ],
	[ 'a CRC over the alignment', alignment => 77, crc_alignment => 1 ],
	[ 'length 0', length => 0 ],
	[ 'length -1', length => -1 ],
	[ 'length -2^31', length => -2**31 ],
	[ 'length 65537', length => 65537 ],
	[ 'length 75 KiB', length => 75 * 1024 ],
	[ 'length 2^31-1', length => 2**31 - 1 ],
	[ 'no text', text => '' ],
	[ 'version 2 and no text', version => 2, text => '' ],
	[ 'nothing but a separator', text => '!' ],
);

# What is odd and nevertheless to be answered.
my @odd = (
	[ 'the shortest', size => 0 ],
	[ 'a result', result => 1234 ],
	[ 'version 2 with a result and pads', version => 2, result => -7,
		pads => 'xy' ],
	[ 'an alignment', alignment => 77 ],
	[ 'bytes behind the terminator', text => "ok\0junk" ],
	[ 'bytes behind the packet', extra => 'x' x 10 ],
	[ 'no terminator', size => 0, terminated => 0 ],
	[ 'length 65536', size => 65536 + 16 ],
);

sub tcp {
	my ($agent, $tls) = @_;
	return Nrpe->tcp($agent->port, $tls ? (tls => {}) : (),
		timeout => $limit + $slack);
}

# Closed without a byte, sooner than within so many seconds.
sub closed {
	my ($client, $seconds, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $bytes = $client->read_all;
	is($bytes, '', "$what: no answer");
	isnt($client->{ending}, 'timeout', "$what: closed");
	cmp_ok($client->{seconds}, '<', $seconds, "$what: in time");
	$client->finish;
	return;
}

sub well {
	my ($agent, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $r = $agent->answers([ '-c', 'ok' ], 0, "all is well\n",
		"after $what");
	cmp_ok($r->{seconds}, '<', $limit, "after $what: at once");
	return;
}

sub packets {
	my ($agent, $how, $tls) = @_;
	for my $case (@malformed) {
		my ($what, %fields) = @$case;
		my $client = tcp($agent, $tls);
		$client->send(nrpe_query(text => 'ok', %fields));
		closed($client, $limit, "$how, $what");
	}
	well($agent, "$how, malformed ones");
	for my $case (@odd) {
		my ($what, %fields) = @$case;
		my $r = tcp($agent, $tls)->ask(nrpe_query(text => 'ok',
			%fields));
		is_deeply([ $r->{text}, $r->{wrong} ], [ 'all is well', [] ],
			"$how, $what");
	}
	my $r = tcp($agent, $tls)->ask(nrpe_query(text => 'ok'), each => 1);
	is($r->{text}, 'all is well', "$how, byte by byte");
	return;
}

# Half of a request, and then nothing, or never enough.
sub silence {
	my ($agent, $how, $tls) = @_;
	my $query = nrpe_query(text => 'ok');
	my @waiting;
	for my $sent (0, 1, 2, 9, 10, 15, 16, length($query) - 1) {
		my $client = tcp($agent, $tls);
		$client->send(substr $query, 0, $sent) if $sent;
		push @waiting, [ $client, "$how, $sent bytes and silence" ];
	}
	well($agent, "$how, while others are silent");
	closed($_->[0], $limit + $slack, $_->[1]) for @waiting;

	my $client = tcp($agent, $tls);
	my $start = time;
	$client->send($query, each => 1, gap => 0.1);
	closed($client, $limit + $slack, "$how, a trickle");
	cmp_ok(time - $start, '<', $limit + $slack, 'the deadline stands');

	$client = tcp($agent, $tls);
	$client->send(substr $query, 0, -10);
	$client->half_close;
	closed($client, $limit, "$how, an end too early");
	return;
}

subtest 'plain' => sub {
	my $agent = Agent->start($config, args => ['-n']);
	packets($agent, 'plain');
	silence($agent, 'plain');
	for my $garbage ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", $hello,
		"\0" x 2000, "\xff" x 2000, 'x' x 100_000) {
		my $client = tcp($agent);
		$client->send($garbage);
		closed($client, $limit + $slack, 'plain, ' . named($garbage));
	}
	my $client = tcp($agent);
	$client->send(nrpe_query(text => 'ok'));
	is(nrpe_read($client->half_close->read_all)->{text}, 'all is well',
		'plain, a whole request and an end');
	well($agent, 'garbage');
	$agent->stops;
};

sub named {
	my ($bytes) = @_;
	return sprintf '%d bytes of %s...', length $bytes,
		unpack 'H*', substr $bytes, 0, 4;
}

subtest 'TLS' => sub {
	if (!nrpe_has_tls()) {
		skip_or_fail('IO::Socket::SSL is not installed');
		return;
	}
	my $agent = Agent->start($config);
	packets($agent, 'TLS', 1);
	silence($agent, 'TLS', 1);
	$agent->stops;
};

subtest 'no TLS where it should be' => sub {
	my $agent = Agent->start($config);
	for my $garbage ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\0" x 2000,
		"\x16\x03\x01\xff\xff" . "\xff" x 70000, 'x',
		nrpe_query(text => 'ok'), substr($hello, 0, 20), $hello) {
		my $client = tcp($agent->mark);
		$client->send($garbage);
		my $bytes = $client->read_all;
		like($bytes, qr/\A(\x15\x03.*)?\z/s, named($garbage) .
			': an alert, or nothing');
		isnt($client->{ending}, 'timeout', 'closed');
		$agent->is_logged(qr/127\.0\.0\.1/, 'the log names the peer');
		$client->finish;
	}
	well($agent, 'garbage');

	# Many who only sit there are no reason to wait for those who ask.
	my @idle = map { tcp($agent) } 1 .. 200;
	well($agent, 'two hundred that are silent');
	closed($_, $limit + $slack, 'one of them') for @idle;
	my ($gatekeeper) = $agent->gatekeepers;
	my $open = sub { scalar(() = glob "/proc/$gatekeeper/fd/*") };
	well($agent, 'they are gone');
	cmp_ok($open->(), '<', 100, 'their descriptors are free')
		if $gatekeeper;
	$agent->stops;
};

done_testing();
