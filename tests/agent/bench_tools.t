#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# The tools of tests/bench say what is so: right answers are counted, and wrong
# ones by what is wrong with them. No word about times.
use strict;
use warnings;

use Agent;
use Beffroi;
use IO::Socket::INET;
use Nrpe;
use Test::More;

my $load = 'tests/bench/nrpe_load';

# What a run says, as a hash; its exit status in {code}.
sub load {
	my (@args) = @_;
	my $r = run($load, @args);
	diag($r->{err}) if $r->{err} ne '';
	return { code => $r->{code}, $r->{out} =~ /(\w+)=([\d.]+)/g };
}

# All asked were answered, and rightly.
sub all_well {
	my ($count, $what, @args) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $r = load("--requests=$count", '--deadline=30', @args);
	is_deeply([ @$r{qw(code requests errors)} ], [ 0, $count, 0 ], $what);
	ok($r->{p50} > 0 && $r->{p50} <= $r->{p90} && $r->{p90} <= $r->{p99}
		&& $r->{rate} > 0, "$what: figures");
	return;
}

# Each of so many requests failed, all of them for that reason.
sub all_wrong {
	my ($count, $kind, $what, @args) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $r = load("--requests=$count", '--deadline=30', @args);
	is_deeply([ @$r{'code', 'requests', 'errors', $kind} ],
		[ 1, 0, $count, $count ], $what);
	return;
}

# The floor, which ends as its input does.
sub floor_port {
	my ($in, @args) = @_;
	pipe my $read, $$in or die "pipe: $!";
	my $pid = open(my $out, '-|') // die "fork: $!";
	if ($pid == 0) {
		close $$in;
		open STDIN, '<&', $read;
		exec 'tests/bench/floor', @args or POSIX::_exit(127);
	}
	my ($port) = (<$out> // '') =~ /:(\d+)$/ or BAIL_OUT('no floor');
	return ($port, $out);
}

# A server which gives each of n connections the same bytes, or none and waits
# for its client to go away.
sub server {
	my ($n, $bytes) = @_;
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
		Listen => 16) or die "no port: $!";
	my $pid = fork // die "fork: $!";
	return ($socket->sockport, $pid) if $pid;
	alarm 60;
	for (1 .. $n) {
		my $client = $socket->accept or last;
		sysread $client, my $query, 1036;
		syswrite $client, $bytes if defined $bytes;
		shutdown $client, 1 if defined $bytes;
		1 while sysread $client, $query, 4096;
	}
	POSIX::_exit(0);
}

sub against {
	my ($kind, $what, $bytes, @args) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($port, $pid) = server(3, $bytes);
	all_wrong(3, $kind, $what, '--plain', @args, $port);
	waitpid $pid, 0;
	return;
}

# --- against the floor -------------------------------------------------------

for my $how ([], ['-n']) {
	my ($port, $out) = floor_port(\my $in, @$how);
	my @args = (('--plain') x @$how, $port);
	my $name = @$how ? 'plain' : 'TLS';
	all_well(200, "the floor, $name, v$_", '--clients=8', "--version=$_",
		'--expect=LOAD OK', @args) for 2, 4;
	all_wrong(3, 'text', "$name: other words", '--expect=DISK', @args);
	all_wrong(3, 'result', "$name: another state", '--result=2', @args);
	my $r = load('--requests=120', '--bad', @args);
	cmp_ok($r->{answered}, '>', 0, "$name: it answers what is bad");
	close $in;
	is(scalar <$out>, undef, 'the floor says nothing more');
	ok(close $out, 'the floor ends when its input does');
}

# --- against those who are wrong ---------------------------------------------

my $right = nrpe_response(text => 'right');
against('closed', 'closed without a word', '');
against('packet', 'half of an answer', substr $right, 0, 14);
against('packet', 'more than an answer', $right . 'x');
against('packet', 'a wrong CRC', nrpe_response(text => 'right', crc => 1));
against('packet', 'a query', nrpe_query(text => 'right'));
against('packet', 'padding', nrpe_response(text => 'right', size => 1036));
against('version', 'another version', nrpe_response(version => 2,
	text => 'right'));
against('result', 'a state', nrpe_response(text => 'right', result => 1));
against('text', 'a text', $right, '--expect=wrong');
against('late', 'no answer at all', undef, '--clients=3', '--deadline=0.2');

{
	my ($port, $pid) = server(3, nrpe_response(text => 'right',
		size => 1036));
	all_well(3, 'padding, if it may be', '--plain', '--padded', $port);
	waitpid $pid, 0;
}
all_wrong(3, 'connect', 'nobody there', '--plain', Agent::free_port());

# --- against ours ------------------------------------------------------------

my $config = join "\n", 'connection_timeout=2', 'allowed_hosts=127.0.0.0/8',
	map { "command[load$_]=/bin/echo this is $_" } 0 .. 7;
for my $how ([], ['-n']) {
	my @plain = ('--plain') x @$how;
	my $name = @$how ? 'plain' : 'TLS';
	my $agent = Agent->start($config, args => $how);
	my @args = (@plain, $agent->port);
	all_well(40, "ours, $name", '--clients=8', '--expect=this is', @args);
	all_well(4, "ours, $name, a name without a number",
		'--command=load7', '--expect=this is 7', @args);
	all_well(4, "ours, $name, slowly", '--clients=4', '--slow=0.01',
		@args);
	all_well(48, "ours, $name: nothing bad is answered", '--clients=4',
		'--bad', @args);

	# Cut after two seconds, and there again.
	pipe my $read, my $write or die "pipe: $!";
	my $pid = open(my $out, '-|') // die "fork: $!";
	if ($pid == 0) {
		close $write;
		open STDIN, '<&', $read;
		exec $load, '--idle=16', '--dribble=4', '--seconds=60', @args
			or POSIX::_exit(127);
	}
	is(scalar <$out>, "attacking\n", 'attackers');
	ok(wait_for(sub {
		my @cut = $agent->log =~ /no whole query in time/g;
		return @cut > 24;
	}, 30), 'attackers are cut, and come again');
	close $write;
	like(scalar <$out>, qr/^opened=\d+ cut=\d+ failed=0$/,
		'attackers say how often');
	close $out;
	$agent->stops;
}

done_testing();
