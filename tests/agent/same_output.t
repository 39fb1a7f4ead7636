#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Every option of every check: through the agent it answers what it answers
# alone. The options are read from --help; one whose value has no row here is
# a failure.
use strict;
use warnings;

use Agent;
use Beffroi;
use Machine;
use POSIX ();
use Test::More;

# A value that fits, by what --help calls it; @dir@ is the agent's directory.
my %values = (
	'[SECTION][@FILE]' => 'x@@dir@/options.ini',
	'DURATION' => '5s',
	'LIMIT' => '10%',
	'LOAD1,LOAD5,LOAD15' => '1,0.5,4',
	'NAME' => 'both',
	'NUMBER' => '2',
	'PATH' => '/',
	'PERCENT' => '10%',
	'RANGE' => '10:60',
	'REGEX' => '^/',
	'SECONDS[:STATE]' => '5:WARNING',
	'STATE' => 'WARNING',
	'TYPE' => 'ext4',
	'UNIT' => 'GB',
);

# Or by its own name, where that does not do.
my %own = (
	'cgroup' => 'a.slice',
	'procfs' => '@dir@/machine/proc',
	'rootfs' => '/dev', # where nobody writes
	'state-dir' => '@state@',
	'sysfs' => '@dir@/machine/sys',
);

# One that there has to be something before or behind.
my %around = (
	'check_disk --group' => '-p /',
	'check_disk --exact-match' => '-p /',
	'check_disk --clear' => '-w 20% -p /',
	'check_disk --stat-remote-fs' => '--local',
);

# { name, metavar } of each, as --help has them.
sub options {
	my ($program) = @_;
	my $help = run($program, '--help')->{out};
	my @options;
	while ($help =~ /^ +(?:-\w, +)?--([\w-]+)(?:=(\S+))?$/mg) {
		push @options, { name => $1, metavar => $2 };
	}
	# All lines that look like options were read.
	my @lines = $help =~ /^ {1,8}-.*$/mg;
	is(scalar @options, scalar @lines, "$program: its options are read");
	return @options;
}

sub value {
	my ($option) = @_;
	return undef if !defined $option->{metavar};
	return $own{ $option->{name} } // $values{ $option->{metavar} };
}

# --- a machine that stands still ---------------------------------------------

my $machine = Machine->new;

sub tick {
	my ($uptime, $busy, $idle) = @_;
	$machine->at($uptime);
	$machine->cpu({ user => $busy, idle => $idle },
		"cpu0 $busy 0 0 $idle", 'cpu1 0 0 0 0');
	$machine->memory(MemTotal => 1000000, MemFree => 100000,
		MemAvailable => 150000, Buffers => 1, Cached => 2,
		SwapTotal => 0, SwapFree => 0);
	$machine->write(
		'proc/loadavg' => "3.10 2.20 1.30 1/100 200\n",
		'proc/self/mountinfo' => "20 1 0:1 / / rw - ext4 /dev/x rw\n",
		'proc/mounts' => "/dev/x / ext4 rw 0 0\n",
		'proc/filesystems' => "\text4\n");
	return;
}

# --- both ways ---------------------------------------------------------------

# [ check, arguments, what ] of all that is to be compared.
my @cases;
my $checks = `MAKEFLAGS= make -s print-checks`;
for my $path (split ' ', $checks) {
	my ($check) = $path =~ m{([^/]+)$};
	push @cases, [ $check, [], $check ];
	for my $option (options($path)) {
		my $what = "$check --$option->{name}";
		my $value = value($option);
		if (defined $option->{metavar} && !defined $value) {
			fail("$what=$option->{metavar} has no row here");
			next;
		}
		my $given = "--$option->{name}" .
			(defined $value ? "=$value" : '');
		push @cases, [ $check, [ $given,
			split / /, $around{$what} // '' ], $what ];
	}
	push @cases, [ $check, ['--no-such-option'], "$check: unknown" ],
		[ $check, ['surplus'], "$check: surplus" ];
}
cmp_ok(scalar @cases, '>', 100, 'options to compare');

# What @...@ stands for, alone or in the agent: each has samples of its own.
sub fill {
	my ($text, $agent, $state) = @_;
	my $dir = $agent->dir;
	$text =~ s{\@state\@}{$dir/$state}g;
	$text =~ s{\@dir\@}{$dir}g;
	return $text;
}

my @roots = map { "--$_=$own{$_}" } 'procfs', 'sysfs', 'rootfs',
	'state-dir';
my $config = "command[ok]=/bin/true\n";
for my $i (0 .. $#cases) {
	my ($check, $args) = @{ $cases[$i] };
	my $words = join ' ', map { "'$_'" } @roots, @$args;
	(my $line = $words) =~ s{\@state\@}{\@dir\@/run}g;
	$config .= "command[$i]=\@dir\@/plugins/$check $line\n";
}
my $agent = Agent->start($config, args => ['-n'],
	files => { 'options.ini' => "[x]\nwarning=12\n" });
my $dir = $agent->dir;
rename $machine->path(''), "$dir/machine" or die "$dir/machine: $!";
$machine->{dir} = "$dir/machine";
system('chmod', '-R', 'a+rX', "$dir/machine");
mkdir "$dir/alone" or die $!;
chmod 0700, "$dir/alone";
chown $agent->uid, $agent->gid, "$dir/alone";

sub alone {
	my ($i) = @_;
	my ($check, $args) = @{ $cases[$i] };
	my @as = is_root() ? ({ as => $agent->uid }) : ();
	return run(@as, $agent->plugin_path($check),
		map { fill($_, $agent, 'alone') } @roots, @$args);
}

# Nothing but the disks of this host moves, and that not each time.
sub compare {
	my ($i) = @_;
	my ($check, undef, $what) = @{ $cases[$i] };
	my ($ours, $alone);
	for (1 .. $check eq 'check_disk' ? 5 : 1) {
		$alone = alone($i);
		$ours = $agent->check_nrpe('-c', $i);
		last if $ours->{out} eq $alone->{out};
	}
	is($ours->{code}, $alone->{code}, "$what: the state");
	is($ours->{out}, $alone->{out}, "$what: the words");
	return;
}

# Samples of a time before, for both.
tick(1000, 1000, 2000);
for my $i (grep { !@{ $cases[$_][1] } } 0 .. $#cases) {
	alone($i);
	$agent->check_nrpe('-c', $i);
}
tick(2000, 1400, 3600); # no alarm, which takes time
compare($_) for 0 .. $#cases;
$agent->stops;

done_testing();
