#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Whatever a plugin or a worker does: the right answer in time, and no process,
# no descriptor and no memory is left behind.
use strict;
use warnings;

use Agent;
use Beffroi;
use Disks;
use Fcntl ':flock';
use POSIX ();
use Test::More;
use Time::HiRes 'time';

private_mounts() if is_root();

my $timeout = 2; # s, of each command
my $late = 8;    # s, that a busy machine may add
my $growth = 1024; # kB
my $sanitized = slurp('agent/beffroid') =~ /__[at]san_init/;
my $fuse = scratch();
chmod 0755, $fuse;

# Each holds a file of its name that is free when the last of its processes has
# ended. [ arguments of the plugin, state, words, whether it takes all its time ]
my $timed_out = qr/\ANRPE: Command timed out after $timeout seconds$/m;
my @cases = (
	[ 'pipe', 'quiet=1 child=1 out=done', 0, qr/\Adone$/, 0 ],
	[ 'mute', 'close=1 exit=1', 3, qr/\ANRPE: Unable to read output$/, 0 ],
	[ 'flood', 'flood', 3, $timed_out, 1 ],
	[ 'output', 'bytes=1000000000 exit=1', undef, qr/\A0123|$timed_out/, 0 ],
	[ 'errors', 'errbytes=1000000000 out=x', undef, qr/\Ax$|$timed_out/, 0 ],
	[ 'deaf', 'deaf sleep=25', 3, $timed_out, 1 ],
	[ 'session', 'escape=25 sleep=25', 3, $timed_out, 1 ],
	[ 'group', 'group sleep=25', 3, $timed_out, 1 ],
	[ 'forks', 'loop', 3, $timed_out, 1 ],
	[ 'storm', 'storm=4 sleep=25', 3, $timed_out, 1 ],
	[ 'chain', 'run sleep=25', 3, $timed_out, 1 ],
	[ 'stopped', 'signal=19 sleep=25', 3, $timed_out, 1 ],
	[ 'killed', 'out=words signal=9', 2, qr/\Awords$/, 0 ],
);
my $config = "command_timeout=$timeout\n" . join '', map {
	"command[$_->[0]]=\@dir\@/plugin hold=\@dir\@/run/$_->[0] $_->[1]\n"
} @cases;
$config .= <<"EOF_CONFIG";
command[ok]=/bin/echo all is well
command[load]=\@dir\@/plugins/check_load -w 900 -c 900
command[slow]=\@dir\@/plugin hold=\@dir\@/run/slow pid=\@dir\@/run/pid out=begun child=120 sleep=120
command[hangs]=\@dir\@/plugin pid=\@dir\@/run/hangs stat=$fuse
EOF_CONFIG

my $agent = Agent->start($config, programs => ['tests/agent/plugin']);

sub is_held {
	my ($name) = @_;
	open my $file, '<', $agent->dir . "/run/$name" or return 0;
	return !flock $file, LOCK_EX | LOCK_NB;
}

# { comm => [ most descriptors, kB ] } of the agent's own processes.
sub footprint {
	my %seen;
	for my $p (Agent::family($agent->pid)) {
		my @open = glob "/proc/$p->{pid}/fd/*";
		my $status = eval { slurp("/proc/$p->{pid}/status") } // '';
		my ($rss) = $status =~ /^VmRSS:\s+(\d+) kB/m;
		my $was = $seen{ $p->{comm} } //= [ 0, 0 ];
		$was->[0] = @open if @open > $was->[0];
		$was->[1] = $rss if ($rss // 0) > $was->[1];
	}
	return \%seen;
}

# What there is more of than before: processes that are none of the agent's own,
# dead ones, descriptors. Workers come and go; each new one settles first.
sub left {
	my ($before) = @_;
	my @family = Agent::family($agent->pid);
	my $now = footprint();
	my @left = map { "$_->{comm} $_->{pid} ($_->{state})" } grep {
		$_->{state} eq 'Z' || $_->{comm} !~ /^(lt-)?beffroid/ } @family;
	for my $comm (sort keys %$now) {
		my $was = $before->{$comm} // next;
		# The gatekeeper has one for each worker.
		my $spare = $comm eq 'beffroid-net' ? 8 : 0;
		push @left, "$comm: $was->[0] descriptors, now $now->{$comm}[0]"
			if $now->{$comm}[0] > $was->[0] + $spare;
		push @left, "$comm: $was->[1] kB, now $now->{$comm}[1]"
			if $now->{$comm}[1] > $was->[1] + $growth && !$sanitized;
	}
	return @left;
}

sub nothing_left {
	my ($before, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @left;
	wait_for(sub { !(@left = left($before)) }, $Agent::patience);
	return is_deeply(\@left, [], "$what: nothing is left");
}

sub ask_some {
	for (1 .. 5) {
		$agent->check_nrpe('-c', $_) for 'ok', 'load', 'output';
	}
	return;
}

# What the first answers cost is no leak.
ask_some();
my $before = footprint();
cmp_ok(scalar keys %$before, '>=', 3, 'it has processes');

for my $case (@cases) {
	my ($name, undef, $code, $words, $all) = @$case;
	my $r = $agent->check_nrpe('-c', $name);
	is($r->{code}, $code, "$name: the state") if defined $code;
	like(substr($r->{out}, 0, 200), $words, "$name: the words");
	cmp_ok($r->{seconds}, '>=', $timeout - 0.1, "$name: all its time")
		if $all;
	cmp_ok($r->{seconds}, '<', $timeout + 1 + $late, "$name: no more");
	ok(wait_for(sub { !is_held($name) }, $Agent::patience),
		"$name: its last process has ended");
	nothing_left($before, $name);
}

# The process number of a plugin, as soon as it runs.
sub plugin_pid {
	my ($name) = @_;
	my $file = $agent->dir . "/run/$name";
	my $pid;
	ok(wait_for(sub {
		($pid) = -e $file ? slurp($file) =~ /^(\d+)\n\z/m : ();
		return defined $pid;
	}, $Agent::patience), "$name runs");
	return $pid // 0;
}

sub worker_of {
	my ($pid) = @_;
	my ($p) = grep { $_->{pid} == $pid } Agent::processes();
	return $p ? $p->{parent} : 0;
}

for my $case ([ 'SEGV', qr/ended before it was done/, 'crashes' ],
	[ 'STOP', qr/did not return in time/, 'stops' ]) {
	my ($signal, $words, $what) = @$case;
	subtest "a worker that $what" => sub {
		unlink $agent->dir . '/run/pid';
		my $begun = $agent->begin('-c', 'slow');
		my $worker = worker_of(plugin_pid('pid'));
		my $began = time;
		ok($worker, 'there is one') or return;
		kill $signal, $worker;
		my ($r) = Agent::collect($begun);
		is($r->{code}, 3, 'UNKNOWN');
		like($r->{out}, $words, 'and why');
		cmp_ok(time - $began, '<', $timeout + 2.5 + $late, 'in time');
		$agent->answers([ '-c', 'ok' ], 0, "all is well\n", 'then');
		ok(wait_for(sub { !is_held('slow') }, $Agent::patience),
			'its program ends, too');
		nothing_left($before, "one that $what");
	};
}

sub hang_fuse {
	my $helper = POSIX::getcwd() . '/tests/program/fuse_hang';
	return is_root() && -c '/dev/fuse' ?
		spawn($helper, 'getattr', 'none', $fuse) : undef;
}

SKIP: {
	my $pid = hang_fuse() or skip('no FUSE here', 1);
	subtest 'a program stuck in the kernel' => sub {
		my $r = $agent->answers([ '-c', 'hangs' ], 3, $timed_out,
			'the first time');
		cmp_ok($r->{seconds}, '<', $timeout + 2 + $late, 'in time');
		my $file = $agent->dir . '/run/hangs';
		my $stuck = slurp($file) + 0;
		for (1 .. 20) {
			$r = $agent->check_nrpe('-c', 'hangs');
			last if $r->{out} !~ /stuck/;
		}
		like($r->{out}, qr/\AUNKNOWN\ -\ stuck\ since\ [\d:]{8}
			\ \(process\ $stuck\ does\ not\ end\):\ hangs;/x,
			'then at once, 20 times');
		is(() = slurp($file) =~ /\n/g, 1, 'it was run once');
		is(scalar(grep { $_->{comm} eq 'plugin' }
			Agent::family($agent->pid)), 1, 'one process is stuck');
		$agent->answers([ '-c', 'ok' ], 0, "all is well\n", 'others run');
		$agent->is_logged(qr/stuck since .*process $stuck does not end/,
			'the log says it');
		stop($pid);
		sh("umount -l '$fuse' 2>/dev/null || true");
		$agent->is_logged(qr/process $stuck.* has ended/, 'and its end');
		$agent->answers([ '-c', 'hangs' ], 0, "there\n", 'as before');
		nothing_left($before, 'a stuck program');
	};
}

subtest 'many checks' => sub {
	my $times = $sanitized ? 20 : 125;
	my @wrong;
	for (1 .. $times) {
		push @wrong, grep { $_->{code} || $_->{out} !~ /load|well/ }
			$agent->check_nrpe_at_once(([ '-c', 'ok' ],
			[ '-c', 'load' ]) x 4);
	}
	is_deeply(\@wrong, [], 8 * $times . ' of them');
	nothing_left($before, 'many checks');
};

$agent->stops;
done_testing();
