#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# The process that speaks with clients can do nothing else: seen from outside,
# in the agent as it runs, before and after it has served them.
use strict;
use warnings;

use Agent;
use Beffroi;
use POSIX ();
use Test::More;

my $inject = POSIX::getcwd() . '/tests/agent/inject';
my @forbidden = qw(open mkdir unlink memfd_create fork execve socket connect
	bind mmap-exec mprotect-exec ptrace prctl setuid kill);

if (!is_root()) {
	diag('SKIPPED: not run as root');
	plan(skip_all => 'not run as root');
}
if (run($inject)->{code} == 77) {
	diag('SKIPPED: inject does not know this architecture');
	plan(skip_all => 'inject does not know this architecture');
}
if (slurp('config.h') !~ /^#define HAVE_SANDBOX 1$/m) {
	diag('SKIPPED: built with --disable-sandbox');
	plan(skip_all => 'built with --disable-sandbox');
}

# What came of each call: { open => 'EPERM' }.
sub tried {
	my ($pid, @calls) = @_;
	my $r = run($inject, $pid, @calls);
	is($r->{code}, 0, "tried in $pid") or diag($r->{err});
	return { $r->{out} =~ /^(\S+) (.*)$/mg };
}

sub closed_in {
	my ($pid, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $tried = tried($pid, @forbidden, 'getpid');
	is($tried->{getpid}, 'OK', "$what: trying works");
	is($tried->{$_}, 'EPERM', "$what: no $_") for @forbidden;
	return;
}

# Whose process it is: all user ids, all group ids, its capabilities.
sub rights {
	my ($pid) = @_;
	my $status = slurp("/proc/$pid/status");
	my %is = $status =~ /^(\w+):\t(.*?) *$/mg;
	return { map { $_ => $is{$_} }
		qw(Uid Gid Groups CapPrm CapEff CapInh CapAmb NoNewPrivs) };
}

my $agent = Agent->start(<<'EOF_CONFIG');
command[load]=@dir@/plugins/check_load
command[echo]=/bin/echo all is well
EOF_CONFIG

my ($keeper) = $agent->gatekeepers;
ok($keeper, 'there is a gatekeeper') or BAIL_OUT('no gatekeeper');
closed_in($keeper, 'at first');
$agent->answers([ '-c', 'echo' ], 0, "all is well\n", 'it serves');
like($agent->check_nrpe('-c', 'load')->{out}, qr/load average/, 'it serves');
$agent->check_nrpe('-c', 'none');
$agent->check_nrpe('-n', '-t', 2, '-c', 'echo');
closed_in($keeper, 'later');
is_deeply([ $agent->gatekeepers ], [$keeper], 'the same one all the time');

# After a reload it is another one.
$agent->reload;
ok(wait_for(sub {
	my @now = $agent->gatekeepers;
	return @now == 1 && $now[0] != $keeper;
}, $Agent::patience), 'another one after a reload');
closed_in($agent->gatekeepers, 'after a reload');

# The test could fail: what nobody closed in may do all that.
for my $pid ($agent->pid, ($agent->workers)[0]) {
	my $tried = tried($pid, 'open', 'fork', 'socket');
	is_deeply($tried, { open => 'OK', fork => 'OK', socket => 'OK' },
		"process $pid of the same agent may");
}

my $no = '0' x 16;
my ($uid, $gid) = ($agent->uid, $agent->gid);
for my $kind ('gatekeepers', 'workers') {
	my ($pid) = $agent->$kind;
	my $r = rights($pid);
	is($r->{Uid}, join("\t", ($uid) x 4), "$kind: one user, for good");
	is($r->{Gid}, join("\t", ($gid) x 4), "$kind: one group, for good");
	unlike($r->{Groups}, qr/\b0\b/, "$kind: no group of root");
	is_deeply([ @$r{qw(CapPrm CapEff CapInh CapAmb)} ], [ ($no) x 4 ],
		"$kind: no capability");
}
is(rights(($agent->gatekeepers)[0])->{NoNewPrivs}, 1,
	'gatekeeper: nothing gives it privileges');

$agent->answers([ '-c', 'echo' ], 0, "all is well\n", 'it still serves');
$agent->stops;

done_testing();
