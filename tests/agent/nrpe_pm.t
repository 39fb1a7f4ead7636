#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# The client of the agent's tests: against packets that are known, programs that
# echo, a TLS server, and the NRPE daemon itself.
use strict;
use warnings;

use Beffroi;
use IO::Socket::IP;
use Nrpe;
use POSIX ();
use Test::More;

# --- packets -----------------------------------------------------------------

is(sprintf('%08x', nrpe_crc('123456789')), 'cbf43926', 'CRC-32 as all have it');

my @vectors = (
	[ 'query', 1036, '5bd51854', version => 4 ],
	[ 'query', 28, '4356e60b', version => 4, size => 0 ],
	[ 'query', 1036, '10e75ae5', version => 3 ],
	[ 'query', 1036, 'd4673f00', version => 2 ],
	[ 'response', 1036, '4b466412', version => 2, text => 'OK fine' ],
	[ 'response', 24, '47037f8e', version => 4, text => 'OK fine' ],
	[ 'response', 27, 'fd87a07a', version => 3, text => 'OK fine' ],
	[ 'response', 28, 'ef6ccf76', version => 4, text => 'CRITICAL: x',
		result => 2 ],
);
for my $vector (@vectors) {
	my ($kind, $size, $crc, %fields) = @$vector;
	my $bytes = $kind eq 'query' ? nrpe_query(%fields) :
	    nrpe_response(%fields);
	is(length $bytes, $size, "size of a v$fields{version} $kind");
	is(unpack('H*', substr $bytes, 4, 4), $crc, 'its CRC');
	next if $kind eq 'query';
	my $r = nrpe_read($bytes);
	is_deeply($r->{wrong}, [], 'read back');
	is($r->{text}, $fields{text}, 'its text');
	is($r->{result}, $fields{result} // 0, 'its result');
}

subtest 'each field of a packet as one likes' => sub {
	my $bytes = nrpe_query(version => -1, type => 7, crc => 0x01020304,
		result => -2, alignment => 77, length => -3, size => 0,
		text => 'ab', extra => 'xyz');
	is(unpack('H*', $bytes), 'ffff' . '0007' . '01020304' . 'fffe' .
		'004d' . 'fffffffd' . '616200' . '78797a', 'v4');
	$bytes = nrpe_query(version => 2, crc => 0, result => 0x3077,
		text => 'a', pads => 'AZ');
	is($bytes, pack('n n N n', 2, 1, 0, 0x3077) . "a\0" . "\0" x 1022 .
		'AZ', 'v2');
	is(length nrpe_query(version => 2, payload => 2048), 2060, '-P 2048');
	is(substr(nrpe_query(version => 2, text => 'x' x 2000), 1032),
		"xx\0\0", 'v2 with a text that fills it');
	is(substr(nrpe_query(version => 3, size => 0, text => 'abc',
		terminated => 0, tail => ''), 12), "\0\0\0\3abc",
		'v3 without terminator or tail');
	my ($zero, $own) = map { nrpe_query(alignment => 77,
		crc_alignment => $_, size => 0) } 0, 1;
	is(unpack('H8', substr $zero, 4), '4356e60b', 'CRC over alignment 0');
	isnt(unpack('H8', substr $own, 4), '4356e60b', 'or over its own');
};

# What is wrong with a response, by the fields that make it so.
my @wrong = (
	[ [], ],
	[ ['version 5'], version => 5 ],
	[ ['type 1'], type => 1 ],
	[ ['result 4'], result => 4 ],
	[ ['result -1'], result => -1 ],
	[ [ 'alignment 9', 'CRC 47037f8e' ], alignment => 9 ],
	[ ['length 0'], length => 0 ],
	[ ['length -1'], length => -1 ],
	[ ['length 65537'], length => 65537 ],
	[ ['24 bytes'], length => 9 ],
	[ ['CRC 00000001'], crc => 1 ],
	[ ['no terminator'], terminated => 0 ],
	[ ['bytes behind the text'], size => 30 ],
	[ ['bytes behind the text'], version => 2, text => "a\0b" ],
	[ ['pads'], version => 2, pads => 'xy' ],
	[ ['pads'], version => 3, tail => "\0\1\0" ],
	[ ['25 bytes'], version => 3, tail => "\0", crc => 0xfd87a07a ],
);
for my $case (@wrong) {
	my ($want, %fields) = @$case;
	my $r = nrpe_read(nrpe_response(text => 'OK fine', %fields));
	$r->{wrong} = [ grep { !/^CRC/ } @{ $r->{wrong} } ]
		if "@$want" =~ /^(24|25) bytes/;
	is_deeply($r->{wrong}, $want, "wrong: @$want");
}
is_deeply(nrpe_read('')->{wrong}, ['no answer'], 'no bytes');
is_deeply(nrpe_read("\0" x 16)->{wrong}, ['no header'], 'a few bytes');
is_deeply(nrpe_read(nrpe_response(version => 2), version => 4)->{wrong},
	['version 2'], 'not the version asked for');
is_deeply(nrpe_read(nrpe_response(version => 2, pads => 'xy'),
	pads => 'any')->{wrong}, [], 'pads of others');

# --- conversations with programs ---------------------------------------------

my $packet = nrpe_response(text => 'x' x 50_000);
for my $pipes (0, 1) {
	my $way = $pipes ? 'pipes' : 'a socket pair';
	for my $how ([], [ at => [ 1, 10, 16, 40_000 ] ], [ at => [5],
		gap => 0.01 ]) {
		my $c = Nrpe->child([ need('cat') ], pipes => $pipes);
		ok($c->send($packet, @$how), "sent over $way (@$how)");
		my $back = $c->half_close->read_all;
		ok($back eq $packet, 'and back');
		is($c->{ending}, 'eof', 'up to the end');
		is($c->finish, 0, 'of a child that is reaped');
	}
	my $c = Nrpe->child([ need('cat') ], pipes => $pipes);
	$c->send("\1\2\3", each => 1);
	is($c->read_all(undef, 3), "\1\2\3", 'as many bytes as are enough');
	is($c->{ending}, 'enough', 'and no longer');
	is($c->read_all(0.1), '', 'then there is nothing');
	is($c->{ending}, 'timeout', 'up to the deadline');
	cmp_ok($c->{seconds}, '<', 5, 'when it was to');
}

# Stands in for a handle: takes at most so many bytes at once.
package Recorder {
	sub syswrite {
		my ($self, $bytes, $n, $from) = @_;
		$n = $self->{most} if $n > $self->{most};
		push @{ $self->{pieces} }, substr $bytes, $from, $n;
		return $n;
	}
}

# What is written piece by piece when 20 bytes are sent.
sub pieces {
	my ($most, @how) = @_;
	my $recorder = bless { most => $most, pieces => [] }, 'Recorder';
	my $c = bless { timeout => 5, out => $recorder }, 'Nrpe';
	ok($c->send(join('', 'a' .. 't'), @how), "sent by $most (@how)");
	delete $c->{out};
	return join ' ', @{ $recorder->{pieces} };
}

is(pieces(99), 'abcdefghijklmnopqrst', 'as a whole');
is(pieces(99, at => [ 1, 10, 16 ]), 'a bcdefghij klmnop qrst', 'in pieces');
is(pieces(99, each => 1), join(' ', 'a' .. 't'), 'byte by byte');
is(pieces(8, at => [10]), 'abcdefgh ij klmnopqr st', 'as much as is taken');

subtest 'a child that does not end' => sub {
	my $c = Nrpe->child([ $^X, '-e', 'sleep 600' ], timeout => 0.2);
	my $pid = $c->{pid};
	is($c->read_all, '', 'says nothing');
	is($c->finish, undef, 'and is killed');
	is(kill(0, $pid), 0, 'is gone');
};

subtest 'a child that does not listen' => sub {
	my $c = Nrpe->child(['/bin/false']);
	is($c->read_all, '', 'gone at once');
	is($c->send('x' x (1 << 20)), 0, 'sending fails, and kills nobody');
	is($c->finish, 1 << 8, 'its status');
};

# --- over TCP and TLS ---------------------------------------------------------

# Serves one connection after another with code, in a process; pid and port.
sub serve {
	my ($code) = @_;
	my $listener = IO::Socket::IP->new(LocalHost => '127.0.0.1',
		LocalPort => 0, Listen => 5) or die "listen: $@";
	my $port = $listener->sockport;
	my $pid = fork // die "fork: $!";
	return ($pid, $port) if $pid;
	alarm 120;
	while (my $socket = $listener->accept) {
		$code->($socket);
		close $socket;
	}
	POSIX::_exit(1);
}

sub stop {
	my ($pid) = @_;
	kill 'TERM', $pid;
	waitpid $pid, 0;
}

sub answer_one {
	my ($socket) = @_;
	my $query = '';
	while (length $query < 28) {
		sysread($socket, $query, 65536, length $query) or return;
	}
	syswrite $socket, nrpe_response(text => 'over ' . length $query);
}

{
	my ($pid, $port) = serve(\&answer_one);
	my $r = Nrpe->tcp($port)->ask(nrpe_query(size => 0), each => 1);
	is_deeply($r->{wrong}, [], 'an answer over TCP');
	is($r->{text}, 'over 28', 'to every byte');
	is($r->{ending}, 'eof', 'then the end');
	stop($pid);
	ok(!eval { Nrpe->tcp($port) }, 'no connection, no client');
	like($@, qr/^port $port: /, 'and a reason');
}

sub tls_server {
	require IO::Socket::SSL::Utils;
	my ($cert, $key) = IO::Socket::SSL::Utils::CERT_create(
		subject => { commonName => 'localhost' });
	return serve(sub {
		my ($socket) = @_;
		IO::Socket::SSL->start_SSL($socket, SSL_server => 1,
			SSL_cert => $cert, SSL_key => $key, Timeout => 10,
			SSL_version => 'TLSv1_3') or return;
		answer_one($socket);
	});
}

sub test_tls {
	my ($pid, $port) = tls_server();
	my $query = nrpe_query(size => 0);
	my $c = Nrpe->tcp($port, tls => {});
	is($c->{error}, undef, 'shakes hands');
	is($c->{in}->get_sslversion, 'TLSv1_3', 'as wanted');
	my $r = $c->ask($query, at => [10]);
	is_deeply($r->{wrong}, [], 'an answer');
	is($r->{text}, 'over 28', 'to every record');
	is($r->{ending}, 'eof', 'then the end');

	$c = Nrpe->tcp($port, tls => { SSL_version => 'TLSv1_2' });
	like($c->{error}, qr/^TLS: /, 'a handshake that fails says so');
	is_deeply($c->ask($query)->{wrong}, ['no answer'], 'and is the end');

	$c = Nrpe->tcp($port, tls => {});
	$c->send('x');
	is($c->half_close->read_all, '', 'half a packet and half a close');
	is($c->{ending}, 'eof', 'is the end of it');
	stop($pid);
	my $silent;
	($pid, $port) = serve(sub { sysread $_[0], $silent, 1 << 16 and
		sysread $_[0], $silent, 1 });
	$c = Nrpe->tcp($port, timeout => 0.3, tls => {});
	like($c->{error}, qr/^TLS: /, 'a peer that never shakes hands');
	$c->finish;
	stop($pid);
}

SKIP: {
	nrpe_has_tls() or skip_or_fail('IO::Socket::SSL is not installed', 1);
	subtest 'TLS' => \&test_tls;
}

# --- the NRPE daemon ----------------------------------------------------------

sub start_nrpe {
	my ($nrpe, $dir) = @_;
	chmod 0755, $dir;
	mkdir "$dir/run";
	chown ordinary_user(), ordinary_user(), "$dir/run" if is_root();
	for (1 .. 5) {
		my $port = IO::Socket::IP->new(LocalHost => '127.0.0.1',
			LocalPort => 0, Listen => 1)->sockport;
		spew("$dir/nrpe.cfg", <<~"END");
			server_address=127.0.0.1
			server_port=$port
			pid_file=$dir/run/pid
			log_file=$dir/run/log
			nrpe_user=nobody
			nrpe_group=nogroup
			allowed_hosts=127.0.0.1
			command[hello]=/bin/echo hello
			command[bad]=/bin/sh -c 'echo bad; exit 2'
			END
		my $pid = fork // die "fork: $!";
		if ($pid == 0) {
			if (is_root()) {
				$( = ordinary_user();
				$) = ordinary_user() . ' ' . ordinary_user();
				POSIX::setuid(ordinary_user());
			}
			open STDOUT, '>', '/dev/null';
			open STDERR, '>&', \*STDOUT;
			exec $nrpe, '-f', '-n', '-c', "$dir/nrpe.cfg" or
				POSIX::_exit(127);
		}
		my $gone;
		wait_for(sub {
			$gone = waitpid($pid, POSIX::WNOHANG) != 0;
			return $gone || eval { Nrpe->tcp($port) };
		}, 10);
		return ($pid, $port) if !$gone;
	}
	die 'nrpe does not start: ' .
		(-e "$dir/run/log" ? slurp("$dir/run/log") : 'no log');
}

# Name, code of the answer or nothing for none, its text, fields of the query.
my @nrpe_cases = (
	[ 'v2', 0, qr/^NRPE v\d/, version => 2 ],
	[ 'v2 with pads', 0, qr/^NRPE v\d/, version => 2, pads => 'w0',
		result => 0x3134 ],
	[ 'v2, not terminated', 3, qr/^NRPE: Command 'y{1008}$/,
		version => 2, text => 'y' x 1024 ],
	[ 'v4', 0, qr/^NRPE v\d/ ],
	[ 'v4, 28 bytes', 0, qr/^NRPE v\d/, size => 0 ],
	[ 'v4, alignment', 0, qr/^NRPE v\d/, alignment => 77 ],
	[ 'v4, junk behind it', 0, qr/^hello$/, text => "hello\0junk" ],
	[ 'v4, a command', 2, qr/^bad$/, text => 'bad' ],
	[ 'v4, an unknown one', 3, qr/^NRPE: Command 'Hello' not defined$/,
		text => 'Hello' ],
	[ 'v4, CRC over the alignment', undef, undef, alignment => 77,
		crc_alignment => 1 ],
	[ 'v4, bad CRC', undef, undef, crc => 1 ],
	[ 'v2, bad CRC', undef, undef, version => 2, crc => 1 ],
	[ 'v3', undef, undef, version => 3 ],
	[ 'type 2', undef, undef, type => 2 ],
	[ 'no text', undef, undef, text => '' ],
	[ 'an argument', undef, undef, text => 'hello!a' ],
);

sub test_nrpe {
	my ($pid, $port) = start_nrpe('/usr/sbin/nrpe', scratch());
	for my $case (@nrpe_cases) {
		my ($what, $result, $text, %fields) = @$case;
		my $r = Nrpe->tcp($port)->ask(nrpe_query(%fields),
			pads => 'any');
		if (!defined $result) {
			is($r->{bytes}, '', "$what: no answer");
			like($r->{ending}, qr/^(eof|Connection reset)/, 'closed');
			next;
		}
		is_deeply($r->{wrong}, [], "$what: an answer");
		is($r->{result}, $result, 'its result');
		like($r->{text}, $text, 'its text');
	}
	my $c = Nrpe->tcp($port);
	$c->send(nrpe_query());
	my $r = nrpe_read($c->half_close->read_all);
	is_deeply($r->{wrong}, [], 'answered in spite of a half-close');
	stop($pid);
	is(kill(0, $pid), 0, 'nrpe is gone');
}

SKIP: {
	-x '/usr/sbin/nrpe' or skip_or_fail('nrpe is not installed', 1);
	subtest 'the NRPE daemon' => \&test_nrpe;
}

done_testing();
