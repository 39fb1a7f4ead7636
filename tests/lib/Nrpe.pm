# SPDX-License-Identifier: GPL-3.0-or-later
# Nrpe - an NRPE client that says whatever a test wants, right or wrong
#
#   my $packet = nrpe_query(version => 2, text => 'check_load');
#   my $answer = Nrpe->tcp($port)->ask($packet);
#   is_deeply($answer->{wrong}, []);
#
# Packets and the checksum are worked out here, not by what is tested.

package Nrpe;

use strict;
use warnings;

use Errno qw(EAGAIN EINTR EWOULDBLOCK);
use Exporter 'import';
use IO::Handle;
use IO::Socket::IP;
use POSIX ();
use Socket qw(AF_UNIX IPPROTO_TCP PF_UNSPEC SOCK_STREAM TCP_NODELAY);
use Time::HiRes 'time';

our @EXPORT = qw(nrpe_crc nrpe_query nrpe_response nrpe_read nrpe_has_tls);

# --- packets -----------------------------------------------------------------

my @crc_table = map {
	my $crc = $_;
	$crc = $crc >> 1 ^ ($crc & 1 ? 0xedb88320 : 0) for 1 .. 8;
	$crc;
} 0 .. 255;

sub nrpe_crc {
	my ($bytes) = @_;
	my $crc = 0xffffffff;
	$crc = $crc >> 8 ^ $crc_table[ ($crc ^ $_) & 255 ]
		for unpack 'C*', $bytes;
	return $crc ^ 0xffffffff;
}

# The bytes of a packet, any field of which may be given:
#   version, type, result, alignment, length   numbers, as they are to appear
#   text         with its terminator, unless terminated => 0
#   size         of the whole packet, filled up with zeros, if that is more
#   payload      room for text in v2 [1024], as of check_nrpe -P
#   pads, tail   the end of v2, the end of v3
#   crc          instead of the right one
#   crc_alignment => 1   CRC over the alignment as it is, not over 0
#   extra        bytes behind the packet
sub packet {
	my %f = (version => 4, result => 0, alignment => 0, terminated => 1,
		size => 0, payload => 1024, pads => "\0" x 2, extra => '', @_);
	my $v2 = $f{version} == 2;
	my $end = $v2 ? $f{pads} :
	    $f{version} == 3 ? $f{tail} // "\0" x 3 : $f{tail} // '';
	my $text = $f{text} . ($f{terminated} ? "\0" : '');
	my $room = $v2 ? $f{payload} : $f{size} - 16 - length $end;
	$text .= "\0" x ($room - length $text) if $room > length $text;
	$text = substr $text, 0, $room if $v2;

	my $body = sub {
		my ($alignment) = @_;
		my $fields = $v2 ? '' : pack 's> l>', $alignment,
			$f{length} // length $text;
		return pack('s>', $f{result}) . $fields . $text . $end;
	};
	my $head = pack 's> s>', $f{version}, $f{type};
	my $crc = $f{crc} // nrpe_crc($head . "\0" x 4 .
		$body->($f{crc_alignment} ? $f{alignment} : 0));
	return $head . pack('N', $crc) . $body->($f{alignment}) . $f{extra};
}

# As check_nrpe sends it; size => 0 for one without padding.
sub nrpe_query {
	return packet(type => 1, text => '_NRPE_CHECK', size => 1036, @_);
}

sub nrpe_response { return packet(type => 2, text => '', @_) }

# Takes a response to pieces. {wrong} lists all that is; a server of ours has
# zeros for pads, of others they may be anything: pads => 'any'.
sub nrpe_read {
	my ($bytes, %want) = @_;
	my (@wrong, %r);
	return { size => 0, wrong => ['no answer'] } if $bytes eq '';
	return { size => length $bytes, wrong => ['no header'] }
		if length $bytes < 17;

	@r{qw(version type crc result)} = unpack 's> s> N s>', $bytes;
	$r{size} = length $bytes;
	my $v2 = $r{version} == 2;
	my $head = $v2 ? 10 : 16;
	my $tail = $v2 ? 2 : $r{version} == 3 ? 3 : 0;
	@r{qw(alignment length)} = unpack 's> l>', substr $bytes, 10
		if !$v2;
	my $room = $v2 ? 1024 : $r{length};
	my $version = $want{version} // $r{version};

	push @wrong, "version $r{version}"
		if $r{version} != $version || $version !~ /^[234]$/;
	push @wrong, "type $r{type}" if $r{type} != 2;
	push @wrong, "result $r{result}" if $r{result} !~ /^[0-3]$/;
	push @wrong, "alignment $r{alignment}" if !$v2 && $r{alignment} != 0;
	return { %r, wrong => [ @wrong, "length $r{length}" ] }
		if $room < 1 || $room > 65536;
	push @wrong, "$r{size} bytes" if $r{size} != $head + $room + $tail;

	my $plain = $bytes;
	substr($plain, 4, 4) = "\0" x 4;
	push @wrong, sprintf 'CRC %08x', $r{crc}
		if nrpe_crc($plain) != $r{crc};
	my $text = substr $bytes, $head, $room;
	$r{pads} = substr $bytes, $head + length $text;
	push @wrong, 'pads' if $r{pads} =~ /[^\0]/ &&
		($want{pads} // '') ne 'any';
	push @wrong, 'no terminator' if $text !~ /\0/;
	push @wrong, 'bytes behind the text' if $text =~ /\0.*[^\0]/s ||
		(!$v2 && $text =~ /\0./s);
	($r{text}) = $text =~ /^([^\0]*)/;
	return { %r, wrong => \@wrong };
}

# --- conversations -----------------------------------------------------------

sub nrpe_has_tls { return eval { require IO::Socket::SSL; 1 } }

# A connection. Options: host [127.0.0.1]; timeout, in seconds, of everything
# [10]; tls, a hash of what IO::Socket::SSL understands. If TLS fails {error}
# says why. Dies if there is no connection at all.
sub tcp {
	my ($class, $port, %opt) = @_;
	my $socket = IO::Socket::IP->new(
		PeerHost => $opt{host} // '127.0.0.1', PeerPort => $port,
		Type => SOCK_STREAM, Timeout => $opt{timeout} // 10,
	) or die "port $port: $@";
	# Else pieces that are sent would be one when they arrive.
	setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
	return start($class, %opt, in => $socket, out => $socket);
}

# A program that serves its standard input and output: a socket pair, or with
# pipes => 1 a pipe for each. Options as of tcp(), and err, a file.
sub child {
	my ($class, $argv, %opt) = @_;
	my ($in, $out, $its_in, $its_out);
	if ($opt{pipes}) {
		pipe $its_in, $out or die "pipe: $!";
		pipe $in, $its_out or die "pipe: $!";
	} else {
		socketpair $in, $its_in, AF_UNIX, SOCK_STREAM, PF_UNSPEC
			or die "socketpair: $!";
		($out, $its_out) = ($in, $its_in);
	}
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		POSIX::dup2(fileno $its_in, 0);
		POSIX::dup2(fileno $its_out, 1);
		open STDERR, '>', $opt{err} if defined $opt{err};
		exec { $argv->[0] } @$argv or POSIX::_exit(127);
	}
	return start($class, %opt, pid => $pid, in => $in, out => $out);
}

sub start {
	my ($class, %self) = @_;
	my $self = bless { timeout => 10, %self }, $class;
	if ($self->{tls}) {
		nrpe_has_tls() or die "IO::Socket::SSL: $@";
		IO::Socket::SSL->start_SSL($self->{in},
			SSL_verify_mode => 0, Timeout => $self->{timeout},
			%{ $self->{tls} }) or
			$self->{error} = "TLS: $IO::Socket::SSL::SSL_ERROR";
	}
	$_->blocking(0) for @$self{qw(in out)};
	return $self;
}

# Waits for what the last operation lacked; false at the deadline.
sub ready {
	my ($self, $handle, $write, $deadline) = @_;
	no warnings 'once';
	$write = $IO::Socket::SSL::SSL_ERROR ==
		IO::Socket::SSL::SSL_WANT_WRITE() if $self->{tls};
	vec(my $bits = '', fileno $handle, 1) = 1;
	my $left = $deadline - time;
	return 0 if $left <= 0;
	return $write ? select(undef, $bits, undef, $left) != 0 :
	    select($bits, undef, undef, $left) != 0;
}

sub again { return $!{EAGAIN} || $!{EWOULDBLOCK} || $!{EINTR} }

# Sends bytes whole, or cut at the offsets of at => [1, 10], or each => 1 byte
# by byte; with gap => seconds between. A piece is one record in TLS. False if
# the peer would not take it all.
sub send {
	my ($self, $bytes, %opt) = @_;
	my @cuts = $opt{each} ? 1 .. length($bytes) - 1 : @{ $opt{at} // [] };
	my $deadline = time + $self->{timeout};
	my $from = 0;
	local $SIG{PIPE} = 'IGNORE';
	return 0 if defined $self->{error};
	for my $to (@cuts, length $bytes) {
		select undef, undef, undef, $opt{gap} if $opt{gap} && $from;
		while ($from < $to) {
			my $n = $self->{out}->syswrite($bytes, $to - $from,
				$from);
			if (defined $n) {
				$from += $n;
				next;
			}
			return 0 if !again() || !$self->ready($self->{out}, 1,
				$deadline);
		}
	}
	return 1;
}

# Nothing more will be sent; the answer can still be read.
sub half_close {
	my ($self) = @_;
	my $out = $self->{out};
	local $SIG{PIPE} = 'IGNORE';
	Net::SSLeay::shutdown($out->_get_ssl_object)
		if $self->{tls} && !defined $self->{error};
	if ($out == $self->{in}) {
		shutdown $out, 1;
	} else {
		close $out;
	}
	return $self;
}

# All bytes up to the end, of which {ending} then says what it was: 'eof' (in
# TLS with a close_notify or without), 'timeout' after so many seconds, 'enough'
# for as many bytes as were asked for, or the error; {seconds} how long it took.
sub read_all {
	my ($self, $seconds, $enough) = @_;
	my ($all, $start) = ('', time);
	my $deadline = $start + ($seconds // $self->{timeout});
	$self->{ending} = $self->{error};
	until (defined $self->{ending}) {
		$! = 0;
		my $n = $self->{in}->sysread($all, 1 << 16, length $all);
		if ($n) {
			$self->{ending} = 'enough'
				if $enough && length $all >= $enough;
		} elsif (defined $n) {
			$self->{ending} = 'eof';
		} elsif (!again()) {
			$self->{ending} = "$!" || 'eof';
		} elsif (!$self->ready($self->{in}, 0, $deadline)) {
			$self->{ending} = 'timeout';
		}
	}
	$self->{seconds} = time - $start;
	return $all;
}

# Sends a packet, options as of send(); what nrpe_read() makes of the answer,
# options as of that, with its {bytes}, {ending} and {seconds}; the end.
sub ask {
	my ($self, $packet, %opt) = @_;
	$self->send($packet, %opt);
	my $bytes = $self->read_all;
	my $r = nrpe_read($bytes, version => unpack('s>', $packet), %opt);
	$self->finish;
	return { %$r, bytes => $bytes, ending => $self->{ending},
		seconds => $self->{seconds} };
}

# Closes. Of a child the wait status, or undef if it had to be killed.
sub finish {
	my ($self) = @_;
	local $SIG{PIPE} = 'IGNORE';
	close $_ for grep { defined } delete @$self{qw(out in)};
	my $pid = delete $self->{pid} // return 0;
	my $end = time + $self->{timeout};
	local ($?, $!);
	while (waitpid($pid, POSIX::WNOHANG) == 0) {
		if (time > $end) {
			kill 'KILL', $pid;
			waitpid $pid, 0;
			return;
		}
		select undef, undef, undef, 0.01;
	}
	return $?;
}

sub DESTROY { $_[0]->finish }

1;
