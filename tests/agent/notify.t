#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# What systemd hears: that it is ready, of reloads, that it ends; and a sign of
# life only if it has just served a request.
use strict;
use warnings;

use Agent;
use Beffroi;
use IO::Select;
use IO::Socket::UNIX;
use Socket 'SOCK_DGRAM';
use Test::More;
use Time::HiRes 'time';

my $config = <<'EOF_CONFIG';
keep_env_vars=NOTIFY_SOCKET,WATCHDOG_USEC,WATCHDOG_PID,LISTEN_FDS,KEPT
command[ok]=/bin/echo all is well
command[env]=/usr/bin/env
EOF_CONFIG

# --- one that listens, as systemd does ---------------------------------------

my $place = scratch();
my $path = "$place/notify";
my $listener;
my @heard; # one hash for each datagram

sub listen_at {
	my ($name) = @_;
	@heard = ();
	$listener = IO::Socket::UNIX->new(Type => SOCK_DGRAM,
		Local => $name =~ s/^\@/\0/r) or die "$name: $!";
}

# Takes what has come; how much that was.
sub hear {
	my ($seconds) = @_;
	return 0 if !IO::Select->new($listener)->can_read($seconds // 0);
	recv $listener, my $text, 4096, 0;
	push @heard, { map { /^(\w+)=(.*)$/ ? ($1 => $2) : ('?' => $_) }
		split /\n/, $text };
	return 1;
}

# The next datagram with a variable, those before it forgotten; or {}.
sub next_with {
	my ($name) = @_;
	my $end = time + $Agent::patience;
	while (time < $end) {
		while (my $one = shift @heard) {
			return $one if exists $one->{$name};
		}
		hear(1);
	}
	return {};
}

# --- without a watchdog ------------------------------------------------------

listen_at($path);
my $agent = Agent->start($config, env => { NOTIFY_SOCKET => $path,
	KEPT => 'this one' });

subtest 'it is ready' => sub {
	my $said = next_with('READY');
	is($said->{READY}, 1, 'says so');
	is($said->{STATUS}, 'ready: 2 commands, TLS, port ' . $agent->port,
		'and what it is');
	is($said->{MAINPID}, undef, 'it is who was started');
};

subtest 'a plugin' => sub {
	my $r = $agent->check_nrpe('-c', 'env');
	like($r->{out}, qr/^KEPT=this one$/m, 'gets what it is to');
	unlike($r->{out}, qr/NOTIFY|WATCHDOG|LISTEN/,
		'but cannot speak to systemd');
};

subtest 'a reload' => sub {
	my ($before) = slurp('/proc/uptime') =~ /^([\d.]+)/;
	$agent->configure("${config}command[new]=/bin/true\n")->reload;
	my $begun = next_with('RELOADING');
	is($begun->{RELOADING}, 1, 'begins');
	like($begun->{MONOTONIC_USEC} // '', qr/^\d+$/, 'at a time');
	cmp_ok($begun->{MONOTONIC_USEC} / 1e6, '>=', $before - 1,
		'that is not before it was asked for');
	my $done = next_with('READY');
	is($done->{READY}, 1, 'and ends');
	like($done->{STATUS}, qr/\Aready: 3 commands, TLS/, 'with more');
};

for my $case (
	[ 'a broken line', "${config}command[broken\n",
		sub { qr/cfg:${\scalar split \/\n\/, slurp($agent->config)}: / } ],
	[ 'no certificate', "${config}ssl_cert_file=/nonexistent\n" .
		"ssl_privatekey_file=/nonexistent\n", sub { qr/come up/ } ],
	[ 'an address that is none', "${config}server_address=here\n",
		sub { qr/'here'/ } ],
) {
	my ($what, $text, $why) = @$case;
	subtest "a reload with $what" => sub {
		$agent->is_alone;
		$agent->configure($text)->reload;
		is(next_with('RELOADING')->{RELOADING}, 1, 'begins');
		my $done = next_with('READY');
		is($done->{READY}, 1, 'and ends');
		like($done->{STATUS}, qr/\Areload refused: /, 'refused');
		like($done->{STATUS}, $why->(), 'and why');
		$agent->answers([ '-c', 'ok' ], 0, "all is well\n",
			'the old one goes on');
	};
}

subtest 'several reloads at once' => sub {
	$agent->configure($config);
	$agent->reload for 1 .. 20;
	is(next_with('READY')->{READY}, 1, 'end');
	wait_for(sub { $agent->gatekeepers == 1 && !hear() },
		$Agent::patience);
	my ($last) = grep { $_->{READY} || $_->{RELOADING} } reverse @heard;
	ok(!$last || $last->{READY}, 'and not in the middle of one');
};

subtest 'its end' => sub {
	kill TERM => $agent->pid;
	is(next_with('STOPPING')->{STOPPING}, 1, 'it says so');
	$agent->stops;
	while (hear()) { }
	is(scalar(grep { $_->{WATCHDOG} } @heard), 0,
		'never a sign of life that nobody asked for');
};

# --- it cannot start, goes to the background, or is told by another name ------

subtest 'it does not start' => sub {
	my $file = "$place/broken.cfg";
	spew($file, "server_port=x\n");
	run({ env => { NOTIFY_SOCKET => $path } }, './agent/beffroid', '-f',
		'-c', $file);
	my $said = next_with('STATUS');
	like($said->{STATUS}, qr/\Anot started: \Q$file\E:1: /, 'why');
	is($said->{READY}, undef, 'it is not ready');
};

subtest 'in the background' => sub {
	my $user = is_root() ? getpwuid(ordinary_user()) : getpwuid($>);
	my $group = getgrgid((getpwnam $user)[3]);
	spew("$place/background.cfg", <<"EOF_CONFIG");
server_address=127.0.0.1
server_port=0
nrpe_user=$user
nrpe_group=$group
pid_file=$place/pid
log_file=$place/log
EOF_CONFIG
	my $r = run({ env => { NOTIFY_SOCKET => $path } }, './agent/beffroid',
		'-n', '-c', "$place/background.cfg");
	is($r->{code}, 0, 'it starts');
	my $pid = slurp("$place/pid") + 0;
	my $said = next_with('READY');
	is($said->{MAINPID}, $pid, 'it says who it became');
	like($said->{STATUS}, qr/\Aready: 0 commands, no TLS, port \d+\z/,
		'and what');
	kill TERM => $pid;
	ok(wait_for(sub { !kill 0, $pid }, $Agent::patience), 'it ends');
};

# --- with a watchdog -----------------------------------------------------------

# No sign of life for so long, seconds.
sub is_silent {
	my ($seconds) = @_;
	while (hear()) { }
	@heard = ();
	my $end = time + $seconds;
	hear(0.1) while time < $end;
	return !grep { $_->{WATCHDOG} } @heard;
}

my $abstract = "\@beffroi-notify-$$";
listen_at($abstract);
my $interval = 1;
$agent = Agent->start($config, args => ['-n'], env => {
	NOTIFY_SOCKET => $abstract, WATCHDOG_USEC => $interval * 1e6 });

subtest 'a watchdog' => sub {
	is(next_with('READY')->{READY}, 1, 'it is ready');
	is(next_with('WATCHDOG')->{WATCHDOG}, 1, 'and lives') for 1 .. 5;
	# Those that came while this program was not looking do not count.
	my $start = time;
	while (hear()) { }
	@heard = ();
	next_with('WATCHDOG') for 1 .. 4;
	cmp_ok(time - $start, '>=', $interval,
		'saying so not more often than twice the time');
};

# Workers are added while those that there are hang, so once more each time.
subtest 'no worker that answers' => sub {
	ok(wait_for(sub {
		kill STOP => $agent->workers;
		return is_silent(3 * $interval);
	}, $Agent::patience), 'no sign of life');
	kill KILL => $agent->workers;
	is(next_with('WATCHDOG')->{WATCHDOG}, 1, 'with others there is one');
};

subtest 'a gatekeeper that hangs' => sub {
	my ($keeper) = $agent->gatekeepers;
	kill STOP => $keeper;
	ok(wait_for(sub { is_silent(3 * $interval) }, $Agent::patience),
		'no sign of life');
	kill KILL => $keeper;
	is(next_with('WATCHDOG')->{WATCHDOG}, 1, 'with another there is one');
};

subtest 'reloads in between' => sub {
	for my $round (1 .. 10) {
		$agent->reload;
		is(next_with('READY')->{READY}, 1, "reload $round");
		is(next_with('WATCHDOG')->{WATCHDOG}, 1, 'and it lives');
	}
	ok($agent->is_alone, 'one gatekeeper is left');
};
$agent->stops;

subtest 'a watchdog that is another\'s' => sub {
	my $other = Agent->start($config, args => ['-n'], env => {
		NOTIFY_SOCKET => $abstract, WATCHDOG_USEC => 20_000,
		WATCHDOG_PID => $$ });
	is(next_with('READY')->{READY}, 1, 'it is ready');
	ok(is_silent(1), 'and no sign of life is sent');
	$other->stops;
};

done_testing();
