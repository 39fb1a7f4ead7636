#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# TLS as the stock client does it, with its options and without, certificates,
# and how a connection ends: cases 42 to 47.
use strict;
use warnings;

use Agent;
use Authority;
use Beffroi;
use Cases;
use Nrpe;
use Test::More;

if (!nrpe_has_tls()) {
	skip_or_fail('IO::Socket::SSL is not there');
	done_testing();
	exit;
}

my $commands = <<'EOF_COMMANDS';
command_timeout=20
command[ok]=/bin/echo all is well
command[slow]=/bin/sh -c 'sleep 2; echo slept'
command[long]=/usr/bin/perl -e 'print "x" x 65535'
EOF_COMMANDS
my $well = qr/^all is well$/m;

my $dir = scratch();
my $ca = Authority->new($dir, 'authority');
my $other = Authority->new($dir, 'another');
my %host = %{ $ca->issue('this-host') };
my %client = (
	none => undef,
	good => $ca->issue('monitor'),
	foreign => $other->issue('stranger'),
	expired => $ca->issue('late', not_before => time - 7200,
		not_after => time - 3600),
);
my $certified = <<"EOF_TLS";
ssl_version=TLSv1.2+
ssl_cert_file=$host{cert}
ssl_privatekey_file=$host{key}
ssl_cacert_file=$ca->{cert}
$commands
EOF_TLS

sub client_args {
	my ($who) = @_;
	my $files = $client{$who} // return ();
	return ('-C', $files->{cert}, '-K', $files->{key});
}

# [ arguments, whether it is answered ] of each; all are asked at once.
sub look {
	my ($agent, @list) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @got = $agent->check_nrpe_at_once(
		map { [ @{ $_->[0] }, '-c', 'ok' ] } @list);
	for my $case (@list) {
		my ($args, $answered) = @$case;
		my $r = shift @got;
		(my $what = "@$args") =~ s{\Q$dir\E/}{}g;
		if ($answered) {
			like($r->{out}, $well, "$what: is answered");
			is($r->{code}, 0, "$what: OK");
		} else {
			unlike($r->{out}, $well, "$what: is not answered");
			cmp_ok($r->{code}, '>=', 2, "$what: nor OK");
		}
	}
	return;
}

# --- how it ends -------------------------------------------------------------

# Of some, the one that nothing else on this machine was in the way of: the
# client would wait for a second for the end of a plain connection, and if it
# were not for one write of answer and end, for 40 ms over TLS.
sub fastest {
	my ($agent) = @_;
	my ($least) = sort { $a <=> $b }
		map { $agent->check_nrpe('-c', 'ok')->{seconds} } 1 .. 10;
	note(sprintf '%.1f ms', $least * 1e3);
	return $least;
}

sub endings {
	my ($agent) = @_;
	matches 'case 42: the end comes with the answer' => sub {
		cmp_ok(fastest($agent), '<', 0.8, 'a stock client knows');
		my $client = $agent->connect;
		$client->send(nrpe_query(text => 'ok'));
		my $r = nrpe_read($client->read_all, pads => 'any');
		is($r->{text}, 'all is well', 'the answer');
		is($client->{ending}, 'eof', 'and the end');
	};
	better 'case 43: the answer in records' => sub {
		my $r = answered($agent, { text => 'long' }, 'x' x 65535,
			'64 KiB');
		is($r->{ending}, 'eof', 'and the end');
		my $stock = $agent->check_nrpe('-c', 'long')->{out};
		ok($stock eq 'x' x 65535 . "\n", 'for the stock client');
		first_record($agent) if !$agent->{plain};
	};
	return;
}

# check_nrpe wants the first ten bytes in one record, and a read takes one.
sub first_record {
	my ($agent) = @_;
	for my $name ('ok', 'long') {
		my $client = $agent->connect;
		$client->send(nrpe_query(text => $name));
		cmp_ok(length $client->read_all(undef, 1), '>=', 10,
			"$name: the first record");
		$client->finish;
	}
	return;
}

both_ways($commands, {}, \&endings);

# --- versions and suites -----------------------------------------------------

matches 'case 44: TLS of the stock client' => sub {
	my $agent = Agent->start("ssl_client_certs=1\n$certified");
	look($agent, [ [], 1 ],
		(map { [ [ '-S', $_ ], 1 ] } 'TLSv1+', 'TLSv1.1+', 'TLSv1.2',
			'TLSv1.2+', 'TLSv1.3', 'TLSv1.3+'),
		(map { [ [ '-S', $_ ], 0 ] } 'TLSv1', 'TLSv1.1', 'SSLv3'),
		[ [ '-A', $ca->{cert} ], 1 ],
		[ [ '-A', $other->{cert} ], 0 ],
		[ [ client_args('good') ], 1 ],
		[ [ '-A', $ca->{cert}, client_args('good') ], 1 ],
		[ [ client_args('foreign') ], 0 ],
		[ [ '-S', 'TLSv1.2', client_args('foreign') ], 0 ]);
	$agent->stops;
	return if is_original();
	# The same with a certificate that it made itself.
	$agent = Agent->start($commands);
	look($agent, [ [], 1 ], [ [ '-S', 'TLSv1.3' ], 1 ],
		[ [ '-S', 'TLSv1.1' ], 0 ], [ [ '-A', $ca->{cert} ], 0 ],
		[ [ '-A', $agent->dir . '/state/beffroid-cert.pem' ], 1 ]);
	$agent->stops;
};

# Without a certificate, in the words of clients old and new.
my @anonymous = map { [ '-S', 'TLSv1.2', @$_ ] } [ '-d', 2 ], [ '-L', 'ADH' ],
	[ '-2', '-L', 'ADH:@SECLEVEL=0' ], [ '-L', 'AECDH:@SECLEVEL=0' ],
	[ '-d', 0, '-L', 'AECDH:@SECLEVEL=0' ], [ '-L', 'aNULL:@SECLEVEL=0' ];

# As the list above, by a client of ours that can nothing else.
sub shakes_hands {
	my ($agent, %tls) = @_;
	my $client = $agent->connect(tls => \%tls);
	my $done = !defined $client->{error};
	$client->finish;
	return $done;
}

better 'case 45: legacy clients, only if that is switched on' => sub {
	my $agent = Agent->start($commands);
	look($agent, [ [], 1 ], (map { [ $_, 0 ] } @anonymous),
		map { [ [ '-S', $_ ], 0 ] } 'TLSv1', 'TLSv1.1');
	for my $suites ('ADH', 'AECDH', 'aNULL') {
		ok(!shakes_hands($agent, SSL_version => 'TLSv1_2',
			SSL_cipher_list => "$suites:\@SECLEVEL=0"),
			"no handshake with $suites");
	}
	$agent->stops;

	$agent = Agent->start(<<"EOF_LEGACY");
ssl_version=TLSv1+
ssl_use_adh=1
ssl_cipher_list=ALL:\@SECLEVEL=0
$commands
EOF_LEGACY
	look($agent, [ [], 1 ], [ [ '-S', 'TLSv1.2', '-d', 2 ], 1 ],
		[ [ '-S', 'TLSv1.2', '-2', '-L', 'ADH:@SECLEVEL=0' ], 1 ],
		[ [ '-S', 'TLSv1', '-2', '-L', 'ADH:@SECLEVEL=0' ], 1 ],
		[ [ '-S', 'TLSv1' ], 1 ], [ [ '-S', 'TLSv1.1' ], 1 ]);
	$agent->stops;
};

# --- certificates ------------------------------------------------------------

# Which client is answered, by what ssl_client_certs says.
my %may = (
	0 => { none => 1, good => 1, foreign => 1, expired => 1 },
	1 => { none => 1, good => 1, foreign => 0, expired => 0 },
	2 => { none => 0, good => 1, foreign => 0, expired => 0 },
);
my %reason = (foreign => qr/not signed by/, expired => qr/expired/);

matches 'case 46: certificates of clients' => sub {
	for my $certs (sort keys %may) {
		my $agent = Agent->start(
			"ssl_client_certs=$certs\n$certified");
		for my $version ('TLSv1.2', 'TLSv1.3') {
			look($agent, map { [ [ '-S', $version,
				client_args($_) ], $may{$certs}{$_} ] }
				sort keys %client);
		}
		for my $who ($certs && !is_original() ? keys %reason : ()) {
			$agent->mark->check_nrpe(client_args($who), '-c', 'ok');
			$agent->is_logged(qr/127\.0\.0\.1: .*$reason{$who}/,
				"ssl_client_certs=$certs: $who: " .
				'the log has the reason');
		}
		$agent->stops;
	}
};

# The name in the certificate that is shown.
sub shown {
	my ($agent) = @_;
	my $client = $agent->connect;
	my $name = $client->{in}->peer_certificate('cn');
	$client->finish;
	return $name;
}

better 'case 47: another certificate' => sub {
	my $files = $ca->issue('first-name');
	my ($cert, $key) = @$files{qw(cert key)};
	my $agent = Agent->start(<<"EOF_FILES");
ssl_cert_file=$cert
ssl_privatekey_file=$key
$commands
EOF_FILES
	is(shown($agent), 'first-name', 'the first one');
	my ($slow) = $agent->begin('-c', 'slow');
	ok(wait_for(sub { grep { $_->{comm} eq 'sleep' }
		Agent::family($agent->pid) }, $Agent::patience),
		'somebody waits for a check');
	my $new = $ca->issue('second-name');
	rename $new->{cert}, $cert;
	rename $new->{key}, $key;
	$agent->reload;
	ok(wait_for(sub { shown($agent) eq 'second-name' }, $Agent::patience),
		'the other one, once it is told');
	$agent->answers([ '-A', $ca->{cert}, '-c', 'ok' ], 0,
		"all is well\n", 'which clients take');
	my ($r) = Agent::collect($slow);
	is_deeply([ @$r{qw(code out)} ], [ 0, "slept\n" ],
		'the check goes on to its end');
	$agent->stops;
};

# ssl_enabled=0 is the same as -n.
if (!is_original()) {
	my $agent = Agent->start("ssl_enabled=0\n$commands");
	$agent->answers([ '-n', '-c', 'ok' ], 0, "all is well\n",
		'ssl_enabled=0');
	$agent->stops;
}

done_testing();
