#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Sockets that are open before the agent is: handed over by systemd's own tool,
# and by this test, right and wrong.
use strict;
use warnings;

use Agent;
use Beffroi;
use Fcntl 'F_SETFD';
use IO::Socket::INET;
use IO::Socket::IP;
use Nrpe;
use Test::More;

my $program = POSIX::getcwd() . '/agent/beffroid';
my $place = scratch();
my $user = is_root() ? getpwuid(ordinary_user()) : getpwuid($>);
my $config = <<'EOF_CONFIG';
keep_env_vars=LISTEN_FDS,LISTEN_PID,LISTEN_FDNAMES
command[ok]=/bin/echo all is well
command[env]=/usr/bin/env
EOF_CONFIG

chmod 0755, $place;

# What is to execute the agent with these sockets as descriptors 3 and on.
sub handing {
	my (@handles) = @_;
	my $code = <<'EOF_CODE';
my @fds = split /,/, shift;
POSIX::dup2($fds[$_], 50 + $_) for 0 .. $#fds; # out of each other's way
POSIX::dup2(50 + $_, 3 + $_) for 0 .. $#fds;
POSIX::close(50 + $_) for 0 .. $#fds;
@ENV{'LISTEN_FDS', 'LISTEN_PID'} = (scalar @fds, $$);
exec { $ARGV[0] } @ARGV;
EOF_CODE
	fcntl $_, F_SETFD, 0 for @handles;
	return ($^X, '-MPOSIX', '-e', $code,
		join(',', map { fileno $_ } @handles));
}

sub listening {
	return IO::Socket::IP->new(LocalHost => $_[0] // '127.0.0.1',
		Listen => 5) // die "no socket: $!";
}

subtest 'handed over by this test' => sub {
	my ($one, $other) = (listening(), listening('127.0.0.2'));
	my @ports = map { $_->sockport } $one, $other;
	my $unused = Agent::free_port();
	my $agent = Agent->start("server_port=$unused\n$config",
		args => ['-n'], by => [ handing($one, $other) ]);
	is(Nrpe->tcp($ports[0])->ask(nrpe_query(text => 'ok'))->{text},
		'all is well', 'the first one');
	is(Nrpe->tcp($ports[1], host => '127.0.0.2')
		->ask(nrpe_query(text => 'ok'))->{text} // '', 'all is well',
		'the other one');
	ok(!IO::Socket::INET->new("127.0.0.1:$unused"),
		'the port in the file is not open');
	like($agent->log, qr/handed over, so server_address and server_port/,
		'the log says it');
	unlike(Nrpe->tcp($ports[0])->ask(nrpe_query(text => 'env'))->{text},
		qr/LISTEN/, 'a plugin hears nothing of it');

	for my $round (1 .. 3) {
		$agent->mark->reload;
		$agent->is_logged(qr/listening on 127\.0\.0\.2:$ports[1]\n/,
			"reload $round");
		is(Nrpe->tcp($ports[0])->ask(nrpe_query(text => 'ok'))->{text},
			'all is well', 'it still answers');
	}
	$agent->is_alone;
	my ($keeper) = $agent->gatekeepers;
	$agent->mark;
	kill KILL => $keeper;
	$agent->is_logged(qr/\b$keeper\b.*signal 9/, 'a gatekeeper dies');
	is(Nrpe->tcp($ports[0])->ask(nrpe_query(text => 'ok'))->{text},
		'all is well', 'and another one serves');
	$agent->stops;

	# They are still there, for the next one to be started by.
	ok(IO::Socket::INET->new("127.0.0.1:$ports[0]"),
		'whoever comes meanwhile waits');
};

subtest 'not meant for it' => sub {
	my $agent = Agent->start($config, args => ['-n'],
		env => { LISTEN_FDS => 1, LISTEN_PID => $$ });
	is(Nrpe->tcp($agent->port)->ask(nrpe_query(text => 'ok'))->{text},
		'all is well', 'it listens by itself');
	$agent->stops;
};

# A configuration without a port that is free.
my $busy = listening();
my $file = "$place/busy.cfg";
spew($file, join "\n", 'server_address=127.0.0.1', "nrpe_user=$user",
	'nrpe_group=' . getgrgid((getpwnam $user)[3]),
	'server_port=' . $busy->sockport, "state_directory=$place/state",
	'command[ok]=/bin/echo all is well', '');

subtest 'what is no such socket' => sub {
	open my $null, '<', '/dev/null' or die $!;
	my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $busy->sockport) or die $!;
	my $udp = IO::Socket::INET->new(Proto => 'udp',
		LocalAddr => '127.0.0.1') or die $!;
	my $good = listening();
	for my $case (
		[ 'a device', qr/descriptor 3 .*is not a socket/, $null ],
		[ 'a connection', qr/descriptor 4 .*does not listen; .* -i/,
			$good, $client ],
		[ 'datagrams', qr/descriptor 3 .*is not a TCP socket/, $udp ],
	) {
		my ($what, $says, @handles) = @$case;
		my $r = run(handing(@handles), $program, '-f', '-n', '-c',
			$file);
		is($r->{code}, 1, "$what: it does not start");
		like($r->{err}, $says, 'and says which and why');
	}
	my $r = run(handing($good), $program, '--check', '-c', $file);
	is($r->{code}, 0, '--check with a good one');
	like($r->{out}, qr/^# the sockets were handed over, so server_address/m,
		'says what is not used');
	$r = run(handing($null), $program, '--check', '-c', $file);
	is($r->{code}, 1, '--check with a bad one');
	like($r->{out}, qr/error: descriptor 3/, 'says which');
};

# --- systemd's own tool ------------------------------------------------------

my $activate = need('systemd-socket-activate');

# Starts it, and waits until it listens.
sub activate {
	my ($port, @args) = @_;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', "$place/log";
		open STDERR, '>>', "$place/log";
		exec { $activate } $activate, '-l', "127.0.0.1:$port", @args
			or POSIX::_exit(127);
	}
	# Not by connecting: that would start the agent.
	my $hex = sprintf '0100007F:%04X', $port;
	ok(wait_for(sub { slurp('/proc/net/tcp') =~ /: $hex \S+ 0A / },
		$Agent::patience), 'it listens') || diag(slurp("$place/log"));
	return $pid;
}

sub ends_with_all {
	my ($pid) = @_;
	my @family = Agent::family($pid);
	kill TERM => $pid;
	waitpid $pid, 0;
	ok(wait_for(sub { !Agent::living(@family) }, $Agent::patience),
		'all of it ends');
}

subtest 'systemd-socket-activate' => sub {
	my $port = Agent::free_port();
	my $pid = activate($port, '--fdname=beffroid', $program, '-f', '-n',
		'-c', $file);
	for my $round (1 .. 3) {
		is(Nrpe->tcp($port, timeout => $Agent::patience)
			->ask(nrpe_query(text => 'ok'))->{text} // '',
			'all is well', $round == 1 ?
			'the first client starts it' : 'and it stays');
	}
	like(slurp("$place/log"), qr/listening on 127\.0\.0\.1:$port$/m,
		'on that port and no other');
	ends_with_all($pid);
};

subtest 'systemd-socket-activate --inetd' => sub {
	my $port = Agent::free_port();
	my $pid = activate($port, '--inetd', '-a', $program, '-i', '-n', '-c',
		$file);
	for my $version (2, 4) {
		is(Nrpe->tcp($port, timeout => $Agent::patience)->ask(
			nrpe_query(text => 'ok', version => $version))->{text}
			// '', 'all is well', "a process for each, v$version");
	}
	ends_with_all($pid);
};

done_testing();
