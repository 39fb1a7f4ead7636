# SPDX-License-Identifier: GPL-3.0-or-later
# Beffroi - runs the programs under test as their users do

package Beffroi;

use strict;
use warnings;

use Exporter 'import';
use File::Temp 'tempdir';
use POSIX ();
use Test::More;
use Time::HiRes 'time';

our @EXPORT = qw(plugin run run_as fixture scratch need skip_or_fail
  perfdata wait_for is_root ordinary_user slurp spew);

# The build tree is where the tests run; sources may lie elsewhere.
our $srcdir = $ENV{srcdir} // '.';

# The path of a built plugin: plugin('host/check_load').
sub plugin {
	my ($name) = @_;
	my $path = "plugins/$name";
	-x $path or BAIL_OUT("$path is not built");
	return POSIX::getcwd() . "/$path";
}

# Runs argv without a shell and returns { code, out, err, seconds, signal }.
# Options come first in a hash: env => {...}, as => uid, input => '...'.
sub run {
	my $opt = ref $_[0] eq 'HASH' ? shift : {};
	my @argv = @_;
	my $dir = tempdir(CLEANUP => 1);
	spew("$dir/in", $opt->{input}) if defined $opt->{input};
	my $start = time;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		open STDIN, '<', defined $opt->{input} ? "$dir/in" : '/dev/null';
		open STDOUT, '>', "$dir/out";
		open STDERR, '>', "$dir/err";
		$ENV{$_} = $opt->{env}{$_} for keys %{ $opt->{env} // {} };
		if (defined $opt->{as}) {
			$( = $opt->{as};
			$) = "$opt->{as} $opt->{as}";
			POSIX::setuid($opt->{as});
		}
		exec { $argv[0] } @argv or POSIX::_exit(127);
	}
	waitpid $pid, 0;
	return {
		code => $? >> 8,
		signal => $? & 127,
		seconds => time - $start,
		out => slurp("$dir/out"),
		err => slurp("$dir/err"),
	};
}

# The same as a user without rights.
sub run_as {
	my ($uid, @argv) = @_;
	return run({ as => $uid }, @argv);
}

sub slurp {
	my ($path) = @_;
	open my $fh, '<:raw', $path or die "$path: $!";
	local $/;
	return scalar(<$fh>) // '';
}

# Writes a file, making the directories on the way.
sub spew {
	my ($path, $text) = @_;
	(my $dir = $path) =~ s{/[^/]*$}{};
	-d $dir or system('mkdir', '-p', $dir) == 0 or die "mkdir $dir";
	open my $fh, '>:raw', $path or die "$path: $!";
	print $fh $text;
	close $fh or die "$path: $!";
}

# A directory that goes away with the test.
sub scratch { return tempdir('beffroi-XXXXXX', TMPDIR => 1, CLEANUP => 1) }

# A tree of files: fixture({ 'proc/loadavg' => "0 0 0\n" }); its directory.
sub fixture {
	my ($files, $dir) = @_;
	$dir //= scratch();
	spew("$dir/$_", $files->{$_}) for sort keys %$files;
	return $dir;
}

# 'a=1;2 'b c'=3%' as { a => '1;2', 'b c' => '3%' }, of the first line.
sub perfdata {
	my ($out) = @_;
	my ($first) = split /\n/, $out;
	my (undef, $text) = split /\|/, $first // '', 2;
	my %found;
	while (($text // '') =~ /\G\s*(?:'([^']*)'|([^\s=']+))=(\S+)/gc) {
		$found{ $1 // $2 } = $3;
	}
	return \%found;
}

# Something the distribution offers is missing: CI must have it, a user may
# do without.
sub skip_or_fail {
	my ($why, $count) = @_;
	if ($ENV{CI}) {
		fail("missing in CI: $why");
		return if !defined $count;
	}
	diag("SKIPPED: $why");
	plan(skip_all => $why) if !defined $count && !$ENV{CI};
	Test::More::skip($why, $count) if defined $count;
}

# need('icinga2'): the program's path, or the whole test is skipped.
sub need {
	my ($program) = @_;
	for my $dir (split(/:/, $ENV{PATH}), '/usr/sbin', '/sbin') {
		return "$dir/$program" if -x "$dir/$program";
	}
	skip_or_fail("$program is not installed");
	done_testing();
	exit 1;
}

sub is_root { return $> == 0 }

# A user id without rights, for cases that root would never see.
sub ordinary_user { return 65534 }

# Polls until the condition holds; false when it does not within seconds.
sub wait_for {
	my ($condition, $seconds) = @_;
	my $end = time + ($seconds // 10);
	until ($condition->()) {
		return 0 if time > $end;
		select undef, undef, undef, 0.02;
	}
	return 1;
}

1;
