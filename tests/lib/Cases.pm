# SPDX-License-Identifier: GPL-3.0-or-later
# Cases - how the agent is to behave, case by case
#
# The cases are numbered; each number is in the name of one test. There are
# those in which the agent does what NRPE 4.1 does, and those in which it is
# better on purpose. With BEFFROID=/usr/sbin/nrpe the first ones are asked of
# the original, which shows that they are right.

package Cases;

use strict;
use warnings;

use Agent;
use Beffroi;
use Exporter 'import';
use Nrpe;
use Test::More;

our @EXPORT = qw(matches better is_original both_ways answered refused);

# s, for what is to happen at once, on a busy machine too. Whoever waits for it
# lets the agent wait much longer for a client.
our $at_once = 8;

sub is_original { return ($ENV{BEFFROID} // '') =~ m{/nrpe$} }

# matches 'case 1: WHAT' => sub { ... }: as the reference.
sub matches {
	my ($name, $code) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return subtest($name, $code);
}

# The same of what the reference does worse.
sub better {
	my ($name, $code) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return subtest($name, $code) if !is_original();
	return subtest($name, sub {
		plan(skip_all => 'the original is tested')
	});
}

# Runs code with an agent that speaks plain, and with one that speaks TLS;
# options are those of Agent->start().
sub both_ways {
	my ($config, $options, $code) = @_;
	for my $how ('plain', 'TLS') {
		subtest $how => sub {
			if ($how eq 'TLS' && !nrpe_has_tls()) {
				skip_or_fail('IO::Socket::SSL is not there');
				return;
			}
			my $agent = Agent->start($config, %$options,
				args => [ $how eq 'TLS' ? () : '-n' ]);
			$code->($agent);
			$agent->stops;
		};
	}
	return;
}

# The query of these fields, sent as Nrpe's send() knows how, gets a sound
# answer of this text.
sub answered {
	my ($agent, $fields, $text, $what, %how) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $r = $agent->connect->ask(nrpe_query(text => 'ok', %$fields),
		%how, is_original() ? (pads => 'any') : ());
	is_deeply($r->{wrong}, [], "$what: a sound answer");
	if (ref $text) {
		like($r->{text}, $text, "$what: its text");
	} else {
		is($r->{text}, $text, "$what: its text");
	}
	return $r;
}

# Nothing is answered to these bytes, and the connection closed at once.
sub refused {
	my ($client, $bytes, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$client->send($bytes);
	is($client->read_all, '', "$what: no answer");
	isnt($client->{ending}, 'timeout', "$what: closed");
	cmp_ok($client->{seconds}, '<', $at_once, "$what: at once");
	$client->finish;
	return;
}

1;
