#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
use strict;
use warnings;

use Beffroi;
use Disks;
use POSIX ();
use Test::More;

my $private = private_mounts();

my $check = plugin('host/check_disk');
my $mp = '/usr/lib/nagios/plugins/check_disk';
my $helper = POSIX::getcwd() . '/tests/program/fuse_hang';
my $MIB = 1024 * 1024;

# The names of all perfdata, sorted.
sub labels { return join ' ', sort keys %{ perfdata($_[0]{out}) } }

sub answers {
	my ($args, $code, $out, $what) = @_;
	my $r = run($check, @$args);
	is($r->{code}, $code, $what) or diag($r->{out});
	like($r->{out}, $out, "$what: the words");
	is($r->{err}, '', "$what: nothing on stderr");
	return $r;
}

# The words are somewhere in the answer.
sub has {
	my ($r, $words, $what) = @_;
	ok(index($r->{out}, $words) >= 0, $what)
		or diag("$r->{out}lacks: $words");
	return;
}

my %fs = (data => mnt('data'), full => mnt('full'), few => mnt('few'));
my %dev = (
	data => ext4($fs{data}, size => '64M', mkfs => '-m 5'),
	full => ext4($fs{full}),
	few => ext4($fs{few}, mkfs => '-N 32'),
);
my $loops = !grep { !defined } values %dev;
if ($loops) {
	sh("dd if=/dev/zero of=$fs{data}/half bs=1M count=30 status=none");
	sh("dd if=/dev/zero of=$fs{full}/all bs=64k status=none || :");
	sh("cd $fs{few} && touch \$(seq 40) 2>/dev/null || :");
}

subtest 'the default' => sub {
	plan(skip_all => 'no loop devices, or not root') if !$loops;
	my $r = run($check);
	is(labels($r), join(' ', sort '/', values %fs),
		'real local file systems, once');
	is($r->{code}, 2, 'CRITICAL');
	has($r, "DISK CRITICAL - $fs{full} 100.0% used (0 B free), limit 95%;"
		. ' 2 of 4 not OK | ', 'the fullest first');
	has($r, '; 100.0% of inodes used (0 free), limit 95%', 'no inode left');
	like($r->{out}, qr/\n\[OK\] \S*data 5\d\.\d% used \(.* MiB free\); /,
		'one that is fine');
	unlike($r->{out}, qr/inodes\)'=/, 'no inodes in perfdata');
};

subtest 'as df counts' => sub {
	plan(skip_all => 'no loop devices, or not root') if !$loops;
	my (undef, $used, $free) = map { [split]->[0], (split)[1, 2] }
		(split /\n/, sh("df -B1 --output=source,used,avail $fs{data}"))[1];
	my $r = run($check, '-w', '50%used', '-c', '90%used', '-p', $fs{data});
	my ($value, $warn, $crit, $min, $max) =
		split /;/, perfdata($r->{out})->{ $fs{data} };
	is($value, "${used}B", 'used');
	is($max, $used + $free, 'of what can be used');
	is($warn, int(($used + $free) * 0.5), 'the limit is of the same');
	is($crit, int(($used + $free) * 0.9), 'both');
	my $percent = sprintf '%.1f', 100 * $used / ($used + $free);
	like($r->{out}, qr/\Q$percent\E% used/, 'percentage');
	is($r->{code}, 1, 'judged by it');
};

# Label => [value, warn, crit, max] without unit.
sub numbers {
	my ($r) = @_;
	my $perf = perfdata($r->{out});
	return { map {
		my ($value, $warn, $crit, undef, $max) = split /;/, $perf->{$_};
		$value =~ s/B$//;
		$_ => [$value, $warn // '', $crit // '', $max // ''];
	} keys %$perf };
}

# Where all there is would be too little, theirs wraps around below 0.
sub near {
	my ($a, $b, $tolerance) = @_;
	return $a == 0 if $b ne '' && $b > 2 ** 63;
	return $a eq $b if $a eq '' || $b eq '';
	return abs($a - $b) <= $tolerance;
}

# Beside the original, on the same command line: exit code, labels, values and
# limits. It truncates to units and counts reserved blocks unless -f is given,
# so -u bytes and -f are added to both where amounts are compared.
sub compare {
	my (@args) = @_;
	my $what = join ' ', @args;
	my $ours = run($check, @args);
	my $theirs = run($mp, @args);
	is($ours->{code}, $theirs->{code}, "$what: exit code")
		or diag($ours->{out}, $theirs->{out});
	is(labels($ours), labels($theirs), "$what: labels");
	my ($x, $y) = map { numbers(run($_, @args, '-f')) } $check, $mp;
	my @wrong;
	for my $label (sort keys %$y) {
		my $tolerance = $label =~ /inodes/ ? 1 : 2 * $MIB;
		push @wrong, "$label: [@{$x->{$label}}] [@{$y->{$label}}]"
			if grep { !near($x->{$label}[$_], $y->{$label}[$_],
				$tolerance) } 0 .. 3;
	}
	is(join("\n", @wrong), '', "$what: amounts");
	return;
}

subtest 'like the original' => sub {
	plan(skip_all => 'no loop devices, or not root') if !$loops;
	if (!-x $mp) {
		skip_or_fail('monitoring-plugins-basic is not installed', 1);
		return;
	}
	my ($data, $full, $few) = @fs{qw(data full few)};
	my @itl = map { ('-X', $_) } qw(none tmpfs sysfs proc configfs devtmpfs
		devfs mtmfs tracefs cgroup cgroup2 fuse.gvfsd-fuse overlay nsfs
		squashfs);
	my @all = ('-w', '20%', '-c', '10%');
	compare('-w', '20%', '-c', '10%', @itl, '-m');
	compare(@all, '-m', @itl, '-p', $data);
	compare(@all, '-p', $data, '-p', $full, '-p', $few);
	compare(@all, '-p', $data, '-P');
	compare('-w', '60%', '-c', '10%', '-p', $data);
	compare('-w', '80%', '-c', '60%', '-p', $data);
	compare('-w', '60', '-c', '10', '-p', $data);
	compare('-w', '60', '-c', '50', '-p', $data);
	compare('-w', '60000', '-c', '10', '-k', '-p', $data);
	compare('-w', '30000000', '-c', '100000', '-u', 'bytes', '-p', $data);
	compare('-w', '@30%', '-c', '@10%', '-p', $data);
	compare('-w', '0:60%', '-c', '10%', '-p', $data);
	compare('-w', '10%', '-w', '30', '-c', '5%', '-p', $data);
	compare('-W', '20%', '-K', '10%', '-p', $few, '-P');
	compare('-W', '100', '-K', '98', '-p', $data, '-P');
	compare(@all, '-W', '20', '-K', '10', '-p', $data, '-p', $few);
	compare(@all, '-p', $dev{data}, '-M');
	compare(@all, '-E', '-p', $data);
	compare(@all, '-p', "$data/");
	compare(@all, '-p', "$data/half");
	compare(@all, '-e', '-p', $data);
	compare(@all, '-e', '-p', $full);
	compare(@all, '-r', '/data$');
	compare(@all, '-R', '/DATA$', '-r', 'few$');
	compare(@all, '-A', '-i', '^/(dev|sys|mnt)', @itl);
	compare(@all, '-r', '/(data|full|few)$', '-I', 'FULL');
	compare(@all, '-p', $data, '-p', $full, '-x', $full);
	compare(@all, '-p', $data, '-p', $full, '-x', $dev{full});
	compare(@all, '-N', 'ext4', '-p', $data, '-p', '/dev/shm');
	compare(@all, '-l', '-p', $data);
	compare(@all, '-L', '-p', $data);
	compare('-w', '20%', '-c', '10%', '-g', 'both', '-p', $data, '-p', $few);
	compare('-w', '100', '-c', '1', '-g', 'both', '-r', '/(data|few)$',
		'-P');
	compare('-w', '1%', '-c', '0', '-p', $data, '-C', '-w', '90%', '-c',
		'1%', '-p', $few);
	compare('-w', '1%', '-c', '0', '-p', $data, '-C', '-w', '90%', '-c',
		'1%', '-g', 'rest', '-r', 'few');
	compare(@all, '-p', '/nonexistent');
	compare(@all, '-E', '-p', "$data/half");
	for my $bad (['-p', '/'], ['-w', '20:10%', '-p', '/'], ['-u', 'XB'],
		[@all, '-r', '('], [@all, '-r', '^/nonesuch$'],
		[@all, '-p', '/', '-E'], [@all, '-p', '/', '-g', 'x'],
		[@all, '-X', 'ext4', '-p', $data], ['--nonsense'],
		[@all, '-p', '/', '-C', '-p', $data], ['-h'], ['-V']) {
		next if "@$bad" eq '-p /'; # ours has limits of its own
		is(run($check, @$bad)->{code}, run($mp, @$bad)->{code},
			"@$bad: exit code");
	}
};

subtest 'what the arguments say' => sub {
	answers(['--nonsense'], 3, qr/unknown option '--nonsense'/, 'unknown');
	answers(['--waring=5'], 3, qr/did you mean --warning\?/, 'misspelt');
	answers(['-w', '20:10%'], 3, qr/^DISK UNKNOWN - -w: range '20:10%'/,
		'impossible range');
	answers(['-c', '5x'], 3, qr/^DISK UNKNOWN - -c: '5x' is not a limit/,
		'unit');
	answers(['-w', 'foo'], 3, qr/'foo' is not a limit \(10%, 2G, 85%used\)/,
		'no limit');
	answers(['-K', 'foo'], 3, qr/'foo' is not a limit \(10%, 85%used\)/,
		'no limit of inodes');
	answers(['-p', '/', '-w', '5%'], 3, qr/-p \/ has no limits/, 'order');
	answers(['-u', 'miles'], 3, qr/'miles' is not a unit/, 'no unit');
	answers(['--readonly=bad'], 3, qr/'bad' is not a state/, 'no state');
	answers(['-w', '10%', '-r', '['], 3, qr/-r '\[' is not an expression/,
		'no expression');
	answers(['-N', 'nonesuch'], 3,
		qr/^DISK UNKNOWN - there is no filesystem to judge$/m, 'nothing');
	my $r = run($check, '-w', '1%', '-p', '/nonexistent', '-p', '/');
	is($r->{code}, 2, 'a path that is not there');
	has($r, 'DISK CRITICAL - /nonexistent is not accessible: '
		. 'No such file or directory; 1 of 2 not OK | ', 'is named');
	is(labels($r), '/', 'hides no other');
	$r = answers(['-w', '1%', '-r', 'nonesuch', '-p', '/'], 3,
		qr/^DISK UNKNOWN - nonesuch fits no mount point/, 'nor one that'
		. ' fits nothing');
	is(labels($r), '/', 'the other is judged');
	answers(['-w', '1%', '--inaccessible=ok', '-p', '/nonexistent', '-p',
		'/'], 0, qr/\[OK\] \/nonexistent is not acc/, '--inaccessible');
	like(run($check, '--help')->{out}, qr/--mount-timeout=DURATION/, 'help');
};

subtest 'paths' => sub {
	plan(skip_all => 'no loop devices, or not root') if !$loops;
	my $data = $fs{data};
	sh("mkfifo '$data/fifo'; : >'$data/file'; mkdir -p '$data/dir/a'; " .
		"ln -s '$fs{full}' '$data/dir/link'");
	for my $path ("$data/fifo", "$data/file", "$data/dir/a", "$data/") {
		my $r = run($check, '-w', '1%', '-p', $path);
		is("$r->{code} " . labels($r), "0 $data", $path);
		cmp_ok($r->{seconds}, '<', 1, 'at once');
	}
	is(labels(run($check, '-w1%', '-p', "$data/dir/link")), $fs{full},
		'a link leads where it leads');
	is(labels(run($check, '-w1%', '-p', "$data/dir", '-p', "$data/file",
		'-p', $data)), $data, 'one file system by three names');
	my $near = mnt('data2');
	is(labels(run($check, '-w1%', '-p', $near)) =~ /data/, '',
		'no mount point that only begins alike');
	sh("ln -s $dev{data} /tmp/.beffroi-link-$$");
	is(labels(run($check, '-w1%', '-p', "/tmp/.beffroi-link-$$")), $data,
		'a device by another name');
	unlink "/tmp/.beffroi-link-$$";
	my $free = sh('losetup -f');
	answers(['-w1%', '-p', $free], 2,
		qr{^DISK CRITICAL - $free is not mounted}, 'a device without one');
	answers(['-w1%', '-p', '/proc'], 3,
		qr{^DISK UNKNOWN - /proc has no size}, 'no size');
};

subtest 'permissions' => sub {
	plan(skip_all => 'no loop devices, or not root') if !$loops;
	mkdir "$fs{data}/closed", 0700;
	mkdir "$fs{data}/closed/x";
	# The build may lie where an ordinary user cannot go.
	my $dir = scratch();
	chmod 0755, $dir;
	sh("cp '$check' '$dir/check_disk'");
	my $r = run_as(ordinary_user(), "$dir/check_disk", '-w1%', '-p',
		"$fs{data}/closed/x", '-p', '/');
	is($r->{code}, 2, 'CRITICAL');
	has($r, "DISK CRITICAL - $fs{data}/closed/x is not accessible: "
		. 'Permission denied; ', 'it is named');
	is(labels($r), '/', 'the other is judged');
};

subtest 'read-only' => sub {
	plan(skip_all => 'no loop devices, or not root') if !$loops;
	my $data = $fs{data};
	my $bind = mnt('bind');
	sh("mount --bind '$fs{full}' '$bind' && mount -o remount,ro,bind '$bind'");
	answers(['-w5%', '-c1%', '-p', $bind], 2, qr/\Q$bind\E 100\.0% used/,
		'a mount that is read-only of one that is not is judged');
	sh("umount '$bind'");

	sh("mount -o remount,ro '$fs{full}'");
	my $r = answers(['-x', $fs{few}], 0,
		qr/\[OK\] \S*full 100\.0% used .*; mounted read-only, not judged/,
		'full and mounted read-only');
	like(perfdata($r->{out})->{ $fs{full} }, qr/^\d+B;;;0;\d+$/,
		'shown, without limits');
	answers(['-w5%', '-c1%', '-p', $fs{full}], 2, qr/100\.0% used/,
		'judged if it is named');
	answers(['-x', $fs{few}, '--mounted-readonly=warning'], 1,
		qr/^DISK WARNING - \S*full mounted read-only/, 'an option');
	sh("mount -o remount,rw '$fs{full}'");

	my $sick = mnt('sick');
	my $device = ext4($sick, mount => 'errors=remount-ro');
	(my $name = $device) =~ s{.*/}{};
	my $trigger = "/sys/fs/ext4/$name/trigger_fs_error";
	SKIP: {
		skip('no trigger_fs_error in this kernel', 7) if !-w $trigger;
		sh("echo broken >$trigger");
		my @only = ('-p', $sick, '-p', $fs{data});
		my $r = run($check, @only);
		is($r->{code}, 2, 'after an error');
		has($r, "DISK CRITICAL - $sick read-only after an error; "
			. '1 of 2 not OK | ', 'said first');
		like($r->{out}, qr/; 1 error recorded, the last [^;]* in \w+\n/,
			'the counter');
		$r = run($check, @only, '--readonly=ok');
		is($r->{code}, 1, 'the counter alone');
		has($r, "DISK WARNING - $sick 1 error recorded", 'said first');
		$r = run($check, @only, '--readonly=ok', '--recorded-errors=ok');
		is($r->{code}, 0, 'neither');

		# As in a sandbox that makes all it shows read-only.
		sh("mount -o remount,bind,ro '$sick'");
		$r = run($check, @only);
		my ($line) = grep { / \Q$sick\E / }
			split /\n/, slurp('/proc/self/mountinfo');
		if ($line =~ /emergency_ro/) {
			has($r, "DISK CRITICAL - $sick read-only after an "
				. 'error', 'where every mount is read-only');
		} else {
			has($r, "DISK WARNING - $sick", 'it still has errors');
		}
	}
	sh("umount '$sick'");
};

subtest 'without a number of inodes' => sub {
	plan(skip_all => 'only root can mount') if !$private;
	my $dir = mnt('noinodes');
	sh("mount -t tmpfs -o nr_inodes=0,size=1m none '$dir'");
	my $r = answers(['-W', '10', '-K', '5', '-w1%', '-P', '-p', $dir], 0,
		qr/^DISK OK - \Q$dir\E 0\.0% used \(1\.0 MiB free\) \|/, 'OK');
	is(labels($r), $dir, 'none in perfdata');
	sh("umount '$dir'");
};

subtest 'mounts over mounts' => sub {
	plan(skip_all => 'only root can mount') if !$private;
	my $dir = mnt('over');
	sh("mount -t tmpfs -o size=1m one '$dir' && mkdir '$dir/x' && "
		. "mount -t tmpfs -o size=2m two '$dir/x'");
	is(labels(run($check, '-w1%', '-r', '/over')), "$dir $dir/x", 'two');
	sh("mount -t tmpfs -o size=4m three '$dir'");
	my $r = run($check, '-w1%', '-r', '/over');
	is(labels($r), $dir, 'what is hidden is not looked at');
	like($r->{out}, qr/;4194304$/m, 'but what hides it');
	sh("umount '$dir'; umount -R '$dir'");
};

subtest 'foreign names' => sub {
	plan(skip_all => 'only root can mount') if !$private;
	for my $name ("a b", "a\nb", "a\\b", "a\\040b", "a|b=1;2", "a'b",
		"a\e[31mb", "\xff\xfe", "a%sb%n", "\xc3\xa4", "a\tb", "=", "#x") {
		my $dir = mnt($name);
		system('mount', '-t', 'tmpfs', '-o', 'size=1m', 't', $dir) == 0
			or die "mount $name";
		for my $path ($dir, "$dir/") {
			my $r = run($check, '-w1%', '-c1%', '-p', $path);
			is($r->{code}, 0, 'judged') or diag($r->{out});
			is(($r->{out} =~ tr/\n//), 2, 'on its lines');
			is(scalar(keys %{ perfdata($r->{out}) }), 1,
				'one label');
			unlike($r->{out}, qr/[\x00-\x09\x0b-\x1f\x7f]/,
				'no control byte');
			is(($r->{out} =~ tr/|//), 1, 'one pipe');
		}
		(my $regex = $name) =~ s/([][.*^\$+?(){}|\\])/\\$1/g;
		is(run($check, '-w1%', '-r', $regex)->{code}, 0,
			'found by an expression');
		system('umount', $dir);
	}
};

subtest 'two thousand bind mounts' => sub {
	plan(skip_all => 'no loop devices, or not root') if !$loops;
	my $many = mnt('many');
	my $script = scratch() . '/mount';
	spew($script, join '', map { "mkdir '$many/$_' && " .
		"mount -n --bind '$fs{data}' '$many/$_' || exit 1\n" } 1 .. 2000);
	sh("sh $script");
	for my $args (['-w1%', '-c1%', '-r', 'data$|/many/'], ['-w1%', '-A'],
		['-x', $fs{full}, '-x', $fs{few}]) {
		my $r = run($check, @$args);
		my @found = grep { m{/data$|/many/} }
			keys %{ perfdata($r->{out}) };
		is("@found", $fs{data}, "@$args: once, by the shortest name");
		cmp_ok($r->{seconds}, '<', 1, 'quickly');
	}
	is(scalar keys %{ perfdata(run($check, '-w1%', map { ('-p', "$many/$_") }
		1 .. 100)->{out}) }, 100, 'each of those that are named');
	sh("umount -l '$many'/*");
};

subtest 'file systems of other machines' => sub {
	plan(skip_all => 'only root can mount') if !$private;
	my $dir = mnt('remote');
	my $pid = -c '/dev/fuse' && spawn($helper, 'nothing', 'host:/x', $dir);
	plan(skip_all => 'no FUSE') if !$pid;
	unlike(labels(run($check)), qr/remote/, 'not by default');
	unlike(labels(run($check, '-w1%')), qr/remote/, 'nor with limits');
	like(labels(run($check, '--remote')), qr/remote/, '--remote');
	is(labels(run($check, '-w1%', '-p', $dir)), $dir, 'by name');
	is(labels(run($check, '-w1%', '-l', '-p', $dir, '-p', '/')), '/', '-l');
	is(labels(run($check, '-w1%', '-L', '-p', $dir, '-p', '/')), '/', '-L');
	my $r = run($check, '-w1%', '-c1%', '-P', '-p', $dir);
	is(perfdata($r->{out})->{$dir}, '1228800B;3649536;3649536;0;3686400',
		'its numbers');
	stop($pid);
	answers(['-w1%', '-p', $dir, '-p', '/'], 2,
		qr/^DISK CRITICAL - \Q$dir\E is not accessible: \w+/, 'gone');
	$r = answers(['-L', '-x', $fs{full}, '-x', $fs{few}], 2,
		qr/^DISK CRITICAL - \Q$dir\E is not accessible/, '-L tells');
	sh("umount -l '$dir'");
};

# A machine in files: its mounts are those of proc/self/mountinfo, its sizes
# those of the directories below root.
sub machine {
	my ($mountinfo, %files) = @_;
	my $dir = fixture({
		'proc/self/mountinfo' => $mountinfo,
		'proc/sys/kernel/random/boot_id' => "x\n",
		'proc/uptime' => "1000.00 0.00\n",
		'proc/stat' => "btime 1700000000\n",
		'root/a/x' => '', 'root/b/x' => '', 'sys/x' => '',
		%files,
	});
	return ("--procfs=$dir/proc", "--sysfs=$dir/sys", "--rootfs=$dir/root");
}

subtest 'machines in files' => sub {
	my $disk = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n";
	my @m = machine("$disk\nnonsense\n2 1 8:2 / /a rw - xfs /dev/sdb1 rw\n");
	my $r = answers([@m, '-w0', '-c0'], 3,
		qr{^DISK UNKNOWN - /\S*/mountinfo: line 2: }, 'bad lines');
	is(labels($r), '/ /a', 'the sound ones are judged');
	answers([machine('')], 3, qr/there is no filesystem/, 'no mounts');
	@m = machine($disk);
	(my $list = $m[0]) =~ s/.*?=//;
	unlink "$list/self/mountinfo";
	answers(\@m, 3, qr{^DISK UNKNOWN - /\S*/mountinfo: No such file}, 'none');

	@m = machine("1 0 0:9 / / rw - overlay overlay rw\n"
		. "2 1 8:1 /h /etc/hosts rw - ext4 /dev/sda1 rw\n");
	is(labels(run($check, @m, '-w0')), '/', 'a container');
	@m = machine("1 0 8:1 / / rw - ext4 /dev/sda1 ro,errors=remount-ro\n"
		. "2 1 8:2 / /a ro - ext4 /dev/sdb1 ro\n");
	answers([@m, '-w0', '-c0'], 2, qr{^DISK CRITICAL - / read-only after},
		'the superblock decides');
	@m = machine($disk, 'sys/fs/ext4/dm-3/errors_count' => "7\n",
		'sys/fs/ext4/dm-3/first_error_time' => "1699913800\n",
		'sys/fs/ext4/dm-3/last_error_time' => "1699997400\n",
		'sys/fs/ext4/dm-3/last_error_func' => "ext4_find_entry\n");
	(my $sys = $m[1]) =~ s/.*?=//;
	sh("mkdir -p $sys/dev/block && "
		. "ln -s ../../devices/virtual/block/dm-3 $sys/dev/block/8:1");
	has(run($check, @m, '-w0', '-c0'), 'DISK WARNING - / 7 errors recorded, '
		. 'the first 1 d ago, the last 1 h ago in ext4_find_entry'
		. ' | ', 'counters by the name of the device');
};

subtest 'voices' => sub {
	like(run($check, '--json', '-w0')->{out}, qr/"check":"disk"|"name":"disk"/,
		'JSON');
	like(run($check, '--table', '-w0')->{out}, qr/^\s+\/\s+.*GiB/m, 'table');
};

done_testing();
