#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# The daemon: reload, included files, pid file, ten thousand checks, and clients
# of which only recordings are at hand: cases 48 to 54. Who may ask after a
# reload is in reload.t.
use strict;
use warnings;

use Agent;
use Beffroi;
use Cases;
use IO::Socket::IP;
use Nrpe;
use Socket qw(INADDR_LOOPBACK PF_INET SOCK_STREAM pack_sockaddr_in);
use Test::More;

my $config = "command[ok]=/bin/echo all is well\n";
my $well = "all is well\n";

# --- 48 ----------------------------------------------------------------------

# Connects again and again to a port until SIGTERM, or nobody waits for it any
# more; prints how often it failed.
sub knocks {
	my ($port) = @_;
	my $pid = open(my $out, '-|') // die "fork: $!";
	return ($pid, $out) if $pid;
	my ($tried, $failed, $end, $parent) = (0, 0, 0, getppid);
	local $SIG{TERM} = sub { $end = 1 };
	while (!$end && getppid == $parent) {
		$tried++;
		$failed++ if !IO::Socket::IP->new(PeerPort => $port,
			PeerHost => '127.0.0.1', Timeout => 10) && !$end;
		select undef, undef, undef, 0.01;
	}
	print "$tried $failed\n";
	close STDOUT;
	POSIX::_exit(0);
}

better 'case 48: SIGHUP' => sub {
	my $agent = Agent->start($config, args => ['-n']);
	my $port = $agent->port;
	my ($pid, $knocks) = knocks($port);

	$agent->configure("${config}command[new]=/bin/echo brand new\n");
	$agent->reload;
	$agent->comes_to([ '-c', 'new' ], 0, qr/^brand new$/,
		'a new command');

	$agent->mark->configure("${config}command[broken\n");
	my @lines = split /\n/, slurp($agent->config);
	$agent->reload;
	$agent->is_logged(qr/beffroid\.cfg:${\scalar @lines}: \S/,
		'a broken file: the log says where');
	$agent->answers([ '-c', 'new' ], 0, "brand new\n",
		'the old configuration goes on');

	$agent->configure("${config}command[third]=/bin/echo the third\n");
	$agent->reload;
	$agent->comes_to([ '-c', 'third' ], 0, qr/^the third$/, 'one more');
	kill TERM => $pid;
	my ($tried, $failed) = split ' ', <$knocks>;
	close $knocks;
	cmp_ok($tried, '>', 10, 'somebody knocked all the while');
	is($failed, 0, 'and never in vain');

	# To another address, and port.
	$agent->mark->configure("server_address=127.0.0.5\n$config");
	$agent->reload;
	$agent->is_logged(qr/listening on 127\.0\.0\.5:\d+/, 'elsewhere');
	my ($new) = $agent->logged =~ /listening on 127\.0\.0\.5:(\d+)/;
	$agent->is_logged(qr/ready/, 'ready');
	$agent->answers([ '-H', '127.0.0.5', '-p', $new, '-c', 'ok' ], 0,
		$well, 'it answers there');
	ok(wait_for(sub { !IO::Socket::IP->new(PeerHost => '127.0.0.1',
		PeerPort => $port) }, $Agent::patience), 'and no more here');
	$agent->stops;
};

# --- 50 ----------------------------------------------------------------------

my @hosts = map { sprintf '127.9.%d.%d', $_ / 200, $_ % 200 } 0 .. 900;
my %included = (
	'one.cfg' => "command[one]=/bin/echo one\n",
	'two.cfg' => "command[two]=/bin/echo two\n",
	'dir/20.cfg' => "command[last]=/bin/echo 20\n",
	'dir/10.cfg' => "command[last]=/bin/echo 10\n" .
		"command[first]=/bin/echo 10\n",
	'dir/below/deep/x.cfg' => "command[deep]=/bin/echo deep\n",
	'dir/other.conf' => "command[conf]=/bin/echo conf\n",
	'dir/wrong.cfg' => "command[before]=/bin/echo before\n" .
		"command_timeout=none\n",
	'dir/z.cfg' => "command[z]=/bin/echo z\n",
);

sub includes {
	my ($agent) = @_;
	my %gives = (one => 'one', two => 'two', first => 10, last => 20,
		deep => 'deep', z => 'z', ok => 'all is well');
	for my $name (sort keys %gives) {
		$agent->answers([ '-c', $name ], 0, "$gives{$name}\n", $name);
	}
	$agent->answers([ '-c', 'conf' ], 3, qr/not defined/,
		'what is no .cfg is left');
	return;
}

matches 'case 50: included files' => sub {
	my $includes = "include=\@dir\@/one.cfg\n" .
		"include_file=\@dir\@/two.cfg\n" .
		"include_dir=\@dir\@/dir\n$config";
	my $agent = Agent->start($includes, files => \%included);
	includes($agent);
	if (!is_original()) {
		like($agent->log, qr/wrong\.cfg:2: .*command_timeout/,
			'the log has what is wrong');
		$agent->stops;
		$agent = Agent->start('allowed_hosts=' . join(',', @hosts) .
			",127.0.0.1\n$includes", files => \%included);
		cmp_ok(length join(',', @hosts), '>', 10_000, 'a long line');
		includes($agent);
		$agent->answers([ '-b', '127.9.4.7', '-c', 'ok' ], 0, $well,
			'who is far behind in it');
	}
	$agent->stops;
};

# --- 52 ----------------------------------------------------------------------

my $checks = 10_000;
my $growth = 1024; # kB

# Asks so many times from a process of its own, without what makes a client of
# ours slow; prints how often it was not answered well.
sub asks {
	my ($agent, $times) = @_;
	my %packet = map { $_ => nrpe_query(text => $_, size => 0) } 'ok',
		'load';
	my $pid = open(my $out, '-|') // die "fork: $!";
	return $out if $pid;
	my $wrong = 0;
	my $to = pack_sockaddr_in($agent->port, INADDR_LOOPBACK);
	for my $i (1 .. $times) {
		socket my $s, PF_INET, SOCK_STREAM, 0;
		connect $s, $to or $wrong++;
		syswrite $s, $packet{ $i % 10 ? 'load' : 'ok' };
		my $answer = '';
		1 while sysread $s, $answer, 4096, length $answer;
		$wrong++ if $answer !~ /all is well|load average/;
	}
	print "$wrong\n";
	close STDOUT;
	POSIX::_exit(0);
}

# [ processes, zombies, descriptors, kB ] of all that it is.
sub footprint {
	my ($agent) = @_;
	my @family = Agent::family($agent->pid);
	my ($open, $rss) = (0, 0);
	for my $p (@family) {
		$open += () = glob "/proc/$p->{pid}/fd/*";
		$rss += (eval { slurp("/proc/$p->{pid}/status") } // '') =~
			/^VmRSS:\s+(\d+)/m ? $1 : 0;
	}
	return [ scalar @family, scalar(grep { $_->{state} eq 'Z' } @family),
		$open, $rss ];
}

better 'case 52: ten thousand checks' => sub {
	my $agent = Agent->start("${config}command[load]=" .
		"\@dir\@/plugins/check_load\n", args => ['-n']);
	my $zombies = sub { scalar grep { $_->{state} eq 'Z' &&
		$_->{parent} == 1 } Agent::processes() };
	my ($inherited, $wrong) = ($zombies->(), 0);
	$wrong += <$_> for map { asks($agent, 500) } 1, 2;
	my $before = footprint($agent);
	$wrong += <$_> for map { asks($agent, ($checks - 1000) / 2) } 1, 2;
	is($wrong, 0, "$checks checks, every tenth a program");
	my $after;
	ok(wait_for(sub {
		$after = footprint($agent);
		return $after->[0] <= $before->[0] && $after->[1] == 0 &&
			$after->[2] <= $before->[2];
	}, $Agent::patience), 'no process, zombie or descriptor more') or
		diag("before: @$before\nafter: @$after");
	cmp_ok($after->[3], '<', $before->[3] + $growth, 'as small as before')
		if slurp('agent/beffroid') !~ /__[at]san_init/;
	cmp_ok($zombies->(), '<=', $inherited, 'nothing was left to init');
	$agent->stops;
};

# --- 53 ----------------------------------------------------------------------

matches 'case 53: the pid file' => sub {
	my $agent = Agent->start("pid_file=\@dir\@/run/pid\n$config");
	my $file = $agent->dir . '/run/pid';
	ok(wait_for(sub { -s $file }, $Agent::patience), 'it is written');
	my $pid = slurp($file) + 0;
	is($pid, is_original() ? $pid : $agent->pid, 'with its number');
	my $second = run({ as => is_root() && is_original() ? $agent->uid :
		undef }, $agent->{program}, '-f', '-c', $agent->config);
	isnt($second->{code}, 0, 'a second one does not start');
	is(slurp($file) + 0, $pid, 'the file is as it was');
	$agent->answers([ '-c', 'ok' ], 0, $well, 'as is the first one');
	$agent->stops;
	ok(!-e $file, 'it goes with the process');

	# A number that nobody has any more.
	my $gone = fork // die "fork: $!";
	POSIX::_exit(0) if $gone == 0;
	waitpid $gone, 0;
	my $dir = scratch();
	chmod 0777, $dir;
	spew("$dir/pid", "$gone\n");
	chmod 0666, "$dir/pid";
	$agent = Agent->start("pid_file=$dir/pid\n$config");
	ok(wait_for(sub { (slurp("$dir/pid") || $gone) != $gone },
		$Agent::patience), 'an old one is replaced');
	$agent->stops;
};

# --- 54 ----------------------------------------------------------------------

# { name, version, packet } of each that was recorded.
sub recordings {
	my $file = "$Beffroi::srcdir/tests/data/nrpe_clients.txt";
	my @all;
	for (split /\n/, slurp($file)) {
		next if /^#/;
		my ($name, $version, $hex) = split /\t/;
		$hex =~ s/00\*(\d+)/'00' x $1/ge;
		$hex =~ s/ //g;
		push @all, { name => $name, version => substr($version, 1),
			packet => pack 'H*', $hex };
	}
	return @all;
}

# As a client does: first in the version it likes best, then in v2.
sub falls_back {
	my ($agent, @packets) = @_;
	for my $recorded (@packets) {
		my $client = $agent->connect;
		$client->send($recorded->{packet});
		my $bytes = $client->read_all;
		next if $bytes eq '';
		return nrpe_read($bytes, version => $recorded->{version},
			is_original() ? (pads => 'any') : ());
	}
	return { wrong => ['no answer'] };
}

sub all_clients {
	my ($agent, $v3) = @_;
	my @names = map { $_->{name} } recordings();
	for my $name (do { my %seen; grep { !$seen{$_}++ } @names }) {
		my @its = grep { $_->{name} eq $name } recordings();
		my $r = falls_back($agent, @its);
		is_deeply($r->{wrong}, [], "$name: a sound answer");
		is($r->{text}, 'hello to you', "$name: its text");
		my $first = $its[0]{version};
		is($r->{version}, $first == 3 && !$v3 ? 2 : $first,
			"$name: in the version that both know");
	}
	$agent->answers([ @$_, '-c', 'hello' ], 0, qr/^hello to you$/m,
		"check_nrpe @$_") for [], ['-2'], ['-3'];
	return;
}

my $hello = "command[hello]=/bin/echo hello to you\n";
matches 'case 54: clients old and new' => sub {
	both_ways($hello, {}, sub { all_clients($_[0], 0) });
	both_ways("nrpe_v3=yes\n$hello", {}, sub { all_clients($_[0], 1) })
		if !is_original();
};

done_testing();
