#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
use strict;
use warnings;

use Beffroi;
use Machine;
use Test::More;

my $check = 'host/check_load';

sub host {
	my ($load, %files) = @_;
	return Machine->new('proc/loadavg' => "$load 1/86 4242\n", %files);
}

# [ load averages, arguments, exit code, first line ]
my @cases = (
	[ '2.90 2.90 2.90', '', 0, qr/^LOAD OK - scaled load average: 1\.45/ ],
	[ '9 9 3.02', '', 1, qr/^LOAD WARNING - 15-minute load 1\.51 per CPU is above 1\.5;/ ],
	[ '0 0 6.02', '', 2, qr/^LOAD CRITICAL - 15-minute load 3\.01 per CPU is above 3;/ ],
	[ '5 4 3', '-w 5,4,3 -c 10,6,4', 0, qr/^LOAD OK - total load average: 5\.00, 4\.00, 3\.00 / ],
	[ '5.01 4 3', '-w 5,4,3 -c 10,6,4', 1, qr/^LOAD WARNING - 1-minute load 5\.01 is above 5;/ ],
	[ '5.01 6.01 3', '-w 5,4,3 -c 10,6,4', 2, qr/^LOAD CRITICAL - 5-minute load 6\.01 is above 6;/ ],
	[ '5 4 4.01', '-w 5,4,3 -c 10,6,4', 2, qr/^LOAD CRITICAL - 15-minute load 4\.01 is above 4;/ ],
	[ '1 1 1', '-w 2 -c 3', 0, qr/^LOAD OK/ ],
	[ '1 1 2.5', '-w 2 -c 3', 1, qr/^LOAD WARNING/ ],
	[ '1 2.5 1', '-w 3,2 -c 9', 1, qr/^LOAD WARNING/ ],
	[ '1 1 2.5', '-w 3,2 -c 9', 1, qr/^LOAD WARNING/ ],
	[ '9 9 9', '-w 20', 0, qr/^LOAD OK/ ],
	[ '3.9 3.9 3.9', '-r -w 2 -c 3', 0, qr/^LOAD OK - scaled load average: 1\.95, 1\.95, 1\.95 - total load average: 3\.90/ ],
	[ '4.1 3.9 3.9', '--percpu --warning=2 --critical=3', 1, qr/^LOAD WARNING/ ],
	[ '1 1 1', '-w 3,2,1 -c 2,2,2', 3, qr/warning limit 3 for the 1-minute average is above the critical limit 2/ ],
	[ '1 1 1', '-w x', 3, qr/--warning: 'x' is not LOAD1/ ],
	[ '1 1 1', '-w 1,2,3,4', 3, qr/--warning: '1,2,3,4' is not LOAD1/ ],
	[ '1 1 1', '-w 1,', 3, qr/is not LOAD1/ ],
	[ '1 1 1', '-w -1', 3, qr/'-1' is not LOAD1/ ],
	[ '1 1', '', 3, qr{/proc/loadavg: not three load averages} ],
	[ 'a b c', '', 3, qr{/proc/loadavg: not three load averages} ],
);
for my $case (@cases) {
	my ($load, $args, $code, $line) = @$case;
	my $r = host($load)->check($check, split / /, $args);
	is($r->{code}, $code, "$load with '$args'");
	like($r->{out}, $line, 'the first line');
}

subtest 'perfdata as monitoring-plugins prints it' => sub {
	my $p = perfdata(host('0.12 0.5 1.5')->check($check, '-w', '5,4,3',
		'-c', '10,6,4')->{out});
	is_deeply($p, { load1 => '0.12;5;10;0', load5 => '0.5;4;6;0',
		load15 => '1.5;3;4;0' }, 'plain');
	$p = perfdata(host('1 2 3')->check($check, '-r', '-w', '5', '-c',
		'6')->{out});
	is_deeply($p, { load1 => '1;;;0', load5 => '2;;;0', load15 => '3;;;0',
		scaled_load1 => '0.5;5;6;0', scaled_load5 => '1;5;6;0',
		scaled_load15 => '1.5;5;6;0' }, 'per processor');
};

subtest 'which processors count' => sub {
	my %sys = ('sys/devices/system/cpu/online' => "0-7,16-23\n",
		'proc/self/status' => "Name:\tx\nCpus_allowed_list:\t0-7,16-23\n");
	my $scaled = sub {
		my $m = host('6 6 6', %sys, @_);
		my $r = $m->check($check, '-r');
		return perfdata($r->{out})->{scaled_load1} =~ s/;.*//r;
	};
	is($scaled->(), '0.375', 'all that are online');
	is($scaled->('proc/self/status' => "Name:\tx\nCpus_allowed_list:\t3,5\n"),
		'3', 'those we may run on');
	my $m = host('6 6 6', %sys, 'sys/fs/cgroup/cpu.max' =>
		"150000 100000\n");
	like($m->check($check)->{out}, qr/\(1\.5 of 16 CPUs: quota\)/,
		'what leaves less than all is named');
	is($scaled->('sys/fs/cgroup/cpu.max' => "150000 100000\n"), '4',
		"a quota of one and a half");
	is($scaled->('sys/fs/cgroup/cpu.max' => "max 100000\n"), '0.375',
		'no quota');
	is($scaled->('sys/fs/cgroup/cpu.max' => "9900000 100000\n"), '0.375',
		'a quota that is no limit');
};

subtest 'the busiest processes on demand' => sub {
	my $spin = fork // die;
	if ($spin == 0) { 1 while 1 }
	my $r = run(plugin($check), '-n', '2');
	kill 'KILL', $spin;
	waitpid $spin, 0;
	like($r->{out}, qr/\nbusiest processes \(\d+ of \d+ readable/, 'shown');
	like($r->{out}, qr/% of a CPU  \S+ \(pid $spin\)/, 'the spinning one');
};

SKIP: {
	my $peer = '/usr/lib/nagios/plugins/check_load';
	skip_or_fail('monitoring-plugins-basic is not installed', 6)
	    if !-x $peer;
	for my $args ([ '-w', '5,4,3', '-c', '10,6,4' ], [ '-r', '-w', '5',
		'-c', '6' ]) {
		my $theirs = perfdata(run($peer, @$args)->{out});
		my $ours = perfdata(run(plugin($check), @$args)->{out});
		is_deeply([ sort keys %$ours ], [ sort keys %$theirs ],
			"@$args: the peer's labels");
		for my $label (sort keys %$theirs) {
			my @t = split /;/, $theirs->{$label}, -1;
			my @o = split /;/, $ours->{$label}, -1;
			next if $t[1] eq '';
			is($o[1] + 0, $t[1] + 0, "$label: its warning");
		}
	}
}

subtest 'options from a file' => sub {
	my $dir = fixture({ 'x.ini' => "[check_load]\nwarning = 7\nr=\n"
		. "[strict]\ncritical=0.01\n" });
	my $m = host('6 6 6');
	is($m->check($check, "--extra-opts=\@$dir/x.ini")->{code}, 0,
		"the program's own section: 3 per CPU are below 7");
	is($m->check($check, '--extra-opts', "\@$dir/x.ini", '-w', '2')->{code},
		1, 'arguments override it');
	is($m->check($check, "--extra-opts=strict\@$dir/x.ini")->{code}, 2,
		'a named section');
	my $r = $m->check($check, "--extra-opts=none\@$dir/x.ini");
	is($r->{code}, 3, 'a missing section is UNKNOWN');
	like($r->{out}, qr{^LOAD UNKNOWN - --extra-opts: \Q$dir\E/x\.ini: no section \[none\]\nsee check_load --help$},
		'and named');
	$r = $m->check($check, "--extra-opts=\@$dir/none.ini");
	like($r->{out}, qr{none\.ini: No such file}, 'so is a missing file');
	is(run({ env => { MP_CONFIG_FILE => "$dir/x.ini" } }, plugin($check),
		$m->args, '--extra-opts')->{code}, 0, 'the usual place');
};

# What sh says of the exit code of our plugin with this redirection.
sub redirected {
	my ($redirection) = @_;
	my $path = plugin($check);
	my $r = run('/bin/sh', '-c', "'$path' $redirection; echo \$? >&2");
	return $r->{err} =~ s/\n//r;
}

subtest 'an answer that nobody gets is no OK' => sub {
	is(redirected('-w 99'), 0, 'read');
	is(redirected('-w 99 >&-'), 3, 'stdout is closed');
	is(redirected('-w 99 >/dev/full'), 3, 'the disk is full');
	my $path = plugin($check);
	pipe my $reader, my $writer;
	close $reader;
	my $pid = fork // die;
	if ($pid == 0) {
		open STDOUT, '>&', $writer;
		exec $path, '-w', '99';
	}
	waitpid $pid, 0;
	is($?, 3 << 8, 'the reader is gone: no signal, but 3');
	is(redirected('-w 99 <&- 2>/dev/null'), 0, 'stdin and stderr do not matter');
};

my $r = run(plugin($check));
like($r->{out}, qr/^LOAD (OK|WARNING|CRITICAL) - .*load average: /, 'this host');
is($r->{err}, '', 'nothing on stderr');

done_testing();
