#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Clients that say nothing, or never enough: they are cut off, not too early and
# not too late, and nobody else has to wait for them. All of them wait at the
# same time, as a deadline takes its ten seconds.
use strict;
use warnings;

use Agent;
use Beffroi;
use Cases;
use IO::Socket::IP;
use Nrpe;
use POSIX ();
use Test::More;
use Time::HiRes 'time';

# As the reference has them: not before 10 s by default, never later than 15 s.
my ($least, $most) = (10, 15);
my $config = <<"EOF_CONFIG";
allowed_hosts=127.0.0.1,127.0.0.2,127.0.0.3
command[ok]=/bin/echo all is well
EOF_CONFIG
my $query = nrpe_query(text => 'ok');

# Runs code in a process of its own; reports() gives what it returned, a list of
# lines.
sub beside {
	my ($code) = @_;
	my $pid = open(my $out, '-|') // die "fork: $!";
	return $out if $pid;
	print "$_\n" for $code->();
	close STDOUT;
	POSIX::_exit(0);
}

sub reports {
	my ($out) = @_;
	chomp(my @lines = <$out>);
	close $out;
	return @lines;
}

# --- one of them -------------------------------------------------------------

# Sends these bytes, piece by piece if a gap is given, and waits for the end:
# how long it was since before the connection and since the handshake, whether
# there was an end, and the bytes of an answer.
sub wait_for_end {
	my ($agent, $bytes, @how) = @_;
	my $before = time;
	my $client = $agent->connect;
	my $since = time;
	$client->send($bytes, @how);
	my $answer = $client->read_all;
	return join ' ', time - $before, time - $since,
		$client->{ending} eq 'timeout' ? 'open' : 'closed',
		length $answer;
}

# Fits both lower and upper limit, each by the clock that is kind to the agent.
sub cut_off {
	my ($out, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($longer, $shorter, $end, $length) = split ' ', (reports($out))[0];
	is($end, 'closed', "$what: closed");
	is($length, 0, "$what: no answer");
	cmp_ok($longer, '>=', $least, "$what: it had its time");
	cmp_ok($shorter, '<', $most, "$what: and no more");
	return;
}

# --- a crowd of them ---------------------------------------------------------

# Connects that often from an address; a third says nothing, a third one byte,
# and the others a header, of TLS or of v4. Prints how many are connected, and
# in the end how many were closed, the earliest and the latest.
sub crowd {
	my ($agent, $from, $size) = @_;
	my $header = $agent->{plain} ? substr $query, 0, 16 :
	    pack 'H*', '1603010050';
	my (%since, %socket, @after);
	for my $i (0 .. $size - 1) {
		my $before = time;
		my $s = IO::Socket::IP->new(LocalHost => $from,
			PeerHost => '127.0.0.1', PeerPort => $agent->port)
			or return "cannot connect: $@";
		syswrite $s, ('', substr($header, 0, 1), $header)[ $i % 3 ];
		$socket{ fileno $s } = $s;
		$since{ fileno $s } = $before;
	}
	syswrite STDOUT, "$size\n";
	my $end = time + 2 * $Agent::patience;
	while (%socket && time < $end) {
		my $waiting = '';
		vec($waiting, $_, 1) = 1 for keys %socket;
		select($waiting, undef, undef, 1) > 0 or next;
		for my $fd (grep { vec $waiting, $_, 1 } keys %socket) {
			next if sysread $socket{$fd}, my $bytes, 100;
			push @after, time - $since{$fd};
			delete $socket{$fd};
		}
	}
	@after = sort { $a <=> $b } @after;
	return (scalar @after, @after ? @after[ 0, -1 ] : ());
}

# Whether the crowd stands there; it says so in its first line.
sub stands {
	my ($out, $size) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $line = '';
	1 while sysread($out, $line, 1, length $line) && $line !~ /\n/;
	return is($line, "$size\n", "$size connections that wait");
}

sub gone {
	my ($out, $size) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($closed, $first, $last) = reports($out);
	is($closed, $size, 'all of them were closed');
	cmp_ok($first, '>=', $least, 'none too early');
	# It takes a while to connect so many.
	cmp_ok($last, '<', $most + 15, 'none much too late');
	return;
}

# Those who ask are answered at once: 0.1 s is what it takes at most if the
# machine has nothing else to do, so that the limit only tells it from waiting.
sub good_clients {
	my ($agent) = @_;
	for (1 .. 5) {
		my $r = $agent->answers([ '-c', 'ok' ], 0, "all is well\n",
			'a good client');
		cmp_ok($r->{seconds}, '<', 5, 'at once');
		note(sprintf 'after %.0f ms', $r->{seconds} * 1e3);
	}
	return;
}

# --- all at once -------------------------------------------------------------

my @agents = map { Agent->start($config, args => $_) } ['-n'],
	nrpe_has_tls() ? [] : ();
my @all;
for my $agent (is_original() ? () : @agents) {
	my %one = map {
		my $bytes = substr $query, 0, $_;
		("$_ bytes" => beside(sub { wait_for_end($agent, $bytes) }));
	} 0, 1, 2, 9, 10, 15, 16, length($query) - 10, length($query) - 1;
	$one{'a trickle'} = beside(sub {
		wait_for_end($agent, $query, each => 1, gap => 0.1);
	});
	push @all, { agent => $agent, one => \%one,
		how => $agent->{plain} ? 'plain' : 'TLS' };
}
# After those, and from elsewhere: one address may have that many.
for my $way (@all) {
	$way->{crowds} = [ map {
		my $from = $_;
		beside(sub { crowd($way->{agent}, $from, 500) });
	} '127.0.0.2', '127.0.0.3' ];
}

# The time is what connection_timeout says.
sub connection_timeout {
	for my $args ([], ['-n']) {
		my $agent = Agent->start("connection_timeout=2\n$config",
			args => $args);
		my $client = $agent->connect(tls => undef);
		$client->send("\x16");
		is($client->read_all, '', 'one byte gets no answer');
		isnt($client->{ending}, 'timeout', 'but an end');
		cmp_ok($client->{seconds}, '<', 9, 'sooner than by default');
		$agent->stops;
	}
}

better 'case 24: a thousand that wait' => sub {
	for my $way (@all) {
		subtest $way->{how} => sub {
			stands($_, 500) for @{ $way->{crowds} };
			good_clients($way->{agent});
		};
	}
	subtest connection_timeout => \&connection_timeout;
	for my $way (@all) {
		subtest "$way->{how}, their end" => sub {
			gone($_, 500) for @{ $way->{crowds} };
			good_clients($way->{agent});
			my ($gatekeeper) = $way->{agent}->gatekeepers;
			my $open = sub {
				my @fds = glob "/proc/$gatekeeper/fd/*";
				return scalar @fds;
			};
			ok(wait_for(sub { $open->() < 100 }, $Agent::patience),
				'their descriptors are free');
		};
	}
};

matches 'case 16: a packet that is too short' => sub {
	for my $agent (@agents) {
		my $client = $agent->connect;
		my $how = $agent->{plain} ? 'plain' : 'TLS';
		$client->send(substr $query, 0, -10);
		$client->half_close;
		is($client->read_all, '', "$how, 10 bytes less, and an end");
		isnt($client->{ending}, 'timeout', "$how: closed");
		cmp_ok($client->{seconds}, '<', $Cases::at_once,
			"$how: at once");
	}
	# For these the original waits for ever.
	for my $way (@all) {
		cut_off($way->{one}{$_}, "$way->{how}, $_")
			for sort keys %{ $way->{one} };
	}
};
$_->stops for @agents;

done_testing();
