#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# What each process of the agent is, has open and could do, as the kernel says:
# no more than it needs. sandbox.t has more about the gatekeeper, secret.t looks
# for the key.
use strict;
use warnings;
no warnings 'portable'; # sets have 64 bits

use Agent;
use Beffroi;
use Inject;
use IO::Socket::INET;
use Test::More;

need_inject();

my $sandboxed = slurp('config.h') =~ /^#define HAVE_SANDBOX 1$/m;
my @sets = qw(CapInh CapPrm CapEff CapBnd CapAmb);

# --- what the kernel says ----------------------------------------------------

# { Uid => "8\t8\t8\t8", ... }
sub status { return { $_[0] =~ /^(\w+):\s*(.*?) *$/mg } }
sub status_of { return status(slurp("/proc/$_[0]/status")) }

my $self = status_of($$);
my $none = '0' x 16;

# What these numbers make, as far as this test has it itself.
sub set_of {
	my ($bits, $own) = (0, hex substr $self->{CapPrm}, -11);
	$bits |= 1 << $_ for @_;
	return sprintf '%016x', $bits & $own;
}

# numbers of capabilities(7)
my ($chown, $override, $search, $fowner, $kill, $setgid, $setuid, $setpcap,
	$bind, $ptrace) = (0, 1, 2, 3, 5, 6, 7, 8, 10, 19);
my @runs = ($kill, $setgid, $setuid, $setpcap);
my @granted = ($search, $ptrace);

# One user and group in all four places, these groups, these sets.
sub is_who {
	my ($status, $what, %is) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($status->{Uid}, join("\t", ($is{uid}) x 4), "$what: its user");
	is($status->{Gid}, join("\t", ($is{gid}) x 4), "$what: its group");
	is($status->{Groups}, $is{groups}, "$what: its groups")
		if defined $is{groups};
	my %wanted = (CapInh => $none, CapPrm => $none, CapEff => $none,
		CapBnd => $self->{CapBnd}, CapAmb => $none,
		%{ $is{sets} // {} });
	is_deeply({ map { $_ => $status->{$_} } @sets }, \%wanted,
		"$what: its capabilities");
	is($status->{NoNewPrivs}, $is{no_new} // 0, "$what: no_new_privs");
	is($status->{Seccomp}, $is{seccomp} // 0, "$what: seccomp");
	return;
}

# What is open, by kind: { null => 2, log => 1, unix => 2, ... }; without what
# all of us were left by whoever started the test.
sub kinds_of {
	my ($pid, $log) = @_;
	my %kinds;
	my %listens = map { $_ => 1 } slurp("/proc/$pid/net/tcp") =~
		/^ *\d+: \S+ \S+ 0A (?:\S+ +){5}(\d+)/mg;
	my %unix = map { $_ => 1 } slurp("/proc/$pid/net/unix") =~
		/^\w+: \w+ \w+ \w+ 0005 \w+ +(\d+)/mg;
	for my $fd (glob "/proc/$pid/fd/*") {
		my $to = readlink $fd // next;
		my ($n) = $fd =~ m{(\d+)$};
		next if $n > 2 && $to eq (readlink "/proc/$$/fd/$n" // '');
		my ($inode) = $to =~ /^socket:\[(\d+)\]$/;
		$to = $to eq '/dev/null' ? 'null' : $to eq $log ? 'log' :
			$to =~ /^pipe:/ ? 'pipe' :
			$to =~ /^anon_inode:\[?(\w+)/ ? $1 :
			!defined $inode ? $to : $listens{$inode} ? 'listening' :
			$unix{$inode} ? 'unix' : $to;
		$kinds{$to}++;
	}
	return \%kinds;
}

# The sockets and pipes of a process, each once.
sub sockets_of {
	my ($pid) = @_;
	my %all = map { $_ => 1 } map {
		(readlink $_ // '') =~ /^((?:socket|pipe):.*)/
	} glob "/proc/$pid/fd/*";
	return keys %all;
}

sub are_refused {
	my ($pid, $what, %expected) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $came = tried($pid, 'getpid', sort keys %expected);
	is_deeply($came, { getpid => 'OK', %expected },
		"$what: what it may not do");
	return;
}

# --- an agent with all kinds of processes ------------------------------------

# Tries to look into the processes whose numbers it is given, and its parent's.
my $peek = <<'EOF_PEEK';
#!/usr/bin/perl
for my $pid (getppid, @ARGV) {
	for my $file ('mem', 'fd/0', 'environ') {
		my $ok = $file eq 'fd/0' ? readlink "/proc/$pid/$file" :
			open my $fh, '<', "/proc/$pid/$file";
		print "$pid $file ", $ok ? 'open' : 'shut', "\n";
	}
}
EOF_PEEK

# A name server that does not answer, so that a resolver is there to be seen.
my $server = '127.83.' . ($$ >> 8 & 255) . '.' . ($$ & 255 || 1);
my $silent = IO::Socket::INET->new(LocalAddr => $server, LocalPort => 53,
	Proto => 'udp');
my $place = scratch();
chmod 0755, $place;
spew("$place/resolv.conf", "nameserver $server\noptions timeout:30\n");
spew("$place/beffroid", <<"EOF_PROGRAM");
#!/bin/sh
exec unshare -m --propagation private sh -c '
mount --bind $place/resolv.conf /etc/resolv.conf && exec "\$0" "\$@"
' ${\POSIX::getcwd()}/agent/beffroid "\$@"
EOF_PROGRAM
chmod 0755, "$place/beffroid";
my $may_resolve = $silent && (!-e '/etc/nsswitch.conf' ||
	slurp('/etc/nsswitch.conf') =~ /^hosts:.*\bdns\b/m) &&
	system("unshare -m --propagation private mount --bind " .
	"$place/resolv.conf /etc/resolv.conf 2>/dev/null") == 0;

my $agent = Agent->start(<<'EOF_CONFIG',
allowed_hosts=127.0.0.1,name.that.nobody.answers
gatekeeper_user=daemon
dont_blame_nrpe=1
command[status]=/bin/cat /proc/self/status
command[fds]=@dir@/plugin fds
command[sleep]=@dir@/plugin sleep=25
command[peek]=@dir@/peek $ARG1$ $ARG2$ $ARG3$ $ARG4$
command[granted]=/bin/cat /proc/self/status
command_user[granted]=mail
command_caps[granted]=cap_dac_read_search,cap_sys_ptrace
command[granted_fds]=@dir@/plugin fds
command_user[granted_fds]=mail
command[granted_peek]=@dir@/peek $ARG1$ $ARG2$ $ARG3$ $ARG4$
command_user[granted_peek]=mail
EOF_CONFIG
	programs => ['tests/agent/plugin'], files => { peek => $peek },
	$may_resolve ? (program => "$place/beffroid") : ());
my ($uid, $gid) = ($agent->uid, $agent->gid);
my ($keeper_uid, $keeper_gid) = (getpwnam 'daemon')[2, 3];
my ($mail, $mail_group) = (getpwnam 'mail')[2, 3];
my $log = $agent->log_file;

# At its start each of them has a moment of being the supervisor still.
ok(wait_for(sub {
	my @all = ($agent->gatekeepers, $agent->workers, $agent->runners);
	my @who = map { status_of($_)->{Uid} // '' } @all;
	return @all >= 5 && !grep { /^0\b/ } @who;
}, $Agent::patience), 'all kinds of processes are there');
$agent->answers([ '-c', 'status' ], 0, qr/^Uid:/m, 'it serves');
$agent->answers([ '-c', 'granted' ], 0, qr/^Uid:/m, 'all of it');
my ($keeper) = $agent->gatekeepers;

subtest 'supervisor' => sub {
	my $pid = $agent->pid;
	my $has = set_of($chown, $override, $fowner, $bind, @runs, @granted);
	is_who(status_of($pid), 'supervisor', uid => 0, gid => 0,
		sets => { CapPrm => $has, CapEff => $has });
	my $open = kinds_of($pid, $log);
	delete $open->{pipe}; # of a resolver
	is_deeply($open, { null => 1, log => 2, listening => 1, unix => 3 },
		'its descriptors: both ends of the log, one of control');
	are_refused($pid, 'supervisor', chroot => 'EPERM', mount => 'EPERM',
		sethostname => 'EPERM');
};

subtest 'gatekeeper' => sub {
	is_who(status_of($keeper), 'gatekeeper', uid => $keeper_uid,
		gid => $keeper_gid, groups => $keeper_gid,
		$sandboxed ? (no_new => 1, seccomp => 2) : ());
	my $open = kinds_of($keeper, $log);
	# libevent's own; that nobody else has the pipe is seen below
	delete $open->{$_} for grep { /^event|^pipe/ } keys %$open;
	is_deeply($open, { null => 2, log => 1, listening => 1,
		unix => 2 + $agent->workers }, 'its descriptors: control, ' .
		'the log, a worker each; no file, and so no key');
	my @all = qw(open open-shadow mkdir fork execve socket connect bind
		ptrace kill kill-init setuid setuid-root chroot mount
		sethostname);
	SKIP: {
		skip('built with --disable-sandbox', 1) if !$sandboxed;
		are_refused($keeper, 'gatekeeper', map { $_ => 'EPERM' } @all);
	}
};

subtest 'workers' => sub {
	for my $pid ($agent->workers) {
		is_who(status_of($pid), 'worker', uid => $uid, gid => $gid,
			groups => $gid);
		is_deeply(kinds_of($pid, $log), { null => 2, log => 1,
			unix => 3 }, 'its descriptors: the gatekeeper, its ' .
			'runner, the log; no listening socket, no key');
		are_refused($pid, 'worker', 'setuid-root' => 'EPERM',
			'open-shadow' => 'EACCES', 'kill-init' => 'EPERM',
			chroot => 'EPERM', mount => 'EPERM',
			sethostname => 'EPERM');
	}
};

subtest 'runners' => sub {
	my $has = set_of(@runs, @granted);
	for my $pid ($agent->runners) {
		is_who(status_of($pid), 'runner', uid => $uid, gid => $gid,
			groups => $gid, no_new => 1, sets => {
				CapPrm => $has, CapEff => $has,
				CapBnd => set_of(@granted) });
		is_deeply(kinds_of($pid, $log), { null => 2, log => 1,
			unix => 2 }, 'its descriptors: its worker, the log');
		are_refused($pid, 'runner', chroot => 'EPERM',
			mount => 'EPERM', sethostname => 'EPERM',
			mkdir => 'ENOENT');
	}
	is(scalar $agent->runners, scalar $agent->workers,
		'one beside each worker');
};

subtest 'resolver' => sub {
	plan(skip_all => 'no name server of our own here') if !$may_resolve;
	my @seen;
	ok(wait_for(sub {
		@seen = Agent::children($agent->pid, 'beffroid');
		return @seen && ((eval { status_of($seen[0]) } // {})->{CapPrm}
			// '') eq $none;
	}, $Agent::patience), 'one is there');
	my ($asks) = wait_for(sub { Agent::children($seen[0]) },
		$Agent::patience) ? Agent::children($seen[0]) : ();
	for my $pid ($seen[0], $asks // ()) {
		is_who(status_of($pid), 'resolver', uid => $keeper_uid,
			gid => $keeper_gid, groups => $keeper_gid);
		my $open = kinds_of($pid, $log);
		delete @$open{ grep { /^socket:/ } keys %$open };
		is_deeply($open, { null => 3, pipe => 1 },
			'its descriptors: the answer, and what it asks by');
		are_refused($pid, 'resolver', 'setuid-root' => 'EPERM',
			'open-shadow' => 'EACCES', 'kill-init' => 'EPERM',
			mount => 'EPERM');
	}
};

# But for the log, which all write to, no two have the same one.
subtest 'sockets and pipes' => sub {
	my %users;
	for my $pid ($agent->pid, $keeper, $agent->workers, $agent->runners) {
		push @{ $users{$_} }, $pid for sockets_of($pid);
	}
	my @shared = map { scalar @$_ } grep { @$_ > 1 } values %users;
	my $all = 2 + $agent->workers + $agent->runners;
	is_deeply([ sort { $a <=> $b } @shared ], [ 2, $all ],
		'shared are one to listen on, by two, and the log');
};

subtest 'programs' => sub {
	my $status = status($agent->check_nrpe('-c', 'status')->{out});
	is_who($status, 'of a worker', uid => $uid, gid => $gid,
		groups => $gid);
	$status = status($agent->check_nrpe('-c', 'granted')->{out});
	is_who($status, 'of a runner', uid => $mail, gid => $mail_group,
		groups => $mail_group, no_new => 1,
		sets => { map { $_ => set_of(@granted) } @sets });
	for my $name ('fds', 'granted_fds') {
		$agent->answers([ '-c', $name ], 0,
			qr{\A0 /dev/null\n1 pipe:\S+\n2 pipe:\S+\n\z}, $name);
	}
};

# Not even one of the same user sees into a worker, by which it could answer.
subtest 'programs look around' => sub {
	my @pids = ($agent->pid, $keeper, ($agent->workers)[0],
		($agent->runners)[0]);
	for my $name ('peek', 'granted_peek') {
		my $r = $agent->check_nrpe('-c', $name, '-a', @pids);
		my @lines = split /\n/, $r->{out};
		is(scalar @lines, 15, "$name: tried") or diag($r->{out});
		is_deeply([ grep { !/ shut$/ } @lines ], [],
			"$name: all is shut");
	}
};
$agent->stops;

# Who is not root has one user for all; still programs do not see into workers.
subtest 'not started as root' => sub {
	my $other = Agent->start("command[peek]=\@dir\@/peek\n",
		files => { peek => $peek }, rootless => 1);
	is_who(status_of(($other->gatekeepers)[0]), 'gatekeeper',
		uid => $uid, gid => $gid, no_new => 1, seccomp => 2)
		if $sandboxed;
	is_who(status_of($_), 'another', uid => $uid, gid => $gid)
		for $other->pid, $other->workers;
	my $r = $other->check_nrpe('-c', 'peek');
	is(scalar(() = $r->{out} =~ / shut$/mg), 3, 'a worker is shut')
		or diag($r->{out});
	$other->stops;
};

done_testing();
