#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
use strict;
use warnings;

use Beffroi;
use Machine;
use Test::More;

my $check = 'host/check_cpu';

# The value of one metric, or undef.
sub value {
	my ($r, $label) = @_;
	my $text = perfdata($r->{out})->{$label} // return undef;
	return $text =~ /^([-\d.]+)/ ? $1 : undef;
}

sub near {
	my ($got, $want, $what, $by) = @_;
	$by //= 0.01;
	ok(defined $got && abs($got - $want) <= $by, $what)
	    or diag("got ", $got // 'nothing', ", expected $want");
}

subtest 'a third iowait, a third steal' => sub {
	my $m = Machine->new;
	my $r = $m->check($check);
	is($r->{code}, 3, 'a machine whose counters stand still is UNKNOWN');
	like($r->{out}, qr{^CPU UNKNOWN - \S+/proc/stat: no processor time},
		'which says what stands still');

	$m->at(1060)->cpu({ user => 1000, system => 500, idle => 3500,
		iowait => 5000, softirq => 100, steal => 4900 });
	$r = $m->check($check);
	is($r->{code}, 0, 'OK');
	near(value($r, 'busy'), 43.3333, 'busy');
	near(value($r, 'user'), 6.6667, 'user');
	near(value($r, 'system'), 3.3333, 'system');
	near(value($r, 'iowait'), 33.3333, 'iowait');
	near(value($r, 'steal'), 32.6667, 'steal');
	near(value($r, 'irq'), 0.6667, 'irq and softirq');
	like($r->{out}, qr/ over 1 min:/, 'the interval');

	$m->at(1120)->cpu({ user => 1000, system => 500, idle => 3500,
		iowait => 15000, softirq => 100, steal => 4900 });
	is($m->check($check)->{code}, 0, 'iowait alone does not alarm');
	$r = $m->check($check, '--iowait-critical=90');
	is($r->{code}, 2, 'unless asked to');
	like($r->{out}, qr/^CPU CRITICAL - 100\.0% iowait \(limit 90\)/,
		'and then comes first');
};

subtest 'guest time is part of user time' => sub {
	my $m = Machine->new;
	$m->check($check);
	$m->at(1060)->cpu({ user => 600, nice => 200, guest => 400,
		guest_nice => 200, idle => 200 });
	my $r = $m->check($check);
	near(value($r, 'busy'), 80, 'busy counts it once');
	near(value($r, 'guest'), 60, 'guest');
	near(value($r, 'user'), 20, 'user without it');
	near(value($r, 'nice'), 0, 'nice without it');
};

subtest 'counters that fall' => sub {
	my $m = Machine->new;
	$m->cpu({ user => 1000, idle => 5000, iowait => 800 });
	$m->check($check);
	$m->at(1060)->cpu({ user => 1500, idle => 5500, iowait => 790 });
	my $r = $m->check($check);
	near(value($r, 'iowait'), 0, 'a little: no negative rate');
	near(value($r, 'busy'), 50, 'and the rest is right');

	$m->at(1120)->cpu({ user => 10, idle => 20 });
	$r = $m->check($check);
	is($r->{code}, 3, 'for good: the old samples are no base');
	$m->at(1180)->cpu({ user => 20, idle => 50 });
	$r = $m->check($check);
	near(value($r, 'busy'), 25, 'the new ones are');
};

subtest 'a boot in between' => sub {
	my $m = Machine->new;
	$m->at(5000)->cpu({ user => 100, idle => 900 });
	$m->check($check);
	$m->boot('b0000000-0000-4000-8000-000000000002');
	$m->at(5060)->cpu({ user => 5000, idle => 1000 });
	my $r = $m->check($check);
	is($r->{code}, 3, 'samples of another boot are not used');
	$m->at(5120)->cpu({ user => 5010, idle => 1090 });
	near(value($m->check($check), 'busy'), 10, 'those of this one are');
};

subtest 'a clock set back' => sub {
	my $m = Machine->new;
	$m->cpu({ user => 100, idle => 900 });
	$m->check($check);
	$m->at(1060)->cpu({ user => 130, idle => 970 });
	$m->write('proc/stat' => slurp($m->path('proc/stat')) =~
	    s/btime \d+/btime 1600000000/r);
	near(value($m->check($check), 'busy'), 30, 'changes nothing');
};

subtest '128 cores' => sub {
	my $m = Machine->new;
	my @zero = map { "cpu$_ 0 0 0 0 0 0 0 0 0 0" } 0 .. 127;
	my @then = map { my $n = $_; "cpu$n $n 0 0 " . (1000 - $n) .
	    ' 0 0 0 0 0 0' } 0 .. 127;
	$m->cpu({ user => 0, idle => 0 }, @zero);
	$m->check($check, '--per-core');
	$m->at(1060)->cpu({ user => 8128, idle => 119872 }, @then);
	my $r = $m->check($check, '--per-core');
	my %p = %{ perfdata($r->{out}) };
	is(scalar(grep { /^core\d+$/ } keys %p), 128, 'all are shown');
	near(value($r, 'core0'), 0, 'the first');
	near(value($r, 'core127'), 12.7, 'the last');
	near(value($r, 'busy'), 6.35, 'all together');

	$m->at(1120)->cpu({ user => 8228, idle => 119972 },
		@then[0 .. 126], 'cpu127 227 0 0 873 0 0 0 0 0 0');
	$r = $m->check($check, '--core-critical=95');
	is($r->{code}, 2, 'one core alone alarms if asked to');
	like($r->{out}, qr/^CPU CRITICAL - core127 100\.0% busy/, 'and is named');
};

subtest 'throttling and pressure' => sub {
	my $m = Machine->new(
		'sys/fs/cgroup/cpu.max' => "150000 100000\n",
		'sys/fs/cgroup/cpu.stat' =>
		    "usage_usec 1\nnr_periods 100\nnr_throttled 10\n",
		'proc/pressure/cpu' =>
		    "some avg10=0.00 avg60=0.00 avg300=0.00 total=1000000\n");
	$m->check($check);
	$m->at(1100)->cpu({ user => 10, idle => 90 });
	$m->write(
		'sys/fs/cgroup/cpu.stat' =>
		    "usage_usec 1\nnr_periods 1100\nnr_throttled 260\n",
		'proc/pressure/cpu' =>
		    "some avg10=0.00 avg60=0.00 avg300=0.00 total=21000000\n");
	my $r = $m->check($check, '--throttled-warning=20');
	near(value($r, 'throttled'), 25, 'throttled periods');
	near(value($r, 'pressure'), 20, 'time under pressure');
	is($r->{code}, 1, 'and an alarm on the first');

	$m->remove('sys/fs/cgroup/cpu.max', 'proc/pressure/cpu');
	$m->at(1160)->cpu({ user => 20, idle => 180 });
	$r = $m->check($check, '--throttled-warning=20');
	is($r->{code}, 3, 'a threshold on what is not there is not OK');
	like($r->{out}, qr/\[UNKNOWN\] throttling is not known/, 'and says so');
};

subtest 'bad long enough' => sub {
	my $m = Machine->new;
	my ($busy, $idle) = (0, 0);
	my @codes;
	$m->check($check);
	for my $minute (1 .. 12) {
		$busy += $minute > 3 ? 950 : 100;
		$idle += $minute > 3 ? 50 : 900;
		$m->at(1000 + 60 * $minute)->cpu(
			{ user => $busy, idle => $idle });
		push @codes, $m->check($check, '--for=5m',
			'--processes=0')->{code};
	}
	is("@codes", '0 0 0 0 0 0 0 0 2 2 2 2',
		'five minutes later, not before');
};

# The load is 40 % all the time, with counters that tell it exactly.
sub same_for_all {
	my ($times) = @_;
	my $m = Machine->new;
	my %seen;
	for my $run (@$times) {
		my ($at, $who) = @$run;
		$m->at(1000 + $at)->cpu({ user => 80 * $at,
			idle => 120 * $at });
		my $r = $m->check($check);
		push @{ $seen{$who} }, value($r, 'busy') if $at > 0;
	}
	return \%seen;
}

subtest 'two callers and a hand run' => sub {
	my @a = map { [ 60 * $_, 'a' ] } 0 .. 6;
	my @b = map { [ 60 * $_ + 20, 'b' ] } 0 .. 6;
	my @hand = ([ 183, 'hand' ], [ 185, 'hand' ], [ 239, 'hand' ]);
	my $alone = same_for_all(\@a);
	my $all = same_for_all([ sort { $a->[0] <=> $b->[0] } @a, @b, @hand ]);
	for my $who (sort keys %$all) {
		my @late = grep { defined } @{ $all->{$who} };
		is(scalar(@late), scalar(@{ $all->{$who} }) -
		    ($who eq 'b' ? 1 : 0), "$who: each run has a rate but one "
		    . "in the first half minute");
		near($_, 40, "$who gets the rate") for @late;
	}
	near($_, 40, 'one caller alone gets the same') for @{ $alone->{a} };
};

subtest 'what cannot be read' => sub {
	my $m = Machine->new;
	$m->write('proc/stat' => "nonsense\n");
	my $r = $m->check($check);
	is($r->{code}, 3, 'malformed');
	like($r->{out}, qr{^CPU UNKNOWN - \S+/proc/stat: }, 'names the file');

	$m->remove('proc/stat');
	$r = $m->check($check);
	is($r->{code}, 3, 'missing');
	like($r->{out}, qr{proc/stat: No such file}, 'names the file');

	system('mkfifo', $m->path('proc/stat'));
	$r = $m->check($check);
	is($r->{code}, 3, 'a FIFO');
	like($r->{out}, qr{proc/stat: not a regular file}, 'is refused');
	cmp_ok($r->{seconds}, '<', 3, 'and not waited for');

	$m->remove('proc/stat');
	$m->write('proc/stat' => "cpu  1 2 3 4\n");
	chmod 0, $m->path('proc/stat');
	SKIP: {
		skip 'root reads everything', 1 if is_root();
		like($m->check($check)->{out}, qr{stat: Permission denied},
			'unreadable');
	}
};

subtest 'damping' => sub {
	my $m = Machine->new;
	$m->check($check);
	my @codes;
	for my $run (1 .. 3) {
		$m->at(1000 + 300 * $run)->cpu({ user => 1000 * $run });
		push @codes, $m->check($check, '--for=1m',
			'--processes=0')->{code};
	}
	is("@codes", '0 2 2', 'asked less often than it is to last');

	$m->{state} = '/nonexistent/state';
	my $r = run(plugin($check), '-c', '0', '--for=5m', '--processes=0',
		'--state-dir=/nonexistent/state');
	is($r->{code}, 2, 'without history it alarms at once');
	like($r->{out}, qr{cannot wait for 5 min before an alarm: /nonex},
		'and says so');
};

subtest 'cores that are not there' => sub {
	my $m = Machine->new;
	$m->check($check, '--per-core');
	$m->at(1060)->cpu({ user => 90, idle => 10 });
	my $r = $m->check($check, '-w', '100', '-c', '100', '--per-core',
		'--core-critical=10');
	is($r->{code}, 3, 'a limit on them is not OK');
	like($r->{out}, qr/no core is known by itself/, 'which is said');
};

subtest 'this machine' => sub {
	my $state = scratch();
	my $r = run(plugin($check), "--state-dir=$state");
	like($r->{out}, qr/^CPU (OK|WARNING|CRITICAL) - .*[\d.]+% busy/, 'answers');
	like($r->{out}, qr/measured over two samples taken now/,
		'the first run says how it measured');
	is($r->{err}, '', 'nothing on stderr');
	cmp_ok(value($r, 'busy'), '<=', 100, 'at most 100 %');
};

subtest 'alarm names the busiest' => sub {
	my $state = scratch();
	my $spin = fork // die;
	if ($spin == 0) { 1 while 1 }
	my $r = run(plugin($check), '-c', '0', "--state-dir=$state");
	kill 'KILL', $spin;
	waitpid $spin, 0;
	is($r->{code}, 2, 'alarms');
	like($r->{out}, qr/^CPU CRITICAL - .*; busiest: .* \(pid \d+\)/,
		'the first line names one');
	like($r->{out}, qr/\n  +[\d.]+% of a CPU  \S+ \(pid $spin\)\n?/,
		'the spinning one is among them');
	like($r->{out}, qr/\(\d+ of \d+ readable/, 'and how many were seen');
};

subtest 'the state directory' => sub {
	plan(skip_all => 'needs root to become someone else') if !is_root();
	my $base = scratch();
	chmod 0755, $base;
	my $user = ordinary_user();
	my $copy = "$base/check_cpu";
	my @never = ("-w", "100", "-c", "100"); # however busy it is
	system('cp', plugin($check), $copy);
	mkdir "$base/root", 0700;
	mkdir "$base/own", 0700;
	mkdir "$base/open", 0777;
	chmod 0777, "$base/open";
	chown $user, $user, "$base/own", "$base/open";
	symlink "$base/own", "$base/link";

	my %why = (
		root => qr/belongs to user 0, not to user $user/,
		open => qr/open to others \(mode 0777/,
		link => qr/not a directory of its own/,
		'missing/x' => qr/No such file/,
	);
	for my $dir (sort keys %why) {
		my $r = run_as($user, $copy, @never, "--state-dir=$base/$dir");
		is($r->{code}, 0, "$dir: measured all the same");
		like($r->{out}, qr{none can be kept: \Q$base/$dir\E: $why{$dir}},
			'and says what is wrong with it');
	}
	my $r = run_as($user, $copy, @never, "--state-dir=$base/own");
	unlike($r->{out}, qr/none can be kept/, 'own: kept');
	$r = run($copy, "--state-dir=$base/own");
	like($r->{out}, qr/belongs to user $user, not to user 0/,
		"another's is not used, even by root");
};

done_testing();
