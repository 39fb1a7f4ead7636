#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# A configuration that lies where nobody answers is refused in time; the old one
# is served meanwhile.
use strict;
use warnings;

use Agent;
use Beffroi;
use Disks;
use Load;
use POSIX ();
use Test::More;
use Time::HiRes 'time';

if (!private_mounts()) {
	diag('SKIPPED: only root can mount');
	plan(skip_all => 'only root can mount');
}
if (!-c '/dev/fuse') {
	diag('SKIPPED: no FUSE');
	plan(skip_all => 'no FUSE');
}

my $helper = POSIX::getcwd() . '/tests/program/fuse_hang';
my $base = "command[ok]=/bin/echo all is well\n";
my $mounts = 0;

# A directory in which no name is ever found, or not found.
sub hang {
	my $dir = mnt('hang' . ++$mounts);
	my $pid = spawn($helper, 'lookup', 'none', $dir) or return;
	return ($pid, $dir);
}

sub trial { return Agent::children($_[0]->pid, 'beffroid-load') }

my $agent = Agent->start($base, args => ['-n']);
my $load = Load->start(2, sub {
	return Load::ask($agent->port, 'ok', 'all is well');
});

# [ what hangs, a directive that leads there, the words ]
for my $case (
	[ 'an included file', 'include=%s/more.cfg', 'the files' ],
	[ 'a program', 'command[far]=%s/check', 'the programs' ],
	[ 'a certificate', "ssl_cert_file=%s/cert\nssl_privatekey_file=%s/key",
		'its certificates' ],
	[ 'a key', "ssl_cert_file=/dev/null\nssl_privatekey_file=%s/key",
		'its certificates' ],
	[ 'a revocation list', "ssl_cert_file=/dev/null\n" .
		"ssl_privatekey_file=/dev/null\nssl_cacert_file=/dev/null\n" .
		"ssl_crl_file=%s/crl", 'its certificates' ],
	[ 'the run directory', 'run_directory=%s/run', 'its directories' ],
) {
	my ($what, $line, $words) = @$case;
	subtest $what => sub {
		my ($pid, $dir) = hang();
		plan(skip_all => 'no FUSE') if !$pid;
		my $start = time;
		$agent->configure($base . "command[new]=/bin/echo new\n" .
			($line =~ s/%s/$dir/gr) . "\n");
		$agent->mark->reload;
		ok(wait_for(sub { trial($agent) == 1 }, $Agent::patience),
			'another process tries it');
		my $waiter = (trial($agent))[0];
		ok($load->flows(3), 'the old configuration is served');
		$agent->is_logged(qr/reload refused: $words.* no answer within /,
			'then it is refused');
		cmp_ok(time - $start, '<', 60, 'in time');
		$agent->mark->reload;
		if (wait_for(sub { !trial($agent) }, 1)) {
			note('this kernel lets it be killed');
		} else {
			$agent->is_logged(qr/refused: process $waiter still hangs/,
				'a second one at once');
			is_deeply([ trial($agent) ], [$waiter],
				'and one process waits');
		}
		ok($load->flows(3), 'still served');
		stop($pid);
		ok(wait_for(sub { !trial($agent) }, $Agent::patience),
			'nothing is left when that is over');
		sh("umount -l '$dir'");
		$agent->configure($base)->mark->reload;
		$agent->is_logged(qr/\bready\b/, 'and a reload is one again');
		ok($agent->is_alone, 'one gatekeeper is left');
	};
}

subtest 'SIGTERM meanwhile' => sub {
	my ($pid, $dir) = hang();
	plan(skip_all => 'no FUSE') if !$pid;
	$agent->configure("${base}include=$dir/more.cfg\n")->reload;
	ok(wait_for(sub { trial($agent) == 1 }, $Agent::patience),
		'a process hangs');
	is_deeply($load->stop, {}, 'all answers were right');
	my @family = Agent::family($agent->pid);
	kill 'TERM', $agent->pid;
	ok(wait_for(sub { $agent->has_ended }, 15), 'it ends');
	is($agent->{status}, 0, 'in order');
	stop($pid);
	ok(wait_for(sub { !Agent::living(@family) }, $Agent::patience),
		'and nothing is left');
	sh("umount -l '$dir'");
};

done_testing();
