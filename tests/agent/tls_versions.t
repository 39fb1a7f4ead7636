#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# What is only had by an explicit switch: suites without a certificate, of both
# kinds, and versions of TLS before 1.2.
use strict;
use warnings;

use Agent;
use Beffroi;
use IO::Select;
use IO::Socket::IP;
use Nrpe;
use Test::More;

if (!nrpe_has_tls()) {
	skip_or_fail('IO::Socket::SSL is not installed');
	done_testing();
	exit;
}

$SIG{PIPE} = 'IGNORE';
my $dir = scratch();
chmod 0755, $dir;
is(run('tests/agent/certificates', $dir)->{code}, 0, 'certificates are made');

my %number = (
	'TLSv1' => Net::SSLeay::TLS1_VERSION(),
	'TLSv1.1' => Net::SSLeay::TLS1_1_VERSION(),
	'TLSv1.2' => Net::SSLeay::TLS1_2_VERSION(),
	'TLSv1.3' => Net::SSLeay::TLS1_3_VERSION(),
);

sub tcp {
	my ($agent) = @_;
	return IO::Socket::IP->new(PeerHost => '127.0.0.1',
		PeerPort => $agent->port) // die "no connection: $@";
}

# SSL 3, which no library has any more: a ClientHello by hand.
sub speaks_ssl3 {
	my ($agent) = @_;
	my $s = tcp($agent);
	my $hello = pack 'n a32 C n n3 C C', 0x0300, 'r' x 32, 0, 6,
		0x0035, 0x002f, 0x0034, 1, 0;
	syswrite $s, pack 'C n n C C n a*', 22, 0x0300, 4 + length $hello,
		1, 0, length $hello, $hello;
	IO::Select->new($s)->can_read($Agent::patience) or return 'no end';
	sysread $s, my $bytes, 1024;
	return ($bytes // '') =~ /\A\x16/ ? 'SSLv3' : 'refused';
}

# What a client with these alone gets: "TLSv1.2 ADH-AES256-SHA", or 'refused'
# if it had no answer to a query. certificate => NAME to come with one.
sub gets {
	my ($agent, $version, $ciphers, %opt) = @_;
	return speaks_ssl3($agent) if $version eq 'SSLv3';
	my $ctx = Net::SSLeay::CTX_new();
	Net::SSLeay::CTX_set_min_proto_version($ctx, $number{$version});
	Net::SSLeay::CTX_set_max_proto_version($ctx, $number{$version});
	Net::SSLeay::CTX_set_cipher_list($ctx, "$ciphers:\@SECLEVEL=0")
		or die "no such suites here: $ciphers";
	Net::SSLeay::set_cert_and_key($ctx, "$dir/$opt{certificate}.pem",
		"$dir/$opt{certificate}.key") if $opt{certificate};
	my $s = tcp($agent);
	my $ssl = Net::SSLeay::new($ctx);
	Net::SSLeay::set_fd($ssl, fileno $s);
	my $all = '';
	if (Net::SSLeay::connect($ssl) == 1) {
		Net::SSLeay::write($ssl, nrpe_query(text => 'ok'));
		while (length(my $some = Net::SSLeay::read($ssl) // '')) {
			$all .= $some;
		}
	}
	my $how = Net::SSLeay::get_version($ssl) . ' ' .
		(Net::SSLeay::get_cipher($ssl) // '');
	Net::SSLeay::free($ssl);
	Net::SSLeay::CTX_free($ctx);
	my $said = nrpe_read($all)->{text} // '';
	return $said eq 'all is well' ? $how : 'refused';
}

my $command = "command[ok]=/bin/echo all is well\n";
my $certificate = "ssl_cert_file=$dir/server.pem\n" .
	"ssl_privatekey_file=$dir/server.key\n";

# --- suites without a certificate --------------------------------------------

for my $case (
	# ssl_use_adh, whether there are any, whether there are others
	[ '', 0, 1 ], [ 0, 0, 1 ], [ 1, 1, 1 ], [ 2, 1, 0 ],
) {
	my ($adh, $anonymous, $others) = @$case;
	for my $own (1, 0) {
		my $what = ($adh eq '' ? 'no ssl_use_adh' :
			"ssl_use_adh=$adh") . ($own ? ', made by itself' : '');
		my $agent = Agent->start($command .
			($own ? '' : $certificate) .
			($adh eq '' ? '' : "ssl_use_adh=$adh\n"));
		for my $kind ('ADH', 'AECDH') {
			like(gets($agent, 'TLSv1.2', $kind), $anonymous ?
				qr/^TLSv1\.2 $kind-/ : qr/^refused$/,
				"$what: $kind");
		}
		like(gets($agent, 'TLSv1.2', 'ECDHE'), $others ?
			qr/^TLSv1\.2 ECDHE-/ : qr/^refused$/,
			"$what: with a certificate");
		like(gets($agent, 'TLSv1.3', 'ALL'), $others ?
			qr/^TLSv1\.3 / : qr/^refused$/, "$what: TLS 1.3");
		# A client that has them all is not let down to the worst.
		like(gets($agent, 'TLSv1.2', 'ALL:aNULL'), $others ?
			qr/ ECDHE-ECDSA-/ : qr/ ADH-/, "$what: the best");
		my $warned = $agent->log =~ /warning: \S+:\d+: ssl_use_adh asks for\s+legacy TLS/;
		is($warned ? 1 : 0, $anonymous, "$what: whether it is told");
		$agent->stops;
	}
}

# By names of suites, no more than by that of their kind.
my $listed = Agent->start("$command${certificate}ssl_use_adh=0\n" .
	"ssl_cipher_list=ALL:aNULL:\@SECLEVEL=0\n");
is(gets($listed, 'TLSv1.2', $_), 'refused', "ssl_use_adh=0, on the list: $_")
	for 'ADH', 'AECDH', 'aNULL';
$listed->stops;

my $old = Agent->start("$command${certificate}ssl_version=TLSv1+\n");
is(gets($old, 'TLSv1.2', $_), 'refused', "ssl_version=TLSv1+ alone: $_")
	for 'ADH', 'AECDH', 'aNULL';
$old->stops;

for my $adh (0, 1) {
	my $what = "certificates required, ssl_use_adh=$adh";
	my $agent = Agent->start("$command${certificate}ssl_use_adh=$adh\n" .
		"ssl_cacert_file=$dir/ca.pem\nssl_client_certs=2\n");
	for my $kind ('ADH', 'AECDH', 'aNULL') {
		is(gets($agent, 'TLSv1.2', $kind), 'refused',
			"$what: $kind");
		is(gets($agent, 'TLSv1.2', $kind, certificate => 'mon'),
			'refused', "$what: $kind, with a certificate at hand");
	}
	is(gets($agent, 'TLSv1.2', 'ALL:aNULL'), 'refused', "$what: none");
	like(gets($agent, 'TLSv1.2', 'ALL:aNULL', certificate => 'mon'),
		qr/ ECDHE-ECDSA-/, "$what: one");
	$agent->stops;
}

# --- versions ----------------------------------------------------------------

my @versions = ('SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3');

# Lines, and the versions that are had with them.
for my $case (
	[ '', 'TLSv1.2', 'TLSv1.3' ],
	[ 'ssl_version=TLSv1.2+', 'TLSv1.2', 'TLSv1.3' ],
	[ 'ssl_version=TLSv1.2', 'TLSv1.2' ],
	[ 'ssl_version=TLSv1.3', 'TLSv1.3' ],
	[ 'ssl_version=TLSv1.3+', 'TLSv1.3' ],
	# What asks for old ones is the switch.
	[ 'ssl_version=SSLv3+', @versions[1 .. 4] ],
	[ 'ssl_version=TLSv1+', @versions[1 .. 4] ],
	[ 'ssl_version=TLSv1.1+', @versions[2 .. 4] ],
	[ 'ssl_version=TLSv1', 'TLSv1' ],
	[ 'ssl_version=TLSv1.1', 'TLSv1.1' ],
	# The switch alone is none for versions.
	[ 'ssl_use_adh=1', 'TLSv1.2', 'TLSv1.3' ],
	[ "ssl_use_adh=2\nssl_version=TLSv1+", @versions[1 .. 3] ],
) {
	my ($lines, @had) = @$case;
	my $agent = Agent->start("$command$certificate$lines\n");
	my @got = grep {
		gets($agent, $_, 'ALL:aNULL') ne 'refused'
	} @versions;
	my $what = $lines =~ s/\n/, /r || 'without ssl_version';
	is_deeply(\@got, \@had, $what);
	$agent->stops;
}

# --- what it does not start with ---------------------------------------------

for my $case (
	[ "ssl_use_adh=0\nssl_version=TLSv1+", qr/only with ssl_use_adh=1/ ],
	[ "ssl_use_adh=0\nssl_version=SSLv2+", qr/only with ssl_use_adh=1/ ],
	[ 'ssl_version=SSLv3', qr/too broken/ ],
	[ "ssl_use_adh=2\nssl_version=TLSv1.3", qr/needs a certificate/ ],
	[ "ssl_use_adh=2\nssl_client_certs=2\nssl_cacert_file=$dir/ca.pem",
		qr/neither a certificate nor/ ],
) {
	my ($lines, $why) = @$case;
	my $user = is_root() ? getpwuid(ordinary_user()) : getpwuid($>);
	spew("$dir/wrong.cfg", "server_address=127.0.0.1\nserver_port=0\n" .
		"nrpe_user=$user\n$certificate$lines\n");
	my $r = run(POSIX::getcwd() . '/agent/beffroid', '-f', '-c',
		"$dir/wrong.cfg");
	my ($what) = $lines =~ /([^\n]*)\z/;
	is($r->{code}, 1, "no start: $what");
	like($r->{err}, $why, "and why: $what");
}

done_testing();
