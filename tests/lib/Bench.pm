# SPDX-License-Identifier: GPL-3.0-or-later
# Bench - what servers do under load, and what it costs them
#
#   my $ours = ours("command[load0]=/bin/true\n", '-n');
#   say load($ours, '--clients=8', '--seconds=2')->{rate};
#
# Servers are objects with a port and the pid of their first process. All run
# as an ordinary user, and end with the program.

package Bench;

use strict;
use warnings;

use Agent;
use Beffroi;
use Exporter 'import';
use POSIX ();
use Test::More (); # for what Agent says

our @EXPORT = qw(ours theirs start_floor stop load start_load collect_load
  attack median family_sum cpu pss rss descriptors switches machine_load);

our $nrpe = $ENV{NRPE} // '/usr/sbin/nrpe';
my $load = 'tests/bench/nrpe_load';

# --- servers -----------------------------------------------------------------

sub ours {
	my ($config, %opt) = @_;
	return Agent->start($config, ordinary => 1, %opt);
}

# undef without one on this host.
sub theirs {
	my ($config, %opt) = @_;
	return if !-x $nrpe;
	return Agent->start($config, ordinary => 1, program => $nrpe, %opt);
}

# The floor ends when its input does, however this program may end.
sub start_floor {
	my (@args) = @_;
	my $dir = scratch();
	chmod 0755, $dir;
	Agent::copy_to($dir, 'tests/bench/floor');
	pipe my $read, my $in or die "pipe: $!";
	my $pid = open(my $out, '-|') // die "fork: $!";
	if ($pid == 0) {
		close $in;
		open STDIN, '<&', $read;
		if (is_root()) {
			$( = $) = ordinary_user() . ' ' . ordinary_user();
			POSIX::setuid(ordinary_user());
		}
		exec "$dir/floor", @args or POSIX::_exit(127);
	}
	my ($port) = (<$out> // '') =~ /:(\d+)$/ or die "no floor\n";
	return bless { pid => $pid, port => $port, in => $in, out => $out,
		plain => scalar grep { $_ eq '-n' } @args }, 'Bench::Floor';
}

sub stop {
	for my $server (grep { defined } @_) {
		if ($server->isa('Bench::Floor')) {
			close $server->{in};
			close $server->{out};
		} else {
			$server->stop or die "it did not end well\n";
		}
	}
	return;
}

# --- load --------------------------------------------------------------------

# Begins to ask, as nrpe_load does; collect_load() waits for its end.
sub start_load {
	my ($server, @args) = @_;
	my $cpu = cpu($server);
	unshift @args, '--plain' if $server->{plain};
	unshift @args, '--padded' if $server->{original};
	open(my $out, '-|', $load, @args, $server->{port})
		// die "$load: $!\n";
	return { out => $out, server => $server, cpu => $cpu };
}

# What it says, as a hash, and {cpu}: seconds of the server for each request.
sub collect_load {
	my ($begun) = @_;
	my $line = readline($begun->{out}) // '';
	close $begun->{out};
	my %r = $line =~ /(\w+)=([\d.]+)/g;
	die "$load: $line\n" if !defined $r{rate};
	$r{cpu} = (cpu($begun->{server}) - $begun->{cpu}) /
		($r{requests} || 1);
	return \%r;
}

sub load { return collect_load(start_load(@_)) }

# Holds that many connections to a server that say nothing, and such that say
# a byte a second, until what it returns is closed.
sub attack {
	my ($server, $idle, $dribble) = @_;
	my $pid = open(my $in, '|-') // die "fork: $!";
	if ($pid == 0) {
		open STDOUT, '>', '/dev/null';
		exec $load, "--idle=$idle", "--dribble=$dribble",
			'--seconds=600', ('--plain') x !!$server->{plain},
			$server->{port} or POSIX::_exit(127);
	}
	return $in;
}

sub median {
	my @sorted = sort { $a <=> $b } @_;
	return ($sorted[$#sorted / 2] + $sorted[@sorted / 2]) / 2;
}

# --- what it costs -----------------------------------------------------------

sub read_proc {
	my ($pid, $file) = @_;
	open my $fh, '<', "/proc/$pid/$file" or return '';
	local $/;
	return readline($fh) // '';
}

# A figure of all processes of a server; what is not to be had counts as 0.
sub family_sum {
	my ($server, $figure) = @_;
	my $sum = 0;
	$sum += $figure->($_->{pid}) // 0 for Agent::family($server->{pid});
	return $sum;
}

# Seconds of processor, of children that are gone, too.
sub cpu {
	my ($server) = @_;
	return family_sum($server, sub {
		my ($rest) = read_proc($_[0], 'stat') =~ /.*\) (.*)/ or return;
		my @f = split ' ', $rest;
		return $f[11] + $f[12] + $f[13] + $f[14];
	}) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# kB; undef if the kernel does not tell us of one of them.
sub pss {
	my ($server) = @_;
	my $unknown;
	my $sum = family_sum($server, sub {
		my ($kb) = read_proc($_[0], 'smaps_rollup') =~
			/^Pss:\s+(\d+) kB/m;
		$unknown = 1 if !defined $kb && -d "/proc/$_[0]";
		return $kb;
	});
	return $unknown ? undef : $sum;
}

# Of one process: kB, and how many are open.
sub rss {
	my ($pid) = @_;
	return (read_proc($pid, 'status') =~ /^VmRSS:\s+(\d+) kB/m)[0] // 0;
}

sub descriptors {
	my ($pid) = @_;
	my @open = glob "/proc/$pid/fd/*";
	return scalar @open;
}

# How often each process has gone to sleep: { 'beffroid-net 17' => 42 }.
sub switches {
	my ($server) = @_;
	my %count;
	for my $p (Agent::family($server->{pid})) {
		my ($n) = read_proc($p->{pid}, 'status') =~
			/^voluntary_ctxt_switches:\s+(\d+)/m;
		$count{"$p->{comm} $p->{pid}"} = $n if defined $n;
	}
	return \%count;
}

sub machine_load {
	my @f = split ' ', slurp('/proc/loadavg');
	return join ' ', @f[0 .. 2];
}

1;
