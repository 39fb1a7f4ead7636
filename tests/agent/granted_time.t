#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# What was granted other rights ends as all else does: in time, with what came
# of it, and what does not end is known.
use strict;
use warnings;

use Agent;
use Beffroi;
use Disks;
use POSIX ();
use Test::More;

if (!private_mounts()) {
	diag('SKIPPED: only root grants, and can mount');
	plan(skip_all => 'only root grants, and can mount');
}

my $fuse = scratch();
my $place = scratch();
chmod 0755, $fuse;
chmod 0777, $place;

my $late = qr/\ANRPE: Command timed out after 1 seconds?$/m;
my $agent = Agent->start(<<"EOF_CONFIG", programs => ['tests/agent/plugin']);
command_timeout=1
command[late]=\@dir\@/plugin pid=$place/late sleep=25
command_user[late]=mail
command_ttl[late]=600
command[quick]=\@dir\@/plugin pid=$place/quick out=quick
command_user[quick]=mail
command_ttl[quick]=600
command[leaves]=\@dir\@/plugin escape=25 out=left
command_user[leaves]=mail
command[hangs]=\@dir\@/plugin pid=$place/hangs stat=$fuse
command_user[hangs]=mail
command[hangs_here]=\@dir\@/plugin pid=$place/hangs_here stat=$fuse
command[other]=\@dir\@/plugin out=other
command_user[other]=daemon
command[plain]=/bin/echo all is well
EOF_CONFIG

# How often a plugin was started that notes it.
sub runs_of {
	my ($name) = @_;
	return -e "$place/$name" ? scalar(() = slurp("$place/$name") =~ /\n/g)
		: 0;
}

# Those of an agent's directory: other tests have theirs.
sub plugins {
	my ($of) = @_;
	my $program = $of->dir . '/plugin';
	return grep { $_->{comm} eq 'plugin' &&
		slurp("/proc/$_->{pid}/cmdline") =~ /^\Q$program\E\0/ }
		Agent::processes();
}

# Until a worker and its runner, which are others than these, are there.
sub replaced {
	my (%was) = map { $_ => 1 } @_;
	return wait_for(sub {
		my @now = ($agent->workers, $agent->runners);
		return @now >= 2 && !grep { $was{$_} } @now;
	}, $Agent::patience);
}

subtest 'command_ttl' => sub {
	$agent->answers([ '-c', 'quick' ], 0, "quick\n", 'an answer');
	$agent->answers([ '-c', 'quick' ], 0, qr/\Aquick/, 'serves again');
	is(runs_of('quick'), 1, 'it was run once');
	for my $round (1, 2) {
		$agent->answers([ '-c', 'late' ], 3, $late, 'a timeout');
		is(runs_of('late'), $round, 'never does');
	}
	is(scalar plugins($agent), 0, 'none lives on');
};

subtest 'what a program leaves behind' => sub {
	my @old = ($agent->workers, $agent->runners);
	$agent->answers([ '-c', 'leaves' ], 0, "left\n", 'its answer');
	my @left = plugins($agent);
	is(scalar @left, 1, 'there is one');
	ok(wait_for(sub { grep { $_->{parent} == $agent->pid } plugins($agent) },
		$Agent::patience), 'its runner went in order');
	my ($victim) = $agent->workers;
	kill 'KILL', $victim;
	$agent->is_logged(qr/worker $victim was killed/, 'a worker dies');
	ok(replaced($victim), 'another takes its place');
	$agent->answers([ '-c', 'plain' ], 0, "all is well\n", 'and works');
	is(scalar Agent::living(@left), 1, 'what was left lives on');
	kill 'KILL', map { $_->{pid} } @left;
};

sub hang_fuse {
	my $helper = POSIX::getcwd() . '/tests/program/fuse_hang';
	return -c '/dev/fuse' ? spawn($helper, 'getattr', 'none', $fuse) :
		undef;
}

# A child of the runner, and one of the worker beside it.
for my $name ('hangs', 'hangs_here') {
	subtest "$name, stuck in the kernel" => sub {
		my $pid = hang_fuse() or plan(skip_all => 'no FUSE here');
		$agent->mark->answers([ '-c', $name ], 3, $late,
			'the first time');
		my $stuck = slurp("$place/$name") + 0;
		$agent->answers([ '-c', $name ], 3, qr/\AUNKNOWN\ -\ stuck\ since
			.*\(process\ $stuck\ does\ not\ end\):\ $name;/x,
			'then at once') for 1 .. 5;
		is(runs_of($name), 1, 'it was run once');
		$agent->answers([ '-c', 'quick' ], 0, qr/\Aquick/, 'others run');
		$agent->answers([ '-c', 'other' ], 0, "other\n", 'others\', too');
		stop($pid);
		sh("umount -l '$fuse' 2>/dev/null || true");
		$agent->is_logged(qr/process $stuck.* has ended/, 'it ends');
		$agent->answers([ '-c', $name ], 0, "there\n", 'as before');
	};
}

# The unit spares the agent when memory runs out, not what it runs.
subtest 'OOMScoreAdjust' => sub {
	if (system('sh', '-c',
		'echo -200 2>&- >/proc/self/oom_score_adj')) {
		diag('SKIPPED: no process may be spared here');
		plan(skip_all => 'no CAP_SYS_RESOURCE');
	}
	my $spared = Agent->start(<<'EOF_CONFIG', by => ['sh', '-c',
command[plain]=/bin/cat /proc/self/oom_score_adj
command[granted]=/bin/cat /proc/self/oom_score_adj
command_user[granted]=mail
EOF_CONFIG
		'echo -200 >/proc/self/oom_score_adj && exec "$@"', 'sh']);
	my $of = sub { slurp("/proc/$_[0]/oom_score_adj") + 0 };
	is($of->($_), -200, 'the agent has it')
		for $spared->pid, $spared->gatekeepers;
	$spared->answers([ '-c', $_ ], 0, "0\n", $_) for 'plain', 'granted';
	$spared->stops;
};

# Under hidepid nobody but root sees processes of others.
subtest 'one that cannot be seen' => sub {
	plan(skip_all => 'no /proc of its own') if system('unshare', '-m',
		'mount', '-t', 'proc', '-o', 'hidepid=2', 'proc', '/proc');
	my $hidden = Agent->start(<<'EOF_CONFIG', programs =>
command_timeout=1
command[late]=@dir@/plugin escape=25 sleep=25
command_user[late]=mail
EOF_CONFIG
		['tests/agent/plugin'], by => ['unshare', '-m', 'sh', '-c',
		'mount -t proc -o hidepid=2 proc /proc && exec "$@"', 'sh']);
	$hidden->answers([ '-c', 'late' ], 3, $late, 'a timeout');
	is(scalar(grep { $_->{state} ne 'Z' } plugins($hidden)), 0,
		'and nobody who left its session lives on');
	$hidden->stops;
};

# A user database that does not answer is read by the runner itself.
subtest 'a runner that hangs' => sub {
	my @old = ($agent->workers, $agent->runners);
	kill 'KILL', @old;
	ok(replaced(@old), 'one that has asked for nobody yet');
	sh("mkfifo '$place/passwd'");
	sh("mount --bind '$place/passwd' /etc/passwd");
	my $r = $agent->mark->check_nrpe('-c', 'other');
	sh('umount -l /etc/passwd');
	is($r->{code}, 3, 'UNKNOWN');
	like($r->{out}, qr/the process that runs it .* ended before/,
		'in its worker\'s words');
	$agent->is_logged(qr/runner \d+ was killed by signal 14/,
		'it comes to an end');
	$agent->answers([ '-c', 'other' ], 0, "other\n", 'another works');
};

$agent->stops;
done_testing();
