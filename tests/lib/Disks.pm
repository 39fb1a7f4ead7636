# SPDX-License-Identifier: GPL-3.0-or-later
# Disks - real file systems for a test, which are gone when it ends
#
# All in a mount namespace of the test's own: the kernel cleans up when the
# last of its processes ends, however that happens.

package Disks;

use strict;
use warnings;

use Beffroi;
use Exporter 'import';
use Test::More;

our @EXPORT = qw(private_mounts sh mnt ext4 freeze thaw spawn stop);

# Tests take the time; ThreadSanitizer sleeps a second at each exit.
$ENV{TSAN_OPTIONS} //= 'atexit_sleep_ms=0';

my (%spawned, $base, $mounted, $frozen);

# Starts the test anew where no one else sees its mounts; false if it cannot.
sub private_mounts {
	$base = scratch();
	if (!$ENV{BEFFROI_PRIVATE}) {
		is_root() && system('unshare', '-m', 'true') == 0
			or return 0;
		$ENV{BEFFROI_PRIVATE} = 1;
		exec 'unshare', '-m', '--propagation', 'private', $^X,
			(map { "-I$_" } @INC), $0, @ARGV
			or die "unshare: $!";
	}
	delete $ENV{BEFFROI_PRIVATE};
	sh("mount -t tmpfs -o mode=755 test '$base'");
	$mounted = 1;
	return 1;
}

# A new directory to mount on.
sub mnt {
	my ($name) = @_;
	mkdir "$base/$name" or die "$base/$name: $!";
	return "$base/$name";
}

sub unavailable {
	my ($why) = @_;
	diag("SKIPPED: $why");
	plan(skip_all => $why);
	return;
}

# A command that must succeed; its output.
sub sh {
	my ($command) = @_;
	my $out = `{ $command\n} 2>&1`;
	die "$command: $out" if $?;
	chomp $out;
	return $out;
}

# ext4('/dir', size => '16M', mkfs => '-N 64', mount => 'ro'): a file system in
# a file, mounted there; its device, or undef where there are no loop devices.
sub ext4 {
	my ($dir, %opt) = @_;
	my $image = $opt{image} // scratch() . '/image';
	my $size = $opt{size} // '16M';
	my $mkfs = $opt{mkfs} // '';
	my $mount = $opt{mount} // 'rw';
	return undef if !$mounted || !-e '/dev/loop-control';
	if (!-e $image) {
		sh("truncate -s $size '$image' && " .
			"mkfs.ext4 -q -F -b 1024 $mkfs '$image'");
	}
	return undef
		if system("mount -o loop,$mount '$image' '$dir' 2>/dev/null");
	return sh("findmnt -n -o SOURCE --mountpoint '$dir'");
}

# False if it cannot be frozen.
sub freeze {
	my ($dir) = @_;
	return 0 if system('fsfreeze', '-f', $dir);
	$frozen = $dir;
	return 1;
}

sub thaw {
	system('fsfreeze', '-u', $frozen) if defined $frozen;
	undef $frozen;
	return;
}

# A process of the test's own; its pid, once it has printed "ready".
sub spawn {
	my (@argv) = @_;
	my $pid = open(my $out, '-|', @argv) // die "$argv[0]: $!";
	my $line = <$out>;
	if (($line // '') ne "ready\n") {
		waitpid $pid, 0;
		return undef;
	}
	$spawned{$pid} = $out;
	return $pid;
}

sub stop {
	for my $pid (@_) {
		next if !defined $pid || !$spawned{$pid};
		kill 'KILL', $pid;
		close delete $spawned{$pid}; # waits
	}
	return;
}

END {
	local $?;
	thaw();
	stop(keys %spawned);
	system("umount -R -l '$base'") if $mounted;
}

1;
