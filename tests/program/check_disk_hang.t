#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# A file system that hangs costs its own line, and one process, and no more.
use strict;
use warnings;

use Beffroi;
use Disks;
use POSIX ();
use Test::More;

if (!private_mounts()) {
	diag('SKIPPED: only root can mount');
	plan(skip_all => 'only root can mount');
}

my $check = plugin('host/check_disk');
my $helper = POSIX::getcwd() . '/tests/program/fuse_hang';
my $state = scratch();
chmod 0700, $state;

my @limits = ('-w1%', '-c0%', "--state-dir=$state");

# The probes in this test's mounts, with their states: { 17 => 'D' }.
sub probes {
	my $ours = readlink '/proc/self/ns/mnt';
	my %found;
	for my $dir (glob '/proc/[0-9]*') {
		next if (readlink("$dir/ns/mnt") // '') ne $ours;
		open my $fh, '<', "$dir/stat" or next;
		my ($pid, $name, $s) = (<$fh> // '') =~ /^(\d+) \((.*)\) (\S)/;
		$found{$pid} = $s if ($name // '') =~ /^bf-[0-9a-f]{12}$/;
	}
	return \%found;
}

sub no_probes { return !%{ probes() } }

# The answer comes in time, with the words, and the others are judged.
sub judged {
	my ($args, $most, $words, $what) = @_;
	my $r = run($check, @limits, @$args);
	# The promise is that of a program which is not being watched.
	$most += 2 if $ENV{TSAN_OPTIONS} || $ENV{ASAN_OPTIONS};
	is($r->{code}, 2, "$what: CRITICAL") or diag($r->{out});
	cmp_ok($r->{seconds}, '<', $most, "$what: in time");
	like($r->{out}, $words, "$what: named");
	like($r->{out}, qr{\n\[OK\] / \d}, "$what: the others are judged");
	ok(exists perfdata($r->{out})->{'/'}, "$what: and in perfdata");
	is($r->{err}, '', "$what: nothing on stderr");
	return $r;
}

sub fuse {
	my ($what, $source, $dir) = @_;
	return -c '/dev/fuse' ? spawn($helper, $what, $source, $dir) : undef;
}

subtest 'a daemon that never answers' => sub {
	my $dir = mnt('fuse');
	my $pid = fuse('statfs', 'none', $dir);
	plan(skip_all => 'no FUSE') if !$pid;
	my @both = ('-p', '/', '-p', $dir);

	my $r = judged(['-t3', '--mount-timeout=1', @both], 1.5,
		qr/ - \Q$dir\E does not answer, waited for by pid \d+; 1 of 2 /,
		'at first');
	is(scalar keys %{ probes() }, 1, 'one process waits');

	my ($waiting) = keys %{ probes() };
	my $slowest = 0;
	for (1 .. 50) {
		$r = run($check, @limits, '-t3', '--mount-timeout=1', @both);
		$slowest = $r->{seconds} if $r->{seconds} > $slowest;
	}
	like($r->{out}, qr/ - \Q$dir\E has been stuck for .* by pid $waiting;/,
		'after 50 more runs');
	is($r->{code}, 2, 'CRITICAL');
	cmp_ok($slowest, '<', 1, 'none of which waited');
	is_deeply([keys %{ probes() }], [$waiting], 'the same process waits');

	run($check, @limits, '-t3', '--mount-timeout=1', '-p', "$dir/below",
		'-p', '/');
	cmp_ok(scalar keys %{ probes() }, '<=', 2, 'one for each path');

	kill 'KILL', $waiting;
	select undef, undef, undef, 0.2;
	ok(probes()->{$waiting}, 'it cannot be killed');
	is(probes()->{$waiting}, 'D', 'not even by SIGKILL');
	$r = run($check, @limits, @both);
	like($r->{out}, qr/\Q$dir\E has been stuck/, 'and is still waited for');

	$r = run($check, @limits, '-t3');
	is($r->{code}, 0, 'what is not selected is not touched') or
		diag($r->{out});
	$r = run($check, @limits, '-X', 'fuse.hang', '-A', '-X', 'tmpfs');
	unlike($r->{out}, qr/\Q$dir\E/, 'nor what is excluded');
	cmp_ok($r->{seconds}, '<', 1, 'at once');

	stop($pid);
	ok(wait_for(\&no_probes, 5), 'all processes end when it does');
	judged([@both], 1, qr/\Q$dir\E is not accessible: /, 'afterwards');
	sh("umount -l '$dir'");
};

subtest 'deadlines' => sub {
	my $dir = mnt('late');
	my $pid = fuse('statfs', 'none', $dir);
	plan(skip_all => 'no FUSE') if !$pid;
	for my $case (['-t1'], ['-t0.5'], ['-t10', '--mount-timeout=0.3']) {
		my ($deadline) = $case->[-1] =~ /([\d.]+)/;
		unlink "$state/disk.stuck";
		judged([@$case, '-p', '/', '-p', $dir], $deadline + 0.5,
			qr/^DISK CRITICAL - \Q$dir\E does not answer/, "@$case");
	}
	stop($pid);
	ok(wait_for(\&no_probes, 5), 'nothing is left');
	sh("umount -l '$dir'");
};

subtest 'several, and one that answers' => sub {
	my @dirs = map { mnt("many$_") } 1 .. 3;
	my @pids = map { fuse('statfs', 'none', $_) } @dirs[0, 1];
	plan(skip_all => 'no FUSE') if !$pids[1];
	push @pids, fuse('nothing', 'none', $dirs[2]);
	my @args = map { ('-p', $_) } @dirs;
	my $r = judged(['--mount-timeout=1.5', @args, '-p', '/'], 2,
		qr/; 2 of 4 not OK \|/, 'all');
	is((() = $r->{out} =~ /does not answer/g), 3, 'two, and the summary');
	like($r->{out}, qr/\[OK\] \Q$dirs[2]\E 33\.3% used/, 'the third');
	is(scalar keys %{ probes() }, 2, 'two processes wait');
	stop($pids[0]);
	$r = judged(['--mount-timeout=1.5', @args, '-p', '/'], 1,
		qr/\[CRITICAL\] \Q$dirs[0]\E is not accessible/, 'one is gone');
	like($r->{out}, qr/\[CRITICAL\] \Q$dirs[1]\E has been stuck/,
		'the other one is stuck');
	stop(@pids);
	ok(wait_for(\&no_probes, 5), 'nothing is left');
	sh("umount -l '$_'") for @dirs;
};

subtest 'a server that is only asked whether it is there' => sub {
	my $dir = mnt('remote');
	my $pid = fuse('getattr', 'host:/x', $dir);
	plan(skip_all => 'no FUSE') if !$pid;
	judged(['--mount-timeout=0.5', '-L', '-p', '/', '-p', $dir], 1,
		qr/^DISK CRITICAL - \Q$dir\E does not answer/, '-L');
	my $r = run($check, @limits, '-l', '-p', '/', '-p', $dir);
	is($r->{code}, 0, '-l does not ask');
	cmp_ok($r->{seconds}, '<', 1, 'at once');
	stop($pid);
	ok(wait_for(\&no_probes, 5), 'nothing is left');
	sh("umount -l '$dir'");
};

subtest 'without a place to remember' => sub {
	my $dir = mnt('forgetful');
	my $pid = fuse('statfs', 'none', $dir);
	plan(skip_all => 'no FUSE') if !$pid;
	my $r = run($check, '-w1%', '--state-dir=/nonexistent/x',
		'--mount-timeout=0.5', '-p', '/', '-p', $dir);
	is($r->{code}, 2, 'CRITICAL');
	like($r->{out}, qr/\Q$dir\E does not answer/, 'named');
	cmp_ok($r->{seconds}, '<', 1, 'in time');
	for my $again (1 .. 10) {
		$r = run($check, '-w1%', '--state-dir=/nonexistent/x',
			'--mount-timeout=0.5', '-p', '/', '-p', $dir);
	}
	like($r->{out}, qr/\Q$dir\E has been stuck/, 'known by its name');
	$r = run($check, '-w1%', '--state-dir=/nonexistent/x',
		'--mount-timeout=0.5', '-p', "$dir/.");
	like($r->{out}, qr/ has been stuck/, 'and by any other of its names');
	is(scalar keys %{ probes() }, 1, 'and only one process waits');
	stop($pid);
	ok(wait_for(\&no_probes, 5), 'nothing is left');
	sh("umount -l '$dir'");
};

# A look-up waits for the lock of a directory in which another process makes a
# file, which waits for a journal on a frozen file system.
subtest 'a frozen disk' => sub {
	my ($outer, $inner) = (mnt('outer'), mnt('inner'));
	plan(skip_all => 'no loop devices')
		if !ext4($outer, size => '64M') ||
		!ext4($inner, image => "$outer/image", mount => 'dirsync');
	sh("mkdir '$inner/dir'; sync");
	plan(skip_all => 'cannot freeze') if !freeze($outer);

	my $maker = fork // die "fork: $!";
	if ($maker == 0) {
		open my $fh, '>', "$inner/dir/new";
		POSIX::_exit(0);
	}
	my $asleep = wait_for(sub { slurp("/proc/$maker/stat") =~ /\) D / }, 5);
	SKIP: {
		skip('it does not block in this kernel', 1) if !$asleep;
		my @args = ('-t3', '--mount-timeout=1', '-p', '/', '-p', $inner,
			'-p', "$inner/dir/name");
		my $r = judged(\@args, 1.5,
			qr{^DISK CRITICAL - \Q$inner\E/dir/name does not answer},
			'at first');
		like($r->{out}, qr/\[OK\] \Q$inner\E /, 'its own mount answers');
		run($check, @limits, @args) for 1 .. 50;
		is(join('', values %{ probes() }), 'D',
			'after 50 more runs one process waits');
		judged(\@args, 1, qr/name has been stuck for/, 'at last');
	}
	thaw();
	waitpid $maker, 0;
	ok(wait_for(\&no_probes, 5), 'nothing is left');
	my $r = run($check, @limits, '-p', "$inner/dir/new", '-p', '/');
	is($r->{code}, 0, 'and all is well again') or diag($r->{out});
	sh("umount '$inner' && umount '$outer'");
};

done_testing();
