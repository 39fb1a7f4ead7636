#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Packets as clients send them, and as they should not: cases 1 to 23, those of
# silence left out.
use strict;
use warnings;

use Agent;
use Beffroi;
use Cases;
use Nrpe;
use Test::More;

my $fits = 'y' x 1023; # what v2 has room for
my $config = <<"EOF_CONFIG";
connection_timeout=30
command[ok]=/bin/echo all is well
command[$fits]=/bin/echo as long as it may be
command[mark]=/bin/sh -c 'echo marked; echo marked >>\@dir\@/run/marks'
EOF_CONFIG
my $well = 'all is well';
my $version = qr/^NRPE v4\.\d/;
my $hello = pack 'H*', '16030100500100004c0303' . '00' x 76;
my $http = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

# Each of these queries, fields beside a right CRC, is closed without an answer.
sub refuses {
	my ($agent, @queries) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	for my $query (@queries) {
		my %fields = (text => 'ok', %$query);
		my $what = join ', ', map { "$_ $query->{$_}" }
			grep { length $query->{$_} < 20 } sort keys %$query;
		refused($agent->connect, nrpe_query(%fields), $what);
	}
	return;
}

# Whoever came before, the next one is answered.
sub well {
	my ($agent) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return answered($agent, {}, $well, 'the next one');
}

# The most address space that the process with the network ever had, in kB.
sub peak {
	my ($agent) = @_;
	my ($gatekeeper) = $agent->gatekeepers;
	my ($peak) = slurp("/proc/$gatekeeper/status") =~ /^VmPeak:\s+(\d+)/m;
	return $peak;
}

sub good_ones {
	my ($agent) = @_;
	matches 'case 1: v2' => sub {
		my $r = answered($agent, { version => 2,
			text => '_NRPE_CHECK' }, $version, '_NRPE_CHECK');
		is($r->{size}, 1036, 'of 1036 bytes');
		is($r->{result}, 0, 'OK');
	};
	matches 'case 2: v4 of 1036 bytes' => sub {
		my $r = answered($agent, { text => '_NRPE_CHECK' }, $version,
			'_NRPE_CHECK');
		is($r->{size}, 16 + length($r->{text}) + 1, 'no byte more');
		is($r->{alignment}, 0, 'an alignment of 0');
	};
	matches 'case 3: v4 of 28 bytes' => sub {
		my @answers = map { answered($agent, { size => $_,
			text => '_NRPE_CHECK' }, $version, "size $_") } 0, 1036;
		is($answers[0]{bytes}, $answers[1]{bytes}, 'the same answer');
	};
	matches 'case 4: v2 with random pads and result' => sub {
		answered($agent, { version => 2, pads => 'xy', result => -7 },
			$well, 'v2');
		answered($agent, { version => 2, pads => "\xff\0",
			result => 0x3077 }, $well, 'v2');
	};
	matches 'case 5: v4 with a result, with an alignment' => sub {
		answered($agent, { result => 1234 }, $well, 'a result');
		answered($agent, { alignment => 77 }, $well, 'an alignment');
		refuses($agent, { alignment => 77, crc_alignment => 1 });
	};
	return;
}

sub bad_fields {
	my ($agent) = @_;
	matches 'case 6: v3' => sub {
		refuses($agent, { version => 3 }, { version => 3, size => 0 });
		return if is_original();
		my $on = Agent->start("nrpe_v3=yes\n$config",
			args => $agent->{args});
		for my $size (0, 1036) {
			my $r = answered($on, { version => 3, size => $size },
				$well, 'nrpe_v3');
			is($r->{size}, 16 + length($well) + 1 + 3, 'its size');
		}
		my $client = $on->connect;
		$client->send(substr nrpe_query(version => 3, text => 'ok'),
			0, -3);
		is(nrpe_read($client->read_all)->{text}, $well,
			'v3 whose tail never comes');
		$on->stops;
	};
	matches 'case 7: versions that there are not' => sub {
		refuses($agent, map { { version => $_ } } 0, 1, 5, 32767, -1);
	};
	matches 'case 8: a wrong CRC, a wrong type' => sub {
		for my $version (2, 3, 4) {
			refuses($agent, { version => $version, crc => 1 });
			refuses($agent, map { { version => $version,
				type => $_ } } 0, 2, 3, 20);
		}
		well($agent);
	};
	matches 'case 9: lengths that there are not' => sub {
		my $before = is_original() ? 0 : peak($agent);
		refuses($agent, map { { length => $_ } }
			-1, -2**31, 65537, 75 * 1024, 2**31 - 1);
		cmp_ok(peak($agent) - $before, '<', 64 * 1024,
			'nobody made room for that') if !is_original();
		well($agent);
	};
	better 'case 10: length 0' => sub {
		refuses($agent, { length => 0 }, { length => 0, size => 0 });
	};
	return;
}

sub texts {
	my ($agent) = @_;
	better 'case 11: length 65536' => sub {
		answered($agent, { size => 65536 + 16 }, $well, 'a short text');
		answered($agent, { text => 'c' x 65535 },
			qr/^NRPE: Command 'cc/, 'one as long');
	};
	better 'case 12: v4 text without a terminator' => sub {
		my %query = (size => 0, terminated => 0);
		answered($agent, {%query}, $well, 'its length is its end');
		answered($agent, { %query, extra => 'ay' }, $well,
			'whatever is behind it');
		my $r = $agent->connect->ask(nrpe_query(%query, text => 'ok'),
			each => 1);
		is($r->{text}, $well, 'byte by byte');
	};
	matches 'case 13: v2 text without a terminator' => sub {
		answered($agent, { version => 2, text => $fits . 'y' },
			'as long as it may be', '1023 characters of 1024');
	};
	matches 'case 14: bytes behind the terminator' => sub {
		answered($agent, { version => $_, text => "ok\0junk" }, $well,
			"v$_") for 2, 4;
	};
	matches 'case 15: bytes behind the packet' => sub {
		answered($agent, { version => $_, extra => 'x' x 10 }, $well,
			"v$_") for 2, 4;
	};
	matches 'case 20: no command' => sub {
		refuses($agent, map { { version => $_, text => '' },
			{ version => $_, text => '!' } } 2, 4);
	};
	return;
}

# Cut into segments, or records.
sub pieces {
	my ($agent) = @_;
	better 'case 18: byte by byte' => sub {
		answered($agent, { version => $_ }, $well, "v$_", each => 1)
			for 2, 4;
		answered($agent, {}, $well, "cut at @$_", at => $_)
			for [1], [10], [ 10, 12, 16 ], [ 2, 17, 1035 ];
	};
	better 'case 19: long queries' => sub {
		for my $length (40_000, 65_536) {
			answered($agent, { size => 16 + $length }, $well,
				"of $length bytes");
			answered($agent, { text => 'n' x ($length - 1) },
				qr/^NRPE: Command 'nn.*' not defined$/,
				"a name of $length bytes");
		}
	};
	return;
}

sub payload {
	my ($agent) = @_;
	better 'case 21: v2 with more text' => sub {
		my $long = nrpe_query(version => 2, payload => 2048,
			text => 'ok');
		refused($agent->connect, $long, 'which nobody allowed');
		my $on = Agent->start("nrpe_v2_payload=2048\n$config",
			args => $agent->{args});
		my $bytes = do {
			my $client = $on->connect;
			$client->send($long);
			$client->read_all;
		};
		is(length $bytes, 12 + 2048, 'the answer has that size');
		is(unpack('Z*', substr $bytes, 10), $well, 'and its text');
		my $crc = unpack 'N', substr $bytes, 4, 4, "\0" x 4;
		is($crc, nrpe_crc($bytes), 'and its CRC');
		answered($on, { version => $_ }, $well, "v$_ beside it")
			for 2, 4;
		$on->answers([ '-2', '-P', 2048, '-c', 'ok' ], 0, "$well\n",
			'check_nrpe -2 -P 2048');
		my $client = $on->connect;
		$client->send(nrpe_query(version => 2, crc => 1));
		$client->half_close;
		is($client->read_all, '', 'no answer if the CRC is wrong');
		$on->stops;
	};
	return;
}

sub connections {
	my ($agent) = @_;
	matches 'case 17: an end behind the query' => sub {
		plan(skip_all => 'TLS ends otherwise') if !$agent->{plain};
		my $client = $agent->connect;
		$client->send(nrpe_query(text => 'ok'));
		my $r = nrpe_read($client->half_close->read_all,
			pads => 'any');
		is($r->{text}, $well, 'the answer comes nevertheless');
	};
	better 'case 22: two queries on one connection' => sub {
		my $query = nrpe_query(text => 'mark');
		my $r = answered($agent, { text => 'mark', extra => $query },
			'marked', 'the first one of two');
		is($r->{ending}, 'eof', 'and the end');
		my $client = $agent->connect;
		$client->send($query);
		my $size = 16 + length("marked\0");
		is(nrpe_read($client->read_all(undef, $size))->{text},
			'marked', 'the first one');
		$client->send($query);
		is($client->read_all, '', 'none to one that comes later');
		# By now a second run would have been.
		answered($agent, { text => 'mark' }, 'marked', 'another one');
		is(slurp($agent->dir . '/run/marks'), "marked\n" x 3,
			'one run for each of the first');
	};
	matches 'case 23: another protocol' => sub {
		for my $bytes ($http, "abc$hello", "\0" x 2000, "\xff" x 2000,
			'x' x 100_000, $agent->{plain} ? $hello :
			nrpe_query(text => 'ok')) {
			my $what = sprintf '%d bytes of %s', length $bytes,
				unpack 'H*', substr $bytes, 0, 4;
			my $client = $agent->mark->connect(tls => undef);
			$client->send($bytes);
			like($client->read_all, qr/\A(\x15\x03.*)?\z/s,
				"$what: nothing, or an alert");
			isnt($client->{ending}, 'timeout', "$what: closed");
			$agent->is_logged(qr/127\.0\.0\.1/,
				"$what: the log names the peer")
				if !is_original() || !$agent->{plain};
			$client->finish;
		}
		well($agent);
	};
	return;
}

both_ways($config, {}, sub {
	my ($agent) = @_;
	good_ones($agent);
	bad_fields($agent);
	texts($agent);
	pieces($agent);
	payload($agent);
	connections($agent);
});

done_testing();
