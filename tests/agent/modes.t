#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# The ways to start it: one client on stdin and stdout, in the background, only
# to look at the configuration; and what it says if it cannot start.
use strict;
use warnings;

use Agent;
use Beffroi;
use Nrpe;
use Test::More;

my $agent = POSIX::getcwd() . '/agent/beffroid';
my $dir = scratch();
my $user = is_root() ? getpwuid(ordinary_user()) : getpwuid($>);
my $group = getgrgid((getpwnam $user)[3]);
my $pid_file = "$dir/pid";
my $log = "$dir/log";
my $common = <<"EOF_COMMON";
server_address=127.0.0.1
nrpe_user=$user
nrpe_group=$group
state_directory=$dir/state
log_file=$log
pid_file=$pid_file
command[ok]=/bin/echo all is well
command[slow]=/bin/sleep 60
EOF_COMMON

chmod 0755, $dir;

# A configuration with these lines more, in a file of its own.
sub config {
	my ($name, $more) = @_;
	spew("$dir/$name.cfg", $common . $more);
	return "$dir/$name.cfg";
}

sub answer_of {
	my ($client, %query) = @_;
	my $answer = $client->ask(nrpe_query(text => 'ok', %query));
	is_deeply($answer->{wrong}, [], 'a sound answer');
	return $answer;
}

my $plain = config('plain', "server_port=0\n");
for my $how ('pipes', 'a socket') {
	for my $version (2, 4) {
		my $client = Nrpe->child([$agent, '-i', '-n', '-c', $plain],
			pipes => $how eq 'pipes', timeout => 30);
		my $answer = answer_of($client, version => $version);
		is($answer->{text}, 'all is well', "-i, $how, v$version");
		is($client->finish, 0, 'it ends with its client');
	}
}

SKIP: {
	nrpe_has_tls() or skip_or_fail('IO::Socket::SSL is not there', 3);
	my $client = Nrpe->child([$agent, '-i', '-c', $plain], tls => {},
		timeout => 30);
	is(answer_of($client)->{text}, 'all is well', '-i, over TLS');
	is($client->finish, 0, 'it ends with its client');
}

my $client = Nrpe->child([$agent, '-i', '-n', '-c', $plain], pipes => 1,
	timeout => 30);
is($client->ask(nrpe_query(crc => 1))->{bytes} // '', '',
	'-i: no answer to what is no query');
is($client->finish, 0, 'and the end');
ok(!-e $pid_file, 'no pid file for one client');

# In the background: the parent ends once all is well.
sub pid_of { return -s $pid_file ? slurp($pid_file) + 0 : 0 }
sub is_alive { return $_[0] > 1 && kill 0, $_[0] }
sub ends { my ($pid) = @_; return wait_for(sub { !is_alive($pid) }, 30) }

my $r = run($agent, '-n', '-c', $plain);
is($r->{code}, 0, 'it goes to the background');
is($r->{out} . $r->{err}, '', 'without a word');
my $pid = pid_of();
ok(is_alive($pid), 'and lives there');
my ($port) = slurp($log) =~ /listening on 127\.0\.0\.1:(\d+)/;
is(answer_of(Nrpe->tcp($port))->{text}, 'all is well', 'it answers');

my $second = run($agent, '-n', '-c', $plain);
is($second->{code}, 1, 'a second one with the same pid file does not start');
like($second->{err}, qr/\Q$pid_file\E.*\b$pid\b/, 'and says why');
is(pid_of(), $pid, 'the file is the first one\'s');

# It inherits what workers leave, in the background too.
subtest 'in the background: a worker that is killed' => sub {
	my $slow = Nrpe->tcp($port);
	$slow->send(nrpe_query(text => 'slow'));
	my @sleeping;
	ok(wait_for(sub {
		@sleeping = grep { $_->{comm} eq 'sleep' } Agent::family($pid);
		return @sleeping == 1;
	}, 30), 'its program runs');
	kill KILL => $sleeping[0]{parent};
	ok(wait_for(sub { !Agent::living(@sleeping) }, 30),
		'does not outlive it');
};

kill TERM => $pid;
ok(ends($pid), 'it ends when it is told to');
ok(!-e $pid_file, 'and takes its pid file along');

# What stays of one that was killed is no hindrance, whose number it may be now.
spew($pid_file, "$$\n");
$r = run($agent, '-n', '-c', $plain);
is($r->{code}, 0, 'an old pid file is replaced');
$pid = pid_of();
my @children = map { m{/(\d+)/} } grep {
	(eval { slurp($_) } // '') =~ /^\d+ \(beffroid.*\) \S $pid /
} glob '/proc/[0-9]*/stat';
cmp_ok(scalar @children, '>=', 2, 'it has children');
kill KILL => $pid;
ok(ends($_), 'which end when it is killed') for @children;

# In the background it is nowhere in particular, and finds its files again.
{
	my ($here, $from) = ("$dir/here", "$dir/from");
	mkdir $_ for $here, $from, "$here/more";
	unlink $log;
	spew("$here/agent.cfg", $common . "server_port=0\n" .
		"include=one.cfg\ninclude_dir=more\n");
	spew("$here/one.cfg", "command[one]=/bin/echo one\n");
	spew("$here/more/two.cfg", "command[two]=/bin/echo two\n");
	my $status = system('/bin/sh', '-c',
		'cd "$1" && umask 0 && exec "$2" -n -c ../here/agent.cfg',
		'sh', $from, $agent);
	is($status, 0, 'a relative path, from elsewhere');
	$pid = pid_of();
	isnt(readlink "/proc/$pid/cwd", $from, 'it does not stay there');
	like(slurp("/proc/$pid/status"), qr/^Umask:\s0022$/m,
		'nor with the umask that was there');
	ok(wait_for(sub { slurp($log) =~ /ready: 4 commands/ }, 30),
		'what is included is found');
	spew("$here/one.cfg", "command[one]=/bin/echo one\n" .
		"command[three]=/bin/echo three\n");
	kill HUP => $pid;
	ok(wait_for(sub { slurp($log) =~ /ready: 5 commands/ }, 30),
		'and again, at a reload');
	kill TERM => $pid;
	ok(ends($pid), 'it ends');
	$r = run('/bin/sh', '-c', 'cd "$1" && exec "$2" --check -c ' .
		'../here/agent.cfg', 'sh', $from, $agent);
	like($r->{out}, qr{^command\[two\]=}m, '--check finds them, too');
}

# What it cannot start with, and what it says then.
for my $case (
	['a port in use', "server_port=$port\n", qr/127\.0\.0\.1.*$port/],
	['no such certificate', "ssl_cert_file=$dir/none.pem\n" .
		"ssl_privatekey_file=$dir/none.key\n", qr{\Q$dir\E/none\.}],
	['an error', "server_port=x\n", qr/case\.cfg:9: server_port/],
	['no such user', "nrpe_user=no-such-user\n", qr/no-such-user/],
) {
	my ($what, $lines, $says) = @$case;
	SKIP: {
		skip("$what: only root becomes another user", 2)
			if $lines =~ /nrpe_user/ && !is_root();
		my $taken;
		if ($what eq 'a port in use') {
			$taken = IO::Socket::IP->new(LocalHost => '127.0.0.1',
				Listen => 1) or die "no port: $!";
			my $number = $taken->sockport;
			$lines =~ s/\d+/$number/;
			$says = qr/127\.0\.0\.1.*$number/;
		}
		unlink $pid_file;
		my $config = config('case', $lines);
		$r = run($agent, '-f', '-c', $config);
		is($r->{code}, 1, "$what: it does not start");
		like($r->{err} . slurp($log), $says, 'and says why');
	}
}

# In the background the log has it already, which nobody may think of.
unlink $pid_file;
$r = run($agent, '-c', config('case', "ssl_cert_file=$dir/none.pem\n" .
	"ssl_privatekey_file=$dir/none.key\n"));
is($r->{code}, 1, 'no such certificate: nor to the background');
is($r->{err}, "beffroid: not started: $log says why\n", 'and says where');

# Only to look.
$r = run($agent, '--check', '-c', config('odd', "command[pipe]=/bin/a | b\n"));
is($r->{code}, 0, '--check');
like($r->{out}, qr/odd\.cfg:9: warning: command\[pipe\] cannot be run:/,
	'says which command cannot be run');
like($r->{out}, qr{^command\[ok\]=/bin/echo all is well$}m,
	'and which can, and how');
$r = run($agent, '--check', '-c', config('wrong', "server_port=x\n"));
is($r->{code}, 1, '--check of one that is wrong');
like($r->{out}, qr/wrong\.cfg:9: error: server_port/, 'says where');

for my $case (
	['no such certificate', "ssl_cert_file=$dir/none.pem\n" .
		"ssl_privatekey_file=$dir/none.key\n", qr{\Q$dir\E/none\.pem}],
	['no such user', "nrpe_user=no-such-user\n", qr/no-such-user/],
) {
	my ($what, $lines, $says) = @$case;
	SKIP: {
		skip("$what: only root becomes another user", 2)
			if $lines =~ /nrpe_user/ && !is_root();
		$r = run($agent, '--check', '-c', config('wrong', $lines));
		is($r->{code}, 1, "--check: $what");
		like($r->{out}, $says, 'and which');
	}
}

for my $case ([['--nonsense'], 2], [['-f', '-i'], 2], [['-h'], 0], [['-V'], 0],
	[['-c', "$dir/none.cfg", '-f'], 1]) {
	my ($args, $code) = @$case;
	is(run($agent, @$args)->{code}, $code, "beffroid @$args");
}

done_testing();
