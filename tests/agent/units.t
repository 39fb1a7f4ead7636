#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# The units for systemd: sound, as tight as they claim to be, without anything
# that would show checks another machine; and the agent serves under what they
# leave it.
use strict;
use warnings;

use Agent;
use Beffroi;
use Test::More;

my $analyze = need('systemd-analyze');
my $unit = 'contrib/systemd/beffroid.service';
my $drop_ins = "$Beffroi::srcdir/contrib/systemd/drop-ins";
my $socket = "$Beffroi::srcdir/contrib/systemd/beffroid.socket";
my $place = scratch();

# What an assignment comes to, as systemd adds them up: [ values ] by name.
sub directives {
	my %found;
	for my $file (@_) {
		for (grep { /^\w+=/ } split /\n/, slurp($file)) {
			my ($name, $value) = /^(\w+)=(.*)$/;
			push @{ $found{$name} }, $value;
		}
	}
	return \%found;
}

# The unit with a drop-in or without, where systemd's tools find both.
sub place_unit {
	my ($name, $drop_in) = @_;
	my $dir = "$place/$name";
	# What it starts is not installed here.
	spew("$dir/beffroid.service", slurp($unit) =~
		s{^ExecStart=\S+}{ExecStart=/bin/true}mr);
	spew("$dir/beffroid.socket", slurp($socket));
	spew("$dir/beffroid.service.d/one.conf", slurp($drop_in))
		if defined $drop_in;
	return $dir;
}

# --- what they say -----------------------------------------------------------

my $said = directives($unit);
unlike(slurp($unit), qr/@\w+@/, 'its places are filled in');
like($said->{ExecStart}[0], qr{^/\S+/beffroid -f -c /\S+/beffroid\.conf$},
	'what it starts');
is_deeply([ map { $said->{$_}[0] } qw(Restart RestartSec NotifyAccess Type) ],
	[ 'always', '100ms', 'main', 'notify' ], 'it is started again');

# Whoever adds one of these makes a check see what is not so.
my %falsifies = (
	ProtectHome => 'what is in /home, or mounted there',
	ProtectSystem => 'whether the kernel made a file system read-only',
	PrivateTmp => 'what is in /tmp',
	ProtectProc => 'processes of others',
	ProcSubset => '/proc/stat',
	PrivateNetwork => 'interfaces, and hosts to be asked',
	PrivateUsers => 'whose files and processes they are',
	PrivateDevices => 'disks',
	ProtectKernelLogs => 'the kernel\'s log',
	ProtectClock => 'adjtimex()',
	IPAddressDeny => 'hosts to be asked',
	RootDirectory => 'everything',
	DynamicUser => 'much',
);
is($said->{$_}, undef, "it hides from no check: $falsifies{$_}")
	for sort keys %falsifies;
my %allowed = map { $_ => 1 } split ' ', join ' ',
	grep { !/^~/ } @{ $said->{SystemCallFilter} };
ok($allowed{$_}, "$_ can be called")
	for qw(adjtimex clock_adjtime seccomp landlock_restrict_self);

# --- what systemd says of them -----------------------------------------------

# [ name, drop-in, the worst it may be ]; see HACKING.md.
for my $case (
	[ 'unit', undef, 34 ],
	[ 'native', "$drop_ins/native-checks.conf", 28 ],
	[ 'granted', "$drop_ins/granted-commands.conf", 38 ],
	[ 'external', "$drop_ins/external-plugins.conf", 58 ],
) {
	my ($name, $drop_in, $most) = @$case;
	my $dir = place_unit($name, $drop_in);
	my $r = run($analyze, 'security', '--offline=true', '--no-pager',
		"--threshold=$most", "$dir/beffroid.service");
	my ($score) = $r->{out} =~ /Overall exposure level .*: ([\d.]+)/;
	diag("exposure level, $name: $score") if defined $score;
	is($r->{code}, 0, sprintf '%s: no more than %.1f', $name, $most / 10)
		|| diag($r->{out}, $r->{err});
	unlike($r->{err}, qr/one\.conf|beffroid\.service/,
		'and no line that systemd does not know')
		|| diag($r->{err});
	$r = run($analyze, 'verify', '--man=no', "$dir/beffroid.service",
		"$dir/beffroid.socket");
	unlike($r->{err} . $r->{out}, qr/$dir/, 'nor one that is wrong')
		|| diag($r->{err});
}

# --- what they leave the agent -----------------------------------------------

# All calls of a list, groups taken apart.
sub calls {
	my @calls;
	for my $word (@_) {
		if ($word !~ /^@/) {
			push @calls, $word;
			next;
		}
		my $r = run($analyze, 'syscall-filter', '--no-pager', $word);
		push @calls, calls(grep { /^@?\w/ && $_ ne $word }
			map { s/^\s+|\s+$//gr } grep { !/#/ }
			split /\n/, $r->{out});
	}
	return @calls;
}

sub filter_of {
	my ($lines) = @_;
	my %calls;
	for my $line (@$lines) {
		my $not = $line =~ s/^~//;
		my @named = calls('@default', split ' ', $line);
		@named = calls(split ' ', $line) if $not;
		if ($not) {
			delete @calls{@named};
		} else {
			@calls{@named} = ();
		}
	}
	return sort keys %calls;
}

SKIP: {
	skip('only root has rights to be left', 1) if !is_root();
	my $filtered = POSIX::getcwd() . '/tests/agent/filtered';
	my $setpriv = need('setpriv');
	my $bounds = join ',', '-all',
		map { '+' . lc s/^CAP_//r }
		split ' ', $said->{CapabilityBoundingSet}[0];
	my @by = ($setpriv, '--nnp', '--inh-caps=-all',
		"--bounding-set=$bounds");
	my @calls = filter_of($said->{SystemCallFilter});
	cmp_ok(scalar @calls, '>', 200, 'a list of calls');
	push @by, $filtered, @calls, '--' if -x $filtered;
	diag('SKIPPED: the filter; built without a sandbox')
		if !-x $filtered;

	my $agent = Agent->start(<<'EOF_CONFIG', by => \@by);
command_timeout=1
command[load]=@dir@/plugins/check_load
command[disk]=@dir@/plugins/check_disk
command[cpu]=@dir@/plugins/check_cpu
command[program]=/bin/sh -c "grep -E '^(NoNewPrivs|CapBnd)' /proc/self/status"
command[hangs]=/bin/sleep 60
command[ok]=/bin/echo all is well
EOF_CONFIG
	like($agent->check_nrpe('-c', 'program')->{out},
		qr/NoNewPrivs:\s1/, 'a program can become nobody else');
	like($agent->check_nrpe('-c', $_)->{out},
		qr/\A[A-Z]+ (?:OK|WARNING|CRITICAL) /, $_)
		for qw(load disk cpu);
	$agent->answers([ '-c', 'hangs' ], 3, qr/timed out/i,
		'what takes too long is killed');
	$agent->mark->reload;
	$agent->is_logged(qr/ready/, 'a reload');
	ok($agent->is_alone, 'one gatekeeper is left');

	# The supervisor kills what is somebody else.
	my %stopped = map { $_ => 1 } $agent->workers;
	kill STOP => keys %stopped;
	$agent->check_nrpe('-c', 'ok');
	ok(wait_for(sub {
		(grep { $stopped{$_} } $agent->workers) < keys %stopped;
	}, $Agent::patience), 'a worker that hangs is killed');
	kill KILL => keys %stopped;
	ok(wait_for(sub {
		$agent->check_nrpe('-c', 'ok')->{out} eq "all is well\n";
	}, $Agent::patience), 'and it serves');
	unlike($agent->log, qr/not permitted/i, 'nothing was missing');
	$agent->stops;
}

done_testing();
