#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
use strict;
use warnings;

use Beffroi;
use Machine;
use Test::More;

my $check = 'host/check_memory';
my $GIB = 1024 * 1024; # in kB

# A host with 24 GiB and nothing special.
sub host {
	my (%files) = @_;
	return Machine->new(%files)->memory(MemTotal => 24 * $GIB,
		MemFree => 2 * $GIB, MemAvailable => 12 * $GIB,
		Buffers => 100, Cached => 10 * $GIB, Shmem => 100);
}

subtest 'shared memory is used memory' => sub {
	my $m = Machine->new->memory(MemTotal => 25165824, MemFree => 9000000,
		MemAvailable => 10317987, Buffers => 100000,
		Cached => 13800000, Shmem => 12582912, SReclaimable => 50000);
	my $r = $m->check($check);
	is($r->{code}, 0, 'OK at 59 %');
	like($r->{out}, qr/^MEMORY OK - 59\.0% used, 9\.8 GiB of 24\.0 GiB/,
		'total less available, not less free and cached');
	like(perfdata($r->{out})->{used}, qr/^59\.0000\d*%;80;90;0;100$/,
		'perfdata');
	is(perfdata($r->{out})->{available}, '10565618688B;;;0;25769803776',
		'in bytes');
	is($m->check($check, '-w', '58')->{code}, 1, 'above the warning');
	is($m->check($check, '-w', '50%', '-c', '58%')->{code}, 2,
		'above the critical limit, written as percentage');
};

subtest 'a kernel without MemAvailable' => sub {
	my $m = Machine->new->memory(MemTotal => 1000000, MemFree => 100000,
		Buffers => 50000, Cached => 300000, SReclaimable => 50000,
		Shmem => 100000);
	my $r = $m->check($check);
	like($r->{out}, qr/^MEMORY OK - 60\.0% used/,
		'free and caches, without what is shared');
	like($r->{out}, qr/\navailable memory is estimated/, 'said so');
};

subtest 'ZFS' => sub {
	my $m = host('proc/spl/kstat/zfs/arcstats' =>
		"13 1 0x01 123 33456 1 2\nname    type data\n"
		. "hits    4    1\nc_min   4    1073741824\n"
		. "size    4    9663676416\nhdr_size 4 7\n");
	my $r = $m->check($check);
	like($r->{out}, qr/^MEMORY OK - 16\.7% used, 20\.0 GiB of 24\.0 GiB/,
		'8 of its 9 GiB of cache count as available');
	like($r->{out}, qr/\n8\.0 GiB of ZFS cache/, 'said so');
};

subtest 'cgroup limits' => sub {
	my $m = host(
		'sys/fs/cgroup/memory.max' => "1073741824\n",
		'sys/fs/cgroup/memory.current' => "1073741824\n",
		'sys/fs/cgroup/memory.stat' =>
		    "anon 900\ninactive_file 53687091\nactive_file 1\n",
		'sys/fs/cgroup/memory.events' => "low 0\noom 0\noom_kill 0\n");
	my $r = $m->check($check);
	is($r->{code}, 2, 'tighter than the host: judged');
	like($r->{out}, qr/^MEMORY CRITICAL - 95\.0% of the cgroup's memory used/,
		'and named, without the cache that can be dropped');
	like(perfdata($r->{out})->{host_used}, qr/^50%/, 'the host beside it');

	$m->memory(MemTotal => 24 * $GIB, MemFree => 1000,
		MemAvailable => 10000);
	$r = $m->check($check);
	like($r->{out}, qr/^MEMORY CRITICAL - 100\.0% used/,
		'a host with still less left is what is judged');

	$m = host('sys/fs/cgroup/memory.max' => "max\n",
		'sys/fs/cgroup/memory.current' => "5\n");
	$r = $m->check($check);
	like($r->{out}, qr/^MEMORY OK - 50\.0% used/, 'no limit: the host');

	$m->write('sys/fs/cgroup/system.slice/db.service/memory.max' =>
		"1000\n", 'sys/fs/cgroup/system.slice/db.service/memory.current'
		=> "850\n");
	$r = $m->check($check, '--cgroup=system.slice/db.service');
	is($r->{code}, 1, 'a named one is judged');
	like($r->{out}, qr/85\.0% of system\.slice\/db\.service used/,
		'by its name');
	$r = $m->check($check, '--cgroup=system.slice/none');
	is($r->{code}, 3, 'one that does not exist is UNKNOWN');
	like($r->{out}, qr{none/memory\.\w+: No such file}, 'and named');
	$r = $m->check($check, '--cgroup=../../etc');
	is($r->{code}, 3, 'no way out of the hierarchy');
};

sub kills {
	my ($m, $uptime, $count, @args) = @_;
	$m->at($uptime);
	$m->write('proc/vmstat' => "pgfault 1\noom_kill $count\n");
	return $m->check($check, '--processes=0', @args);
}

subtest 'OOM kills' => sub {
	my $m = host();
	my $r = kills($m, 90000, 3);
	is($r->{code}, 0, 'old ones, found by the first run, do not alarm');
	like($r->{out}, qr/\n3 OOM kills since boot; watched only for 0 s so far/,
		'but that is said');
	is(perfdata($r->{out})->{oom_kills}, undef, 'and no number is made up');
	is(kills($m, 90300, 3)->{code}, 0, 'no new one');

	$r = kills($m, 90600, 5);
	is($r->{code}, 1, 'two more');
	like($r->{out}, qr/^MEMORY WARNING - 2 OOM kills in the last 1 h; 50/,
		'come first');
	is(kills($m, 90630, 5)->{code}, 1, 'every caller gets the same answer');
	is(kills($m, 93600, 5)->{code}, 1, 'for as long as the window');
	is(kills($m, 93610, 5, '--oom-critical=1')->{code}, 2, 'CRITICAL if asked');
	is(kills($m, 96000, 5)->{code}, 0, 'and no longer');

	$m = host();
	$r = kills($m, 1800, 1);
	is($r->{code}, 1, 'a kill since a boot within the window is in it');

	$m->boot('b0000000-0000-4000-8000-000000000009');
	is(kills($m, 90000, 0)->{code}, 0, 'a new boot counts anew');
};

subtest 'kills that cannot be dated' => sub {
	my $m = host();
	$m->{state} = '/nonexistent/state';
	my $r = kills($m, 90000, 2);
	is($r->{code}, 3, 'without history, kills since boot are UNKNOWN');
	like($r->{out}, qr{\[UNKNOWN\] 2 OOM kills since boot, when is not known: /nonexistent/state: No such file}, 'with the reason');
	is(kills($m, 90000, 0)->{code}, 0, 'none since boot is none');
	system('mkfifo', $m->path('proc/pipe'));
	rename $m->path('proc/pipe'), $m->path('proc/vmstat');
	$r = $m->check($check);
	is($r->{code}, 3, 'a counter that cannot be read is UNKNOWN');
	like($r->{out}, qr{OOM kills are not known: \S+/vmstat: not a regular},
		'and named');
	$m->remove('proc/vmstat');
	$r = $m->check($check);
	is($r->{code}, 0, 'a kernel that does not count them');
	like($r->{out}, qr/does not count OOM kills/, 'is said');
};

sub caller_codes {
	my (@times) = @_;
	my $m = host();
	my %codes;
	for my $run (sort { $a->[0] <=> $b->[0] } @times) {
		my ($at, $who) = @$run;
		# The first kill is 400 s after the start, the second at 900 s.
		my $count = 7 + ($at >= 400) + ($at >= 900);
		my $r = kills($m, 90000 + $at, $count);
		my ($n) = (perfdata($r->{out})->{oom_kills} // '-') =~
		    /^(\d+|-)/;
		push @{ $codes{$who} }, $n;
	}
	return \%codes;
}

subtest 'two callers and a hand run see the same events' => sub {
	my @a = map { [ 300 * $_, 'a' ] } 0 .. 17;
	my @b = map { [ 300 * $_ + 110, 'b' ] } 0 .. 17;
	my @hand = map { [ $_, 'hand' ] } 395, 405, 899, 901, 1000, 3000;
	my $alone = caller_codes(@a);
	my $all = caller_codes(@a, @b, @hand);
	is("@{ $alone->{a} }", '- 0 1 2 2 2 2 2 2 2 2 2 2 2 1 0 0 0',
		'one alone');
	is("@{ $all->{a} }", "@{ $alone->{a} }", 'the same among others');
	is("@{ $all->{hand} }", '0 1 1 2 2 2', 'by hand in between');
};

subtest 'the biggest processes' => sub {
	my $evil = "evil) R 1\n\e[31m|x";
	my $stat = sub {
		my ($pid, $name, $pages) = @_;
		return "$pid ($name) S 1 1 1 0 -1 4194560 1 0 0 0 10 20 0 0 20 "
		    . "0 1 0 500 1000000 $pages 18446744073709551615 1 1\n";
	};
	my $m = host(
		'proc/1/stat' => $stat->(1, 'init', 100),
		'proc/77/stat' => $stat->(77, $evil, 262144),
		'proc/78/stat' => $stat->(78, 'a b', 200),
		'proc/79/stat' => "garbage");
	my $r = $m->check($check, '-w', '10', '--processes=2');
	is($r->{code}, 1, 'an alarm');
	like($r->{out}, qr/biggest: evil\) R 1\\n\\x1b\[31m\\x7cx \(pid 77\) 1\.0 GiB \|/,
		'the first line names the biggest, escaped');
	like($r->{out}, qr/\nbiggest processes \(3 of 4 readable\):\n/,
		'how many could be read');
	is(scalar(() = $r->{out} =~ /\(pid \d+\)/g), 3, 'as many as asked for');
	unlike($r->{out}, qr/[\x00-\x09\x0b-\x1f]/, 'no control bytes');
	is(scalar(split /\n/, $r->{out}), 4, 'no line too many');

	$m->remove('proc/1/stat');
	rmdir $m->path('proc/1');
	like($m->check($check, '-w', '10')->{out}, qr/those of others are hidden/,
		'hidepid is seen');
};

subtest 'what cannot be read' => sub {
	my $m = host()->write('proc/meminfo' => "MemFree: 1 kB\n");
	my $r = $m->check($check);
	is($r->{code}, 3, 'no total');
	like($r->{out}, qr{^MEMORY UNKNOWN - \S+/proc/meminfo: no MemTotal},
		'named');
	$m->write('proc/meminfo' => "MemTotal: 10 kB\nMemAvailable: 20 kB\n");
	like($m->check($check)->{out}, qr{UNKNOWN - .*more available than there},
		'figures that contradict each other');
	$m->write('proc/meminfo' => 'x' x 100_000);
	like($m->check($check)->{out}, qr{UNKNOWN - .*larger than}, 'endless');
	$m->remove('proc/meminfo');
	like($m->check($check)->{out}, qr{UNKNOWN - .*No such file}, 'missing');
};

subtest 'options' => sub {
	my $path = plugin($check);
	for my $case (
		[ [ '--warnign=5' ], qr/unknown option '--warnign=5', did you mean --warning\?/ ],
		[ [ '-w', '90:80' ], qr/--warning: range '90:80' starts at 90/ ],
		[ [ '-w', 'abc' ], qr/--warning: 'abc' is not a range/ ],
		[ [ '-w', '90', '-c', '85' ], qr/the warning limit 90 is above the critical limit 85/ ],
		[ [ '-w' ], qr/-w \(--warning\) needs a value/ ],
		[ [ '--window=3h' ], qr/--window: 3h is not between/ ],
		[ [ '--json', '--table' ], qr/exclude each other/ ],
		[ [ 'x' ], qr/'x' belongs to no option/ ],
	) {
		my ($args, $want) = @$case;
		my $r = run($path, @$args);
		is($r->{code}, 3, "@$args: exit 3");
		like($r->{out}, qr/UNKNOWN.*$want/, 'says why');
	}
	is(run($path, '-h')->{code}, 3, '-h exits 3');
	like(run($path, '-h')->{out}, qr/--warning=RANGE.*\(default: 80\)/s,
		'with defaults');
	is(run($path, '-V')->{code}, 3, '-V exits 3');
};

subtest 'this machine' => sub {
	my $r = run(plugin($check), '--state-dir=' . scratch());
	like($r->{out}, qr/^MEMORY (OK|WARNING|CRITICAL) - .*[\d.]+% /, 'answers');
	is($r->{err}, '', 'nothing on stderr');
};

done_testing();
