#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# The tool that tests of the running agent try system calls with: it must see
# a sandbox, see that there is none, and do no harm to whom it tries on.
use strict;
use warnings;

use Beffroi;
use Inject;
use IO::Handle;
use IPC::Open2;
use POSIX ();
use Test::More;
use Time::HiRes 'time';

my $inject = inject_path();
my $sandboxed = POSIX::getcwd() . '/tests/agent/sandboxed';

# What each call comes to where nothing forbids it.
my %free = (
	getpid => 'OK', open => 'OK', mkdir => 'ENOENT', unlink => 'ENOENT',
	memfd_create => 'OK', fork => 'OK', execve => 'ENOENT',
	socket => 'OK', connect => 'EBADF', bind => 'EBADF',
	'mmap-exec' => 'OK', 'mprotect-exec' => 'OK', kill => 'OK',
	ptrace => 'ESRCH', prctl => 'OK', setuid => 'EINVAL',
	'setuid-root' => 'OK', 'open-shadow' => 'OK', 'kill-init' => 'OK',
	chroot => may(18, 'OK'), mount => may(21, 'ENODEV'),
	sethostname => may(21, 'EINVAL'),
);
my @calls = sort keys %free;
my %closed = map { $_ => $_ eq 'getpid' ? 'OK' : 'EPERM' } @calls;

need_inject();

my @started;

# In a container this test may lack the capability of that number itself.
sub may {
	my ($capability, $answer) = @_;
	my ($own) = slurp('/proc/self/status') =~ /^CapEff:\s*(\w+)/m;
	return hex(substr $own, -8) >> $capability & 1 ? $answer : 'EPERM';
}

# Starts a program with pipes to it; { pid, in, out }.
sub start {
	my @argv = @_;
	my $p = { in => undef, out => undef };
	$p->{pid} = open2($p->{out}, $p->{in}, @argv);
	push @started, $p->{pid};
	return $p;
}

# Its next line, or undef if it does not come.
sub answer {
	my ($p) = @_;
	return eval {
		local $SIG{ALRM} = sub { die "timeout\n" };
		alarm 20;
		my $line = readline $p->{out};
		alarm 0;
		$line;
	};
}

sub ask {
	my ($p, $text) = @_;
	print { $p->{in} } "$text\n";
	$p->{in}->flush;
	return answer($p);
}

# The exit code once its stdin has ended.
sub finish {
	my ($p) = @_;
	close $p->{in};
	return reap($p->{pid});
}

sub reap {
	my ($pid) = @_;
	my $got = 0;
	wait_for(sub { $got = waitpid $pid, POSIX::WNOHANG(); $got != 0 }, 20)
		or return 'still running';
	@started = grep { $_ != $pid } @started;
	return $?;
}

END {
	my $code = $?;
	kill 'KILL', @started if @started;
	$? = $code;
}

# What /proc shows of it that must be as before. The stack pointer and the
# instruction are there while it waits.
sub state_of {
	my ($pid) = @_;
	my ($mask) = slurp("/proc/$pid/status") =~ /^(SigBlk:.*?)^SigIgn/ms;
	my $fds = join ' ', map { readlink } glob "/proc/$pid/fd/*";
	my $children = slurp("/proc/$pid/task/$pid/children");
	my $maps = join '', grep { !/\[stack\]/ }
		split /^/, slurp("/proc/$pid/maps");
	return "$mask$fds\n$children\n$maps" . slurp("/proc/$pid/syscall");
}

# Waits until it sleeps in a system call.
sub settled {
	my ($pid) = @_;
	return wait_for(sub { slurp("/proc/$pid/syscall") =~ /^\d+ / });
}

# Each call has come to what is expected of it.
sub comes_to {
	my ($pid, $expected, $what) = @_;
	my $r = run($inject, $pid, @calls);
	is($r->{code}, 0, "$what: all tried") or diag($r->{err});
	is($r->{err}, '', "$what: no complaint");
	is_deeply({ $r->{out} =~ /^(\S+) (.*)$/mg }, $expected,
		"$what: each as expected");
}

# Twice, since the first time must not change what the second finds.
sub unharmed {
	my ($p, $expected, $what) = @_;
	is(ask($p, 'one'), "one\n", "$what: lives");
	ok(settled($p->{pid}), "$what: waits");
	my $before = state_of($p->{pid});
	comes_to($p->{pid}, $expected, $what);
	comes_to($p->{pid}, $expected, "$what, again");
	ok(settled($p->{pid}), "$what: waits again");
	is(state_of($p->{pid}), $before, "$what: as before");
	is(ask($p, 'two'), "two\n", "$what: answers");
	is(finish($p), 0, "$what: ends well");
}

subtest 'a process in the sandbox, in epoll_wait' => sub {
	my $p = start($sandboxed);
	if (answer($p) eq "no sandbox\n") {
		finish($p);
		plan(skip_all => 'built with --disable-sandbox');
	}
	unharmed($p, \%closed, 'sandbox');
};

subtest 'the same one outside of it' => sub {
	my $p = start($sandboxed, 'open');
	is(answer($p), "no sandbox\n", 'started');
	unharmed($p, \%free, 'open');
};

# read() is restarted by the kernel, by the registers that were put back.
subtest 'perl, in read' => sub {
	my $p = start('perl', '-e', '$| = 1; print while <STDIN>');
	unharmed($p, \%free, 'perl');
};

# A sleep goes on with what is left of it.
subtest 'sleep, in nanosleep' => sub {
	my $start = time;
	my $last = $start;
	my $p = start('sleep', '2');
	ok(settled($p->{pid}), 'sleeps');
	while ($last < $start + 1) {
		$last = time;
		comes_to($p->{pid}, \%free, 'sleep');
	}
	is(reap($p->{pid}), 0, 'ends well');
	my $end = time;
	cmp_ok($end - $start, '>', 1.99, 'not too early');
	SKIP: {
		skip('what is left of a sleep: not on arm64', 1)
			if (POSIX::uname())[4] eq 'aarch64';
		cmp_ok($end - $last, '<', 2, 'and not anew');
	}
};

# One that is in no system call has its registers in use.
subtest 'perl, calculating' => sub {
	my $step = '$n = ($n * 16807 + ++$count) % 2147483647';
	my $p = start('perl', '-e', "\$| = 1; \$SIG{TERM} = sub { \$end = 1 }; " .
		"print qq(up\\n); $step until \$end; print qq(\$count \$n\\n)");
	is(answer($p), "up\n", 'started');
	for (1 .. 10) {
		my $r = run($inject, $p->{pid}, 'getpid', 'open', 'fork');
		is($r->{out}, "getpid OK\nopen OK\nfork OK\n", 'disturbed')
			or diag($r->{err});
	}
	kill 'TERM', $p->{pid};
	my ($steps, $got) = split ' ', answer($p) // '';
	is(reap($p->{pid}), 0, 'ends well');
	my ($n, $count) = (0, 0);
	$n = ($n * 16807 + ++$count) % 2147483647 while $count < $steps;
	is($got, $n, "the same result after $steps steps");
};

# Signals that come meanwhile are not lost.
subtest 'a process that gets signals all the time' => sub {
	my $p = start('perl', '-e', '$| = 1; $SIG{USR1} = sub { $n++ }; ' .
		'print "up\n"; sysread STDIN, $_, 1 while !/x/; print "$n\n"');
	is(answer($p), "up\n", 'started');
	my $sent = 0;
	for (1 .. 20) {
		my $r = run('sh', '-c', "kill -USR1 $p->{pid}; " .
			"'$inject' $p->{pid} getpid fork open");
		$sent++ if $r->{out} eq "getpid OK\nfork OK\nopen OK\n";
	}
	is($sent, 20, 'tried with signals on the way');
	is(ask($p, 'x'), "20\n", 'all arrived');
	is(finish($p), 0, 'ends well');
};

subtest 'usage' => sub {
	my $p = start($sandboxed, 'open');
	is(answer($p), "no sandbox\n", 'started');
	is(run($inject)->{code}, 2, 'no arguments');
	is(run($inject, $p->{pid})->{code}, 2, 'no call');
	is(run($inject, '0', 'open')->{code}, 2, 'no process');
	my $r = run($inject, $p->{pid}, 'open', 'nonsense');
	is($r->{code}, 2, 'an unknown call');
	is($r->{out}, '', 'before any is made');
	is(finish($p), 0, 'ends well');
	is(run($inject, $p->{pid}, 'open')->{code}, 1, 'none there any more');
};

done_testing();
