#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# A plugin answers once, by its deadline, whatever its main thread does.
use strict;
use warnings;

use Beffroi;
use JSON::PP;
use POSIX ':sys_wait_h';
use Test::More;
use Time::HiRes 'time';

my $slow = POSIX::getcwd() . '/tests/program/slow_check';
my $dir = scratch();

# Arguments, exit code, the whole output.
for my $case (
	[[], 0, "SLOW OK - done\n"],
	[['--sleep=0.2'], 0, "SLOW OK - done\n"],
	[['-t0.5', '--sleep=60'], 3,
		"SLOW UNKNOWN - no answer within 500 ms\n"],
	[['-t1:critical', '--sleep=60'], 2,
		"SLOW CRITICAL - no answer within 1 s\n"],
	[['--timeout=0.5:Warning', '--sleep=60'], 1,
		"SLOW WARNING - no answer within 500 ms\n"],
	[['-t', '0.5:0', '--sleep=60'], 0,
		"SLOW OK - no answer within 500 ms\n"],
	[['-t0.5', '--sleep=60', '--publish=half'], 3,
		"SLOW UNKNOWN - no answer within 500 ms while waiting; " .
		"so far: half\n[OK] half a line\n"],
	[['-t0.5', '--sleep=60', '--publish=half', '--status=critical'], 2,
		"SLOW CRITICAL - no answer within 500 ms while waiting; " .
		"so far: half\n[CRITICAL] half a line\n"],
	[['-t0.5:ok', '--sleep=60', '--publish=a|b', '--status=warning'], 1,
		"SLOW WARNING - no answer within 500 ms while waiting; " .
		"so far: a\\x7cb\n[WARNING] half a line\n"],
) {
	my ($args, $code, $out) = @$case;
	my $r = run($slow, @$args);
	my $what = join ' ', '(slow)', @$args;
	is($r->{out}, $out, $what);
	is($r->{code}, $code, 'its exit code');
	is($r->{err}, '', 'nothing on stderr');
	cmp_ok($r->{seconds}, '<', 2, 'in time');
}

my $json = run($slow, '-t0.5:critical', '--sleep=60', '--publish=x', '--json');
my $object = eval { decode_json($json->{out}) };
is($object->{code}, $json->{code}, 'in JSON, too');
like($object->{summary}, qr/^no answer within 500 ms while waiting/, 'why');

for my $bad ('', 'x', '0', '0.09', '-1', '1e9', '86401', 'nan', ':', '5:',
	':critical', '5:maybe', '5:4', '5 s', '5:ok:ok') {
	my $r = run($slow, "--timeout=$bad");
	is($r->{code}, 3, "-t '$bad'");
	like($r->{out}, qr/^SLOW UNKNOWN - --timeout: /, 'is refused');
}

# Runs it, and kills it with TERM once it has begun.
sub run_and_kill {
	my ($name, @args) = @_;
	my $killer = fork // die "fork: $!";
	if ($killer == 0) {
		my $file = "$dir/$name";
		wait_for(sub { -s $file }) or POSIX::_exit(1);
		kill TERM => slurp($file) + 0;
		POSIX::_exit(0);
	}
	my $r = run($slow, "--pid-file=$dir/$name", @args);
	waitpid $killer, 0;
	is($?, 0, 'killed');
	return $r;
}

my $r = run_and_kill('plain', '--sleep=60', '--publish=half');
is($r->{signal}, POSIX::SIGTERM, 'a signal ends it');
is($r->{out}, '', 'without a word');
$r = run_and_kill('deaf', '-t0.5', '--sleep=60', '--deaf');
is($r->{code}, 3, 'a check that blocks signals answers');
is($r->{out}, "SLOW UNKNOWN - no answer within 500 ms\n", 'as any other');

$r = run($slow, '-t0.5', '--sleep=60', '--child', "--pid-file=$dir/child");
is($r->{code}, 3, 'a check with a child');
my $child = slurp("$dir/child") + 0;
cmp_ok($child, '>', 1, 'which it had');
ok(wait_for(sub {
	!-e "/proc/$child/stat" || slurp("/proc/$child/stat") =~ /\) [ZX] /;
}), 'is killed with it') or kill KILL => $child;

# Main thread and watchdog race for the answer, in batches, since they sleep.
my %said;
my ($runs, $late) = (0, 0);
for my $batch (0 .. 19) {
	my %pids;
	for my $i (0 .. 19) {
		my $until = sprintf '%.6f', ($batch * 20 + $i - 200) * 2e-6;
		my $out = "$dir/race$batch-$i";
		my $pid = fork // die "fork: $!";
		if ($pid == 0) {
			open STDOUT, '>', $out or POSIX::_exit(99);
			exec $slow, '-t0.2', "--until=$until", '--publish=x'
				or POSIX::_exit(98);
		}
		$pids{$pid} = $out;
	}
	my $start = time;
	while (%pids) {
		my $pid = waitpid -1, 0;
		my $out = delete $pids{$pid} // next;
		my $code = $? >> 8;
		$said{"$code " . slurp($out)}++;
		$runs++;
	}
	$late++ if time - $start > 5;
}
my @expected = ("0 SLOW OK - done\n[OK] half a line\n",
	"3 SLOW UNKNOWN - no answer within 200 ms while waiting; so far: x\n" .
	"[OK] half a line\n",
	# On a machine so busy that it had published nothing yet.
	"3 SLOW UNKNOWN - no answer within 200 ms\n");
is($runs, 400, '400 races');
my @other = grep { my $got = $_; !grep { $_ eq $got } @expected } keys %said;
is_deeply(\@other, [], 'each answered once, whole, with the code of its words');
is($late, 0, 'in time');
diag(join ', ', map { ($said{$_} // 0) . ' ' . substr $_, 2, 12 } @expected);

# The answer is one that was published whole, however fast they come.
my @torn;
for my $batch (0 .. 9) {
	my @pids;
	for my $i (0 .. 3) {
		my $pid = fork // die "fork: $!";
		if ($pid == 0) {
			open STDOUT, '>', "$dir/storm$i" or POSIX::_exit(99);
			exec $slow, '-t0.2', '--storm' or POSIX::_exit(98);
		}
		push @pids, $pid;
	}
	waitpid $_, 0 for @pids;
	push @torn, grep {
		!/^SLOW UNKNOWN - no answer within 200 ms; so far: (.)\1+\n\z/
	} map { slurp("$dir/storm$_") } 0 .. 3;
}
is_deeply(\@torn, [], '40 storms of answers');

# An answer that no one can have read is none.
for my $to ('>&-', '>/dev/full') {
	for my $args ('', '-t0.2 --sleep=60') {
		$r = run('/bin/sh', '-c', "exec \"\$0\" $args $to", $slow);
		is($r->{code}, 3, "slow $args $to");
	}
}

done_testing();
