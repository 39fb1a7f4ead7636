# SPDX-License-Identifier: GPL-3.0-or-later
# Load - clients that ask all the while a test does something else
#
#   my $load = Load->start(4, sub { my ($number) = @_; ...; return @wrong });
#   ...
#   $load->flows(10);
#   is_deeply($load->stop, {});
#
# Each is a process, which calls its part again and again. What that returns are
# problems, 'kind: details', which stop() counts by kind.

package Load;

use strict;
use warnings;

use Beffroi;
use Nrpe;
use POSIX ();
use Test::More;

my $patience = 30;

sub start {
	my ($class, $count, $part) = @_;
	my $self = bless { dir => scratch(), owner => $$ }, $class;
	for my $number (1 .. $count) {
		my $pid = fork // die "fork: $!";
		if ($pid == 0) {
			$SIG{$_} = 'DEFAULT' for qw(HUP INT TERM);
			$SIG{PIPE} = 'IGNORE';
			$self->serve($number, $part);
			POSIX::_exit(0);
		}
		push @{ $self->{pids} }, $pid;
	}
	return $self;
}

sub serve {
	my ($self, $number, $part) = @_;
	open my $asked, '>>', "$self->{dir}/$number.asked" or die $!;
	open my $wrong, '>>', "$self->{dir}/$number.wrong" or die $!;
	until (-e "$self->{dir}/stop" || getppid != $self->{owner}) {
		my @problems = eval { $part->($number) };
		@problems = "died: $@" if $@;
		syswrite $wrong, "$_\n" for map { tr/\n/ /r } @problems;
		syswrite $asked, '.';
	}
	return;
}

sub asked {
	my ($self) = @_;
	return map { -s "$self->{dir}/$_.asked" // 0 } 1 .. @{ $self->{pids} };
}

# Waits until each of them has asked so many times more.
sub flows {
	my ($self, $more) = @_;
	my @from = $self->asked;
	return wait_for(sub {
		my @now = $self->asked;
		return !grep { $now[$_] < $from[$_] + $more } 0 .. $#now;
	}, $patience);
}

# What went wrong so far, by line.
sub problems {
	my ($self) = @_;
	return map { -e $_ ? split /\n/, slurp($_) : () }
		map { "$self->{dir}/$_.wrong" } 1 .. @{ $self->{pids} };
}

# { kind => number }, all of which are shown.
sub stop {
	my ($self) = @_;
	my %count;
	spew("$self->{dir}/stop", '');
	for my $pid (@{ $self->{pids} }) {
		waitpid $pid, 0;
		is($?, 0, 'a client ended in order') if $?;
	}
	for my $line ($self->problems) {
		my ($kind) = $line =~ /^(\w+)/;
		diag($line) if $count{$kind}++ < 10;
	}
	return \%count;
}

# One context for all: each of its own reads what certificates the host trusts.
my $context;

sub tls_options {
	nrpe_has_tls() or die "IO::Socket::SSL: $@";
	$context //= IO::Socket::SSL::SSL_Context->new(SSL_verify_mode => 0);
	return { SSL_reuse_ctx => $context };
}

# One query and its answer, looked at completely: nothing if it is want, a
# string or a regex, with state 0; else a problem, which is
#	refused   nobody listens
#	lost      no answer, or not all of it
#	unknown   state 3, with the words
#	wrong     any other
sub ask {
	my ($port, $query, $want, %opt) = @_;
	$opt{tls} = tls_options() if $opt{tls};
	my $r = eval {
		Nrpe->tcp($port, timeout => $patience, %opt)
			->ask(nrpe_query(text => $query));
	};
	return 'refused: ' . $@ if !$r;
	return "lost: $query: $r->{ending}, @{ $r->{wrong} }"
		if @{ $r->{wrong} } || $r->{ending} ne 'eof';
	return "unknown: $query: $r->{text}" if $r->{result} == 3;
	my $right = ref $want ? $r->{text} =~ $want : $r->{text} eq $want;
	return if $right && $r->{result} == 0;
	return "wrong: $query: $r->{result}, $r->{text}";
}

1;
