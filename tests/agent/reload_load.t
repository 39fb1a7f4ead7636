#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Reloads under load, good ones and broken ones in turn: each answer is that of
# a configuration which was in force, and nobody is turned away.
use strict;
use warnings;

use Agent;
use Beffroi;
use IO::Socket::IP;
use Load;
use Nrpe;
use Test::More;

my $clients = 4;
my $reloads = 100; # each of which is waited for
my $burst = 200;   # of which none is

my $openssl = need('openssl');

# What clients know of the configurations: the number of the oldest that may
# still answer, and of the newest that may already. Broken ones are odd.
package Reign {
	sub new { return bless { dir => Beffroi::scratch() }, $_[0] }

	sub set {
		my ($self, $which, $number) = @_;
		Beffroi::spew("$self->{dir}/$which.new", $number);
		rename "$self->{dir}/$which.new", "$self->{dir}/$which";
		return;
	}

	sub get { return Beffroi::slurp("$_[0]{dir}/$_[1]") }
}

sub make_certificate {
	my ($dir, $name) = @_;
	system("$openssl req -x509 -newkey ec -pkeyopt " .
		"ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=$name " .
		"-keyout $dir/$name.key -out $dir/$name.pem 2>/dev/null") == 0
		or die 'openssl';
	return;
}

sub name_of { return (qw(one two))[ $_[0] / 4 % 2 ] } # its certificate

# One address in two of ten, so that a port opens and closes now and then.
sub has_second { return $_[0] % 40 >= 20 }

my @broken = (
	'command[broken',
	'command_timeout=soon',
	'include=/nonexistent/file',
	'server_address=nowhere',
	'allowed_hosts=300.1.1.1',
);
my $no_certificate =
	"ssl_cert_file=/nonexistent\nssl_privatekey_file=/nonexistent";

# Half of it stands in another file. Each other one runs another program.
sub write_config {
	my ($agent, $number) = @_;
	my $dir = $agent->dir;
	my $say = $number % 4 ? '/bin/echo' : "$dir/say";
	my $name = name_of($number);
	my $text = "server_port=$agent->{port}\nserver_address=127.0.0.1";
	$text .= has_second($number) ? ",127.0.0.2\n" : "\n";
	$text .= "command[first]=$say first $number\n" .
		"command[wait]=$dir/waiter $number\n" .
		"include=$dir/half-$number\n";
	$text .= "ssl_cert_file=$dir/$name.pem\n" .
		"ssl_privatekey_file=$dir/$name.key\n";
	my @kinds = (@broken, $agent->{how}{tls} ? $no_certificate : ());
	$text .= $kinds[ $number / 2 % @kinds ] . "\n" if $number % 2;
	spew("$dir/half-$number", "command[second]=$say second $number\n");
	$agent->{reign}->set(newest => $number);
	return $agent->configure($text);
}

# A problem, unless both are answered by such as were in force meanwhile.
sub ask_both {
	my ($agent, $host, @may) = @_;
	my @problems;
	for my $which ('first', 'second') {
		my $oldest = $agent->{reign}->get('oldest');
		my $number;
		my ($problem) = Load::ask($agent->port, $which,
			qr/\A$which (\d+)\z(?{ $number = $1 })/,
			%{ $agent->{how} }, host => $host);
		my $newest = $agent->{reign}->get('newest');
		if (defined $problem) {
			push @problems, $problem
				if !grep { $problem =~ /^$_/ } @may;
		} elsif ($number % 2 || $number < $oldest ||
			$number > $newest) {
			push @problems, "wrong: $which: $number, " .
				"not of $oldest to $newest";
		}
	}
	return @problems;
}

# Has it read number, and waits for what it says to that.
sub reload {
	my ($agent, $number) = @_;
	write_config($agent, $number)->mark->reload;
	my $bad = $number % 2;
	my $said = wait_for(sub {
		$agent->logged =~ ($bad ? qr/reload refused/ : qr/\bready\b/);
	}, $Agent::patience);
	$agent->is_alone or return 0;
	$agent->{reign}->set(oldest => $number) if !$bad;
	return $said;
}

# The name in the certificate of a new connection.
sub shown {
	my ($agent) = @_;
	my $c = Nrpe->tcp($agent->port, %{ $agent->{how} });
	my $subject = $c->{in}->peer_certificate('commonName');
	$c->finish;
	return $subject;
}

# What has begun before a reload: a job, and a connection without a byte yet.
sub begin {
	my ($agent) = @_;
	my $job = Nrpe->tcp($agent->port, timeout => $Agent::patience,
		%{ $agent->{how} });
	unlink $agent->dir . '/go';
	$job->send(nrpe_query(text => 'wait'));
	my $idle = IO::Socket::IP->new(PeerHost => '127.0.0.1',
		PeerPort => $agent->port);
	# Accepted: it was there before one that has its answer.
	ask_both($agent, '127.0.0.1');
	return ($job, $idle);
}

sub finish {
	my ($agent, $number, $job, $idle) = @_;
	my $c = Nrpe->start(in => $idle, out => $idle, %{ $agent->{how} },
		timeout => $Agent::patience);
	is($c->{in}->peer_certificate('commonName'), name_of($number),
		'a handshake goes on with the old certificate')
		if $agent->{how}{tls};
	is($c->ask(nrpe_query(text => 'first'))->{text}, "first $number",
		'and has the old answer');
	spew($agent->dir . '/go', '');
	is(nrpe_read($job->read_all)->{text}, $number, 'so has an old job');
	$job->finish;
	return;
}

sub one_after_the_other {
	my ($agent, $from) = @_;
	my $wrong = 0;
	for my $number ($from .. $from + $reloads - 1) {
		my @begun = $number % 40 == 20 ? begin($agent) : ();
		if (@begun) {
			write_config($agent, $number)->mark->reload;
			$agent->is_logged(qr/\bready\b/, "number $number");
			finish($agent, $number - 2, @begun);
		}
		reload($agent, $number) or
			diag("$number: not taken") || $wrong++;
		next if $number % 2;
		is(shown($agent), name_of($number), "the certificate of $number")
			if $agent->{how}{tls} && $number % 20 == 0;
		next if $number % 20;
		my @problems = ask_both($agent, '127.0.0.2');
		if (has_second($number)) {
			is_deeply(\@problems, [], "$number: a new port");
		} else {
			like("@problems", qr/^refused.* refused/,
				"$number: a port less");
		}
	}
	is($wrong, 0, "$reloads reloads are taken or refused as they should");
	return;
}

# However many of them become one, the last one is in force at last.
sub all_at_once {
	my ($agent, $from) = @_;
	my $last = $from + $burst;
	for my $number ($from .. $last) {
		write_config($agent, $number)->reload;
	}
	ok(wait_for(sub {
		!Load::ask($agent->port, 'first', "first $last",
			%{ $agent->{how} });
	}, $Agent::patience), 'the last of many is in force');
	ok($agent->is_alone, 'alone');
	return;
}

sub at_rest {
	my ($agent, $number) = @_;
	ok(reload($agent, $number), "at rest: number $number");
	ok(wait_for(sub { $agent->workers == 2 }, $Agent::patience),
		'with two workers');
	return $agent->footprint;
}

for my $tls (0, 1) {
	my $what = $tls ? 'TLS' : 'plain';
	my $agent = Agent->start("server_port=${\ Agent::free_port() }\n",
		args => [ ('-n') x !$tls ], files => {
			say => qq(#!/bin/sh\necho "\$@"\n),
			waiter => qq(#!/bin/sh\nuntil [ -e "\${0%/*}/go" ]; ) .
				qq(do sleep 0.1; done\necho "\$1"\n),
		});
	make_certificate($agent->dir, $_) for 'one', 'two';
	$agent->{reign} = Reign->new;
	$agent->{reign}->set(oldest => 2);
	$agent->{how} = $tls ? { tls => Load::tls_options() } : {};
	reload($agent, $_) for 2 .. 12;
	my $before = at_rest($agent, 14);
	my $load = Load->start($clients, sub {
		ask_both($agent, '127.0.0.1');
	});
	# It may be refused; but who is let in is answered.
	my $other = Load->start(2, sub {
		ask_both($agent, '127.0.0.2', 'refused');
	});
	$load->flows(3);
	subtest "$what: one after the other" => \&one_after_the_other, $agent,
		16;
	subtest "$what: all at once" => \&all_at_once, $agent, 200;
	ok($load->flows(3), "$what: load all the while");
	my $asked = 0;
	$asked += $_ for $load->asked;
	is_deeply($load->stop, {}, "$what: $asked pairs of answers, all right");
	is_deeply($other->stop, {}, "$what: none reset at a port that closes");
	at_rest($agent, 600);
	$agent->flat($before, $what);
	$agent->stops;
}

done_testing();
