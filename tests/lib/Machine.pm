# SPDX-License-Identifier: GPL-3.0-or-later
# Machine - a whole machine as files, for --procfs and --sysfs
#
# It stands still: its clock is what proc/uptime says, so a test moves it on by
# writing the files anew.

package Machine;

use strict;
use warnings;

use Beffroi;

# Machine->new(files) with paths as 'proc/meminfo'; the defaults are a host
# with two processors that just booted.
sub new {
	my ($class, %files) = @_;
	my $self = bless { dir => scratch(), state => scratch() }, $class;
	chmod 0700, $self->{state};
	$self->boot('b0000000-0000-4000-8000-000000000001');
	$self->at(1000);
	$self->write(
		'proc/self/status' => "Name:\tx\nCpus_allowed_list:\t0-1\n",
		'sys/devices/system/cpu/online' => "0-1\n",
		'proc/stat' => "cpu  0 0 0 0 0 0 0 0 0 0\nbtime 1700000000\n",
		'proc/vmstat' => "nr_free_pages 1\noom_kill 0\n",
		%files);
	return $self;
}

sub write {
	my ($self, %files) = @_;
	fixture(\%files, $self->{dir});
	return $self;
}

sub remove {
	my ($self, @paths) = @_;
	unlink map { "$self->{dir}/$_" } @paths;
	return $self;
}

sub path { return "$_[0]{dir}/$_[1]" }

sub boot {
	my ($self, $id) = @_;
	return $self->write('proc/sys/kernel/random/boot_id' => "$id\n");
}

# The machine's own clock: seconds since its boot.
sub at {
	my ($self, $uptime) = @_;
	return $self->write('proc/uptime' => "$uptime 0.00\n");
}

# All processors' ticks: cpu(user => 5, idle => 7), further lines behind.
sub cpu {
	my ($self, $times, @lines) = @_;
	my @fields = map { $times->{$_} // 0 } qw(user nice system idle iowait
	    irq softirq steal guest guest_nice);
	return $self->write('proc/stat' => join("\n", "cpu  @fields", @lines,
		'intr 1 2 3', 'btime 1700000000') . "\n");
}

# /proc/meminfo in kB.
sub memory {
	my ($self, %kib) = @_;
	return $self->write('proc/meminfo' =>
	    join '', map { "$_:   $kib{$_} kB\n" } sort keys %kib);
}

# Runs a plugin against it.
sub check {
	my ($self, $name, @args) = @_;
	return run(plugin($name), $self->args, @args);
}

sub args {
	my ($self) = @_;
	return ("--procfs=$self->{dir}/proc", "--sysfs=$self->{dir}/sys",
		"--state-dir=$self->{state}");
}

1;
