#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# The process that speaks with clients can do nothing else: seen from outside,
# in the agent as it runs, before and after it has served them.
use strict;
use warnings;

use Agent;
use Beffroi;
use Inject;
use Test::More;

my @forbidden = qw(open mkdir unlink memfd_create fork execve socket connect
	bind mmap-exec mprotect-exec ptrace prctl setuid kill);

need_inject();
if (slurp('config.h') !~ /^#define HAVE_SANDBOX 1$/m) {
	diag('SKIPPED: built with --disable-sandbox');
	plan(skip_all => 'built with --disable-sandbox');
}

sub closed_in {
	my ($pid, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $tried = tried($pid, @forbidden, 'getpid');
	is($tried->{getpid}, 'OK', "$what: trying works");
	is($tried->{$_}, 'EPERM', "$what: no $_") for @forbidden;
	return;
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

$agent->answers([ '-c', 'echo' ], 0, "all is well\n", 'it still serves');
$agent->stops;

done_testing();
