# SPDX-License-Identifier: GPL-3.0-or-later
# Agent - a beffroid of a test's own, asked by the stock check_nrpe
#
# It listens on loopback, on a port that the kernel chose, and is gone with all
# its processes when the test ends, however that happens. BEFFROID names another
# program to be tested: /usr/sbin/nrpe is the original.

package Agent;

use strict;
use warnings;

use Beffroi;
use File::Copy ();
use IO::Socket::INET;
use IO::Socket::IP;
use Nrpe;
use POSIX ':sys_wait_h';
use Test::More;
use Time::HiRes 'time';

my $growth = 256; # kB; what the heap and the counters may settle by
our $patience = 30; # s, for what takes moments on an idle machine
my $plugins = '/usr/lib/nagios/plugins';
my %running; # by pid

# A test that is stopped stops what it started.
$SIG{$_} = sub { exit 1 } for qw(HUP INT TERM);

# The stock client's path, or the whole test is skipped.
sub client {
	local $ENV{PATH} = "$ENV{PATH}:$plugins:/usr/lib64/nagios/plugins";
	return need('check_nrpe');
}

# Agent->start(CONFIGURATION, ...): one that is ready. What a test needs stands
# before that, as far as the test does not say it itself. @dir@ is a directory
# of its own, and @port@ what leaves the port to us. More to say:
#	args => ['-n']       arguments of the program
#	files => { name => text }    scripts in @dir@
#	programs => ['tests/agent/plugin']    built ones, copied there
#	user => 'nagios'     whom it becomes, if we are root
#	rootless => 1        it is started as that one
#	program => '/usr/sbin/nrpe'  another program
#	env => { NAME => value }     more of an environment
#	by => ['/bin/env', '--']     what is to execute it
#	ordinary => 1        starts as that user; others ask than check_nrpe
#	everywhere => 1      on all addresses, where nothing says which
sub start {
	my ($class, $config, %opt) = @_;
	my $program = $opt{program} // $ENV{BEFFROID}
		// POSIX::getcwd() . '/agent/beffroid';
	my $user = $opt{user} // getpwuid(ordinary_user());
	my $self = bless {
		program => $program,
		original => scalar($program =~ m{/nrpe$}),
		args => $opt{args} // [],
		env => $opt{env} // {},
		by => $opt{by} // [],
		everywhere => $opt{everywhere},
		plain => scalar(grep { $_ eq '-n' } @{ $opt{args} // [] }),
		user => is_root() ? $user : scalar getpwuid($>),
		ordinary => $opt{ordinary},
		client => $opt{ordinary} ? undef : client(),
		rootless => $opt{rootless} || !is_root(),
		mark => 0,
	}, $class;
	-x $program or BAIL_OUT("$program is not built");
	$self->{port} = free_port() if $self->{original};
	$self->make_place($opt{files} // {}, @{ $opt{programs} // [] });
	# The build may lie where who starts it cannot go.
	if (is_root() && ($self->{ordinary} || $self->{rootless})) {
		copy_to($self->{dir}, $program);
		$self->{program} =~ s{.*/}{$self->{dir}/};
	}
	$self->configure($config);
	$self->launch;
	$self->await_ready;
	return $self;
}

sub uid { return (getpwnam $_[0]{user})[2] }
sub gid { return (getpwnam $_[0]{user})[3] }

# A directory which the agent's user can enter, with all that it may ask for.
sub make_place {
	my ($self, $files, @programs) = @_;
	my $dir = $self->{dir} = scratch();
	chmod 0755, $dir;
	mkdir "$dir/$_" for 'state', 'run', 'plugins';
	chmod 0700, "$dir/run", "$dir/state";
	chown $self->uid, $self->gid, "$dir/run";
	chown $self->uid, $self->gid, "$dir/state" if $self->{rootless};
	copy_to("$dir/plugins", split ' ', `MAKEFLAGS= make -s print-checks`);
	copy_to($dir, @programs);
	for my $name (keys %$files) {
		spew("$dir/$name", $files->{$name});
		chmod 0755, "$dir/$name";
	}
	spew($self->log_file, '');
	chown $self->uid, -1, $dir, $self->log_file, "$dir/state"
		if $self->{original} || $self->{ordinary};
	# The original cannot log to stderr, and leaves its children to init.
	copy_to($dir, 'tests/agent/reaper') if $self->{original};
	return;
}

# Not links: the build may lie where the agent's user cannot go.
sub copy_to {
	my ($dir, @programs) = @_;
	for my $program (@programs) {
		my ($name) = $program =~ m{([^/]+)$};
		File::Copy::copy($program, "$dir/$name")
			or die "$program: $!";
		chmod 0755, "$dir/$name";
	}
	return;
}

# The test's configuration; a running agent learns of it by reload().
sub configure {
	my ($self, $config) = @_;
	my $dir = $self->{dir};
	my %defaults = (
		server_address => '127.0.0.1',
		server_port => '@port@',
		allowed_hosts => '127.0.0.1,::1',
		nrpe_user => $self->{user},
		nrpe_group => scalar getgrgid($self->gid),
		$self->{original} ? (
			log_file => $self->log_file,
			pid_file => "$dir/pid",
		) : (
			state_directory => "$dir/state",
			run_directory => "$dir/run",
			plugin_directory => "$dir/plugins",
		),
	);
	my %said = map { $_ => 1 } $config =~ /^(\w+)=/mg;
	delete $defaults{server_address} if $self->{everywhere};
	my $text = join '', map { "$_=$defaults{$_}\n" }
		grep { !$said{$_} } sort keys %defaults;
	$text .= $config;
	my $port = $self->{original} ? $self->{port} : 0;
	$text =~ s/\@port\@/$port/g;
	$text =~ s/\@dir\@/$dir/g;
	# At once, as an editor does it: the agent may read it at any time.
	spew($self->config . '.new', $text);
	rename $self->config . '.new', $self->config;
	return $self;
}

sub free_port {
	my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
		or die "no port: $!";
	return $s->sockport;
}

sub config { return "$_[0]{dir}/beffroid.cfg" }
sub log_file { return "$_[0]{dir}/log" }
sub dir { return $_[0]{dir} }
sub port { return $_[0]{port} }
sub pid { return $_[0]{pid} }
sub plugin_path { return "$_[0]{dir}/plugins/$_[1]" }

sub launch {
	my ($self) = @_;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', $self->log_file;
		open STDERR, '>>', $self->log_file;
		if (is_root() && ($self->{original} || $self->{ordinary}
			|| $self->{rootless})) {
			$( = $) = $self->gid . ' ' . $self->gid;
			POSIX::setuid($self->uid);
		}
		@ENV{ keys %{ $self->{env} } } = values %{ $self->{env} };
		my @argv = (@{ $self->{by} },
			$self->{original} ? "$self->{dir}/reaper" : (),
			$self->{program}, '-f', '-c', $self->config,
			@{ $self->{args} });
		exec { $argv[0] } @argv or POSIX::_exit(127);
	}
	$self->{pid} = $pid;
	$self->{owner} = $$;
	$running{$pid} = $self;
	return;
}

sub await_ready {
	my ($self) = @_;
	my $ready = wait_for(sub { $self->has_ended || $self->is_ready },
		$patience);
	return if $ready && !defined $self->{status};
	diag($self->log);
	die "$self->{program} did not get ready\n";
}

# Starts it again, as a service manager would: until it is ready. Whoever kills
# it with a fixed port finds that again.
sub restart {
	my ($self) = @_;
	my $end = time + $patience;
	for (;;) {
		wait_for(sub { $self->has_ended }, $patience)
			or die "it has not ended\n";
		delete $running{ $self->{pid} };
		delete $self->{status};
		$self->mark->launch;
		wait_for(sub {
			$self->has_ended || $self->logged =~ /\bready\b/;
		}, $patience);
		return $self if !defined $self->{status};
		die "it does not start again\n" if time > $end;
		select undef, undef, undef, 0.1;
	}
}

sub is_ready {
	my ($self) = @_;
	if ($self->{original}) {
		return scalar grep { IO::Socket::IP->new(PeerHost => $_,
			PeerPort => $self->{port}) } '127.0.0.1', '::1';
	}
	my ($port) = $self->log =~ /listening on \S+:(\d+)$/m;
	$self->{port} = $port // return 0;
	return $self->log =~ /\bready\b/;
}

# Whether it has ended by itself, or since it was told to.
sub has_ended {
	my ($self) = @_;
	return 1 if defined $self->{status};
	return 0 if waitpid($self->{pid}, WNOHANG) != $self->{pid};
	$self->{status} = $?;
	return 1;
}

# --- what it says ------------------------------------------------------------

sub log { return slurp($_[0]->log_file) }

# From here on: what is_logged() and logged() look at.
sub mark {
	my ($self) = @_;
	$self->{mark} = length $self->log;
	return $self;
}

sub logged { return substr $_[0]->log, $_[0]{mark} }

sub is_logged {
	my ($self, $words, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $is = wait_for(sub { $self->logged =~ $words }, $patience);
	return ok($is, $what) || diag('the log: ', $self->logged);
}

# --- asking it ---------------------------------------------------------------

# A client of ours, which says whatever a test wants: options as of Nrpe->tcp().
sub connect {
	my ($self, %opt) = @_;
	# The original has no certificate, so that only anonymous suites do.
	my $tls = $self->{plain} ? undef : !$self->{original} ? {} :
	    { SSL_version => 'TLSv1_2', SSL_cipher_list => 'ALL:@SECLEVEL=0' };
	return Nrpe->tcp($self->{port}, timeout => $patience, tls => $tls,
		%opt);
}

sub client_args {
	my ($self, @args) = @_;
	return ($self->{client}, '-H', '127.0.0.1', '-p', $self->{port},
		'-t', $patience, ($self->{plain} ? '-n' : ()), @args);
}

# The stock client's answer, as run() returns it.
sub check_nrpe {
	my ($self, @args) = @_;
	return run($self->client_args(@args));
}

# As many at once as there are lists of arguments; { code, out } of each.
sub check_nrpe_at_once {
	my ($self, @lists) = @_;
	return collect(map { $self->begin(@$_) } @lists);
}

# Starts to ask; collect() takes the answers of all that were started.
sub begin {
	my ($self, @args) = @_;
	open(my $out, '-|', $self->client_args(@args)) // die "check_nrpe: $!";
	return $out;
}

sub collect {
	my (@begun) = @_;
	my @answers;
	for my $out (@begun) {
		local $/;
		my $text = <$out> // '';
		close $out; # waits
		push @answers, { code => $? >> 8, out => $text };
	}
	return @answers;
}

# answers(ARGUMENTS, CODE, TEXT or REGEX, WHAT)
sub answers {
	my ($self, $args, $code, $out, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $r = $self->check_nrpe(@$args);
	is($r->{code}, $code, "$what: the state")
		or diag(substr $r->{out}, 0, 400);
	if (ref $out) {
		like($r->{out}, $out, "$what: the words");
	} else {
		is($r->{out}, $out, "$what: the words");
	}
	return $r;
}

# Whether asking so is answered with this state (undef: any) and these words, of
# its output or its complaint, before long: after a reload, say.
sub comes_to {
	my ($self, $args, $code, $words, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $r;
	my $did = wait_for(sub {
		$r = $self->check_nrpe(@$args);
		return (!defined $code || $r->{code} == $code) &&
			"$r->{out}$r->{err}" =~ $words;
	}, $patience);
	return ok($did, $what) || diag("$r->{code}: $r->{out}");
}

# The client fails, or is killed, as SIGPIPE does where it is turned away.
sub fails {
	my ($self, $args, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $r = $self->check_nrpe(@$args);
	return ok(($r->{signal} || $r->{code} >= 2) && ($r->{out} eq '' ||
		$r->{out} =~ /CHECK_NRPE|connect/), $what)
		|| diag("$r->{code}: $r->{out}");
}

# No answer: what the stock client makes of that.
sub silent {
	my ($self, $args, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return $self->answers($args, 3,
		qr/\ACHECK_NRPE: .*underflow|\ACHECK_NRPE.*Error/, $what);
}

# --- its processes -----------------------------------------------------------

# { pid, parent, group, comm, state, start } of every process there is.
sub processes {
	my @all;
	for my $file (glob '/proc/[0-9]*/stat') {
		open my $fh, '<', $file or next;
		my ($pid, $comm, $rest) = (<$fh> // '') =~ /^(\d+) \((.*)\) (.*)/
			or next;
		my @f = split ' ', $rest;
		push @all, { pid => $pid, comm => $comm, state => $f[0],
			parent => $f[1], group => $f[2], start => $f[19] };
	}
	return @all;
}

# Those of a parent, by name if one is given.
sub children {
	my ($parent, $comm) = @_;
	return map { $_->{pid} } grep { $_->{parent} == $parent
		&& (!defined $comm || $_->{comm} eq $comm) } processes();
}

sub gatekeepers { return children($_[0]{pid}, 'beffroid-net') }
sub workers { return children($_[0]{pid}, 'beffroid-work') }
sub runners { return children($_[0]{pid}, 'beffroid-run') }

# Waits until the old generation has gone after a reload.
sub is_alone {
	my ($self) = @_;
	return wait_for(sub { $self->gatekeepers == 1 }, $patience);
}

# All processes below a pid, and itself.
sub family {
	my ($top) = @_;
	my @all = processes();
	my @family = grep { $_->{pid} == $top } @all;
	for (my $i = 0; $i < @family; $i++) {
		push @family,
			grep { $_->{parent} == $family[$i]{pid} } @all;
	}
	return @family;
}

# Those that live on, a process of the same number not counted.
sub living {
	my %now = map { ("$_->{pid} $_->{start}" => $_->{state}) } processes();
	return grep { ($now{"$_->{pid} $_->{start}"} // 'Z') !~ /[ZX]/ } @_;
}

# { comm => [number of processes, open descriptors, kB] }, the most of each.
sub footprint {
	my ($self) = @_;
	my %seen;
	for my $p (family($self->pid)) {
		my @open = glob "/proc/$p->{pid}/fd/*";
		my $status = eval { slurp("/proc/$p->{pid}/status") } // '';
		my ($rss) = $status =~ /^VmRSS:\s+(\d+) kB/m;
		my $was = $seen{ $p->{comm} } //= [ 0, 0, 0 ];
		$was->[0]++;
		$was->[1] = @open if @open > $was->[1];
		$was->[2] = $rss if ($rss // 0) > $was->[2];
	}
	return \%seen;
}

# What is over may take a moment to be gone.
sub flat {
	my ($self, $before, $what) = @_;
	# Sanitizers keep what was freed for a while.
	my $sanitized = slurp($self->{program}) =~ /__[at]san_init/;
	my ($after, @more);
	wait_for(sub {
		$after = $self->footprint;
		@more = ();
		for my $comm (sort keys %$after) {
			my ($n, $open, $rss) = @{ $after->{$comm} };
			my ($n0, $open0, $rss0) =
				@{ $before->{$comm} // [ 0, 0, 0 ] };
			push @more, "$comm: $n0 processes, now $n" if $n > $n0;
			push @more, "$comm: $open0 descriptors, now $open"
				if $open > $open0;
			push @more, "$comm: $rss0 kB, now $rss"
				if $rss > $rss0 + $growth && !$sanitized;
		}
		return !@more;
	}, $patience / 3);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply(\@more, [], "$what: no more of anything");
	return;
}

# --- its end -----------------------------------------------------------------

sub reload { return kill 'HUP', $_[0]{pid} }

# True if it ends when it is told to, with status 0, and nothing is left of it.
sub stop {
	my ($self) = @_;
	return 1 if !delete $running{ $self->{pid} };
	my @family = family($self->{pid});
	kill 'TERM', $self->{pid} if !$self->has_ended;
	my $ended = wait_for(sub { $self->has_ended }, $patience);
	my $alone = wait_for(sub { !living(@family) }, $patience);
	if (!$ended || !$alone) {
		my @left = map { "$_->{pid} $_->{comm}" } living(@family);
		diag("had to be killed: @left");
		kill 'KILL', map { $_->{pid} } living(@family);
		waitpid $self->{pid}, 0 if !$ended;
	}
	diag(sprintf 'it ended with status %#x', $self->{status})
		if $self->{status};
	my $log = $self->log;
	$log =~ s/\A.*(?=.{4000}\z)/.../s;
	diag("its log: $log") if !Test::More->builder->is_passing;
	return $ended && $alone && !$self->{status};
}

sub stops {
	my ($self) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return ok($self->stop, 'it ends when it is told to');
}

END {
	local $?;
	for my $agent (grep { $_->{owner} == $$ } values %running) {
		fail('the agent ends when it is told to') if !$agent->stop;
	}
}

1;
