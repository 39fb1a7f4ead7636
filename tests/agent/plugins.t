#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Programs that misbehave, and the world in which each of them runs.
# BEFFROI_TEST_AS names a user, not that of all, to run each of them as.
use strict;
use warnings;

use Agent;
use Beffroi;
use Fcntl ':flock';
use Test::More;
use Time::HiRes 'time';

# The plugin does what its arguments say; each "hold" is a file that is locked
# until the last of its processes has ended.
my $config = <<'EOF_CONFIG';
command_timeout=2
command[ok]=/bin/echo all is well
command[slow]=@dir@/plugin hold=@dir@/run/slow out=begun child=25 sleep=25
command[deaf]=@dir@/plugin hold=@dir@/run/deaf deaf sleep=25
command[escape]=@dir@/plugin hold=@dir@/run/escape escape=25 sleep=25
command[chain]=@dir@/plugin hold=@dir@/run/chain chain=far sleep=25
command[storm]=@dir@/plugin hold=@dir@/run/storm storm=10 sleep=25
command[flood]=@dir@/plugin hold=@dir@/run/flood flood
command[much]=@dir@/plugin bytes=50000000 exit=1
command[errors]=@dir@/plugin errbytes=50000000 out=fine
command[behind]=@dir@/plugin hold=@dir@/run/behind child=@dir@/run/on out=done
command[chatter]=@dir@/plugin hold=@dir@/run/chatter chatter out=done
command[crash]=@dir@/plugin out=words signal=15
command[mute]=@dir@/plugin signal=9
command[closed]=@dir@/plugin out=first close=1 close=2 sleep=0.2 exit=2
command[zeros]=@dir@/plugin nul
command[cwd]=@dir@/plugin cwd
command[fds]=@dir@/plugin fds
command[state]=@dir@/plugin state
command[environment]=@dir@/plugin env
command[user]=/usr/bin/id -u
command[reads]=/usr/bin/wc -c
command[unreadable]=@dir@/no-interpreter
command[directory]=@dir@/run
EOF_CONFIG

my $as = $ENV{BEFFROI_TEST_AS};
$config .= join '', map { "command_user[$_]=$as\n" }
	$config =~ /^command\[(\w+)\]/mg if defined $as;

my @start = ($config, programs => ['tests/agent/plugin'],
	files => { 'no-interpreter' => "#!/nonexistent/interpreter\n" });
$ENV{BEFFROI_TEST_SECRET} = 'not to be handed on';
my $agent = begin_agent();

sub begin_agent {
	my $new = Agent->start(@start);
	chmod 0777, $new->dir . '/run' if defined $as;
	return $new;
}

# Whether somebody still holds the file of that name.
sub is_held {
	my ($name) = @_;
	open my $file, '<', $agent->dir . "/run/$name" or return 0;
	return !flock $file, LOCK_EX | LOCK_NB;
}

sub is_gone {
	my ($name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok(-e $agent->dir . "/run/$name", "$name: it was run");
	return ok(wait_for(sub { !is_held($name) }),
		"$name: no process is left");
}

# It is ended, with all that it started, and the answer comes in time.
sub times_out {
	my ($name) = @_;
	my $r = $agent->answers([ '-c', $name ], 3,
		qr/\ANRPE: Command timed out after 2 seconds$/m, $name);
	cmp_ok($r->{seconds}, '>', 1.9, "$name: it had its time");
	cmp_ok($r->{seconds}, '<', 2 + 8, "$name: and no more");
	like($r->{out}, qr/\ANRPE.*\nbegun$/m, 'what it had said so far')
		if $name eq 'slow';
	is_gone($name);
	return;
}

subtest 'case 29: what takes too long' => sub {
	times_out($_) for 'slow', 'deaf', 'escape', 'chain', 'storm', 'flood';
};

subtest 'more than anybody wants to know' => sub {
	my $r = $agent->check_nrpe('-c', 'much');
	is($r->{code}, 1, 'the state behind 50 MB');
	is(length $r->{out}, 65535 + 1, 'and of the words what fits');
	$agent->answers([ '-c', 'errors' ], 0, "fine\n", '50 MB of errors');
	$agent->answers([ '-c', 'zeros' ], 0, "a\n", 'zero bytes');
	for my $pid ($agent->workers, $agent->runners, $agent->gatekeepers) {
		my ($peak) = slurp("/proc/$pid/status") =~
			/^VmHWM:\s+(\d+) kB/m;
		cmp_ok($peak, '<', 40 * 1024, "process $pid stays small")
			if slurp('agent/beffroid') !~ /__[at]san_init/;
	}
};

subtest 'case 30: children that go on' => sub {
	spew($agent->dir . '/run/on', '');
	my $r = $agent->answers([ '-c', 'behind' ], 0, "done\n",
		'one who leaves');
	cmp_ok($r->{seconds}, '<', 2, 'is not waited for');
	ok(is_held('behind'), 'what it started lives on');
	$agent->answers([ '-c', 'slow' ], 3, qr/timed out/, 'another one');
	ok(is_held('behind'), 'whose end is not that of others');
	unlink $agent->dir . '/run/on';
	is_gone('behind');
	$r = $agent->answers([ '-c', 'chatter' ], 0, qr/\A(done)?0123|\Adone/,
		'one whose child goes on talking');
	cmp_ok($r->{seconds}, '<', 2, 'is not waited for either');
};

subtest 'an end of another kind' => sub {
	$agent->answers([ '-c', 'crash' ], 2, qr{\Awords}, "a signal");
	$agent->answers([ '-c', 'mute' ], 3,
		qr/\ANRPE: Unable to read output.*signal 9/,
		'an end without a word');
	$agent->answers([ '-c', 'closed' ], 2, "first\n",
		'one that closes its output first');
	for my $name ('unreadable', 'directory') {
		$agent->answers([ '-c', $name ], 3,
			qr/\ANRPE: Unable to read output - \S/, $name);
	}
};

subtest 'the world' => sub {
	my $uid = defined $as ? getpwnam $as : is_root() ? ordinary_user() : $>;
	my %is = (cwd => "/\n", reads => "0\n", user => "$uid\n");
	$agent->answers([ '-c', $_ ], 0, $is{$_}, $_) for sort keys %is;
	my $r = $agent->check_nrpe('-c', 'fds');
	like($r->{out}, qr{\A0 /dev/null\n1 pipe:\S+\n2 pipe:\S+\n\z},
		'its descriptors, and none of ours');
	$agent->answers([ '-c', 'state' ], 0, "session of its own\n",
		'no signal is blocked or ignored');

	$r = $agent->check_nrpe('-c', 'environment');
	my @names = $r->{out} =~ /^(\w+)=/mg;
	my %known = map { $_ => 1 } qw(HOME IFS LOGNAME
		NRPE_MULTILINESUPPORT NRPE_PROGRAMVERSION PATH PWD SHELL USER);
	is_deeply([ grep { !$known{$_} } @names ], [],
		'the environment of the original, no more');
	like($r->{out}, qr{^PATH=/usr/bin:/bin:/usr/sbin:/sbin$}m, 'its PATH');
	like($r->{out}, qr/^NRPE_MULTILINESUPPORT=1$/m, 'many lines may come');
	unlike($r->{out}, qr/handed on/, 'nothing of ours');
};

$agent->answers([ '-c', 'ok' ], 0, "all is well\n", 'after all that');
$agent->stops;
is_gone('chatter');

# keep_env_vars: by name. And what runs when the agent ends, ends with it.
$start[0] = "keep_env_vars=NONE,BEFFROI_TEST_SECRET\n$config" .
	"command_timeout=60\n";
$agent = begin_agent();
$agent->answers([ '-c', 'environment' ], 0,
	qr/^BEFFROI_TEST_SECRET=not to be handed on$/m, 'what is to be kept');
my $begun = $agent->begin('-c', 'escape');
ok(wait_for(sub { is_held('escape') }), 'one is running');
$agent->stops;
is_gone('escape');
my ($r) = Agent::collect($begun);
isnt($r->{code}, 0, 'who waited for it is told something');

done_testing();
