#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Every option of the stock client that changes what it says, alone and with
# each of the others. What is to come of them is not noted one by one: a rule
# says it.
use strict;
use warnings;

use Agent;
use Authority;
use Beffroi;
use Nrpe;
use Test::More;

if (!nrpe_has_tls()) {
	skip_or_fail('IO::Socket::SSL is not there');
	done_testing();
	exit;
}

my $dir = scratch();
my $ca = Authority->new($dir, 'authority');
my $other = Authority->new($dir, 'another');
my $host = $ca->issue('this-host');
my $client = $ca->issue('monitor');
my $config = <<"EOF_CONFIG";
nrpe_v2_payload=2048
ssl_cert_file=$host->{cert}
ssl_privatekey_file=$host->{key}
ssl_cacert_file=$ca->{cert}
command[ok]=/bin/echo all is well
command[slow]=/bin/sleep 5
EOF_CONFIG

# Arguments, and what they mean: v, the version; tls, whether it is spoken;
# least and most, its versions; adh, suites without a certificate: none, also or
# only; list, of suites; trust, whether the host's certificate is believed;
# payload; state, of a failure.
my @options = (
	[ ['-2'], v => 2 ],
	[ ['-3'], v => 3 ],
	[ ['-n'], tls => 0 ],
	[ [ '-d', 0 ], adh => 'none' ],
	[ [ '-d', 1 ] ],
	[ [ '-d', 2 ], adh => 'only' ],
	[ [ '-S', 'TLSv1' ], most => 1.0 ],
	[ [ '-S', 'TLSv1.1' ], most => 1.1 ],
	[ [ '-S', 'TLSv1+' ] ],
	[ [ '-S', 'TLSv1.2' ], most => 1.2 ],
	[ [ '-S', 'TLSv1.3' ], least => 1.3 ],
	[ [ '-L', 'ALL:!aNULL' ] ],
	[ [ '-L', 'ADH:@SECLEVEL=0' ], list => 'anonymous' ],
	[ [ '-A', $ca->{cert} ] ],
	[ [ '-A', $other->{cert} ], trust => 0 ],
	[ [ '-C', $client->{cert}, '-K', $client->{key} ] ],
	[ [ '-P', 2048 ], payload => 2048 ],
	[ [ '-t', '25:WARNING' ], state => 1 ],
	[ ['-u'], state => 3 ],
);

# What the client says to a host that speaks TLS 1.2 and 1.3, no anonymous
# suite and no v3, or that speaks plain: 'error' if it does not even ask,
# 'answer', 'no handshake', or 'nothing' for what it takes for an answer.
sub rule {
	my ($host_tls, @chosen) = @_;
	my %o = (v => 4, tls => 1, least => 1.0, most => 1.3, adh => 'also',
		list => 'all', trust => 1, map { @$_[ 1 .. $#$_ ] } @chosen);
	my $versions = grep { ($_->[1] // '') eq 'v' } @chosen;
	return 'error' if $versions > 1 || ($o{payload} && $o{v} != 2);
	return $host_tls ? 'nothing' : 'answer' if !$o{tls};
	return 'no handshake' if !$host_tls || $o{most} < 1.2 || !$o{trust};
	# Suites are of TLS 1.2; but without any the client gives up.
	return 'no handshake' if $o{list} eq 'anonymous' && $o{adh} eq 'none';
	my $certified = $o{list} ne 'anonymous' && $o{adh} ne 'only';
	return $o{most} >= 1.3 || $certified ? 'answer' : 'no handshake';
}

# The last one that says it.
sub state_of {
	my %o = (state => 2, map { @$_[ 1 .. $#$_ ] } @_);
	return $o{state};
}

sub judge {
	my ($host_tls, $chosen, $r) = @_;
	my $rule = rule($host_tls, @$chosen);
	(my $what = join ' ', map { @{ $_->[0] } } @$chosen) =~
		s{\Q$dir\E/}{}g;
	my $well = $r->{out} =~ /^all is well$/m;
	my $is = $rule eq 'answer' ? $r->{code} == 0 && $well :
	    $rule eq 'error' ? $r->{code} == 3 && $r->{out} =~ /^Error: / :
	    $rule eq 'nothing' ? $r->{code} >= 1 && !$well :
	    $r->{code} == state_of(@$chosen) && !$well &&
	    $r->{out} =~ /handshake|connect|cipher/;
	return ok($is, "'$what': $rule") || diag("$r->{code}: $r->{out}");
}

# Asks some at a time, each list of rows once.
sub look {
	my ($agent, $host_tls, @lists) = @_;
	while (my @some = splice @lists, 0, 8) {
		my @got = $agent->check_nrpe_at_once(map {
			[ (map { @{ $_->[0] } } @$_), '-c', 'ok' ]
		} @some);
		judge($host_tls, $_, shift @got) for @some;
	}
	return;
}

# Every two that are not of the same letter.
my @pairs = map {
	my $i = $_;
	map { [ @options[ $i, $_ ] ] } grep {
		$options[$i][0][0] ne $options[$_][0][0]
	} $i + 1 .. $#options;
} 0 .. $#options;
cmp_ok(scalar @pairs, '>', 150, 'pairs of options');

my $agent = Agent->start($config);
subtest 'to a host that speaks TLS' => sub {
	look($agent, 1, [], (map { [$_] } @options), @pairs);
};

# A client that waits for too long, or cannot connect, ends as it is told to.
subtest 'timeouts' => sub {
	my @cases = (
		[ 2, '-t', 1 ],
		[ 0, '-t', '1:OK' ],
		[ 1, '-t', '1:1' ],
		[ 3, '-t', '1:UNKNOWN' ],
		[ 3, '-u', '-t', 1 ],
		[ 1, '-u', '-t', '1:WARNING' ],
		[ 3, '-t', '1:WARNING', '-u' ],
	);
	my @got = $agent->check_nrpe_at_once(
		map { [ @$_[ 1 .. $#$_ ], '-c', 'slow' ] } @cases);
	for my $case (@cases) {
		my ($code, @args) = @$case;
		my $r = shift @got;
		is($r->{code}, $code, "@args: the state");
		like($r->{out}, qr/timeout/i, "@args: the words");
	}
	my $nobody = Agent::free_port();
	for my $case ([2], [ 3, '-u' ], [ 1, '-t', '20:WARNING' ]) {
		my ($code, @args) = @$case;
		is($agent->check_nrpe('-p', $nobody, @args)->{code}, $code,
			"(@args) nobody listens");
	}
};
$agent->stops;

subtest 'to a host that speaks plain' => sub {
	my $plain = Agent->start($config, args => ['-n']);
	delete $plain->{plain}; # so that -n is there if it is said
	look($plain, 0, [], (map { [$_] } @options),
		grep { grep { $_->[0][0] eq '-n' } @$_ } @pairs);
	$plain->stops;
};

done_testing();
