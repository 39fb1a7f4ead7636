#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Another certificate by a reload: who is in the middle of something has it
# ended as it began, whoever comes next sees the new one.
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

# The agent's certificate is what these names lead to.
sub install {
	my ($name) = @_;
	for my $kind ('pem', 'key') {
		unlink "$dir/now.$kind";
		symlink "$name.$kind", "$dir/now.$kind" or die "now: $!";
	}
	return;
}

install('server');
my $agent = Agent->start(<<"EOF_CONFIG");
ssl_cert_file=$dir/now.pem
ssl_privatekey_file=$dir/now.key
command_timeout=60
connection_timeout=30
command[ok]=/bin/echo all is well
command[slow]=/bin/sh -c 'until [ -e $dir/go ]; do sleep 0.1; done; echo slept'
EOF_CONFIG

# A client that does nothing by itself: what it sends and gets goes through our
# hands, so that a handshake can be held up.
sub begin_handshake {
	my ($version) = @_;
	my $ctx = Net::SSLeay::CTX_new();
	Net::SSLeay::CTX_set_min_proto_version($ctx, $version);
	Net::SSLeay::CTX_set_max_proto_version($ctx, $version);
	my %c = (ssl => Net::SSLeay::new($ctx));
	$c{$_} = Net::SSLeay::BIO_new(Net::SSLeay::BIO_s_mem())
		for 'in', 'out';
	Net::SSLeay::set_bio(@c{qw(ssl in out)});
	$c{socket} = IO::Socket::IP->new(PeerHost => '127.0.0.1',
		PeerPort => $agent->port) or die "no connection: $@";
	cmp_ok(Net::SSLeay::connect($c{ssl}), '<', 0, 'a handshake begins');
	send_flight(\%c);
	ok(IO::Select->new($c{socket})->can_read($Agent::patience),
		'and is answered');
	return \%c;
}

sub send_flight {
	my ($c) = @_;
	my $bytes = Net::SSLeay::BIO_read($c->{out});
	return syswrite $c->{socket}, $bytes // '';
}

# Of what arrives; false at the end of the connection.
sub take_flight {
	my ($c) = @_;
	IO::Select->new($c->{socket})->can_read($Agent::patience) or return 0;
	my $n = sysread $c->{socket}, my $bytes, 65536;
	Net::SSLeay::BIO_write($c->{in}, $bytes) if $n;
	return $n;
}

# Ends what was begun; the name of the agent, and its answer to a query.
sub end_handshake {
	my ($c) = @_;
	my $ssl = $c->{ssl};
	my $all = '';
	while (take_flight($c) && Net::SSLeay::connect($ssl) != 1) {
		send_flight($c);
	}
	Net::SSLeay::write($ssl, nrpe_query(text => 'ok'));
	send_flight($c);
	while (take_flight($c)) {
		$all .= Net::SSLeay::read($ssl, 65536) // '';
	}
	my $subject = Net::SSLeay::X509_get_subject_name(
		Net::SSLeay::get_peer_certificate($ssl));
	return (Net::SSLeay::X509_NAME_get_text_by_NID($subject,
		Net::SSLeay::NID_commonName()), nrpe_read($all)->{text});
}

sub shown {
	my $c = Nrpe->tcp($agent->port, tls => {},
		timeout => $Agent::patience);
	my $name = $c->{error} // $c->{in}->peer_certificate('cn');
	$c->finish;
	return $name;
}

sub reload_to {
	my ($file, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	install($file);
	$agent->reload;
	return ok(wait_for(sub { shown() eq $name }, $Agent::patience),
		"the next handshake shows the $name");
}

is(shown(), 'first agent', 'the certificate before');
my ($slow) = $agent->begin('-c', 'slow');
ok(wait_for(sub { grep { $_->{comm} eq 'sleep' }
	Agent::family($agent->pid) }, $Agent::patience), 'a slow command runs');
my %begun = map { $_ => begin_handshake($_) }
	Net::SSLeay::TLS1_2_VERSION(), Net::SSLeay::TLS1_3_VERSION();
reload_to('server2', 'second agent');
for my $version (sort keys %begun) {
	is_deeply([ end_handshake($begun{$version}) ],
		[ 'first agent', 'all is well' ],
		sprintf 'what began before ends as it began, %#x', $version);
}
spew("$dir/go", '');
my ($r) = Agent::collect($slow);
is_deeply([ @$r{qw(code out)} ], [ 0, "slept\n" ],
	'so does who waited for an answer');
ok($agent->is_alone, 'then the old gatekeeper goes');

reload_to('server', 'first agent');
install('absent');
$agent->mark->reload;
$agent->is_logged(qr/now\.pem: No such file/, 'none is there: it is said');
is(shown(), 'first agent', 'and the one from before goes on');
# Of two that do not belong together neither is used.
install('server2');
unlink "$dir/now.key";
symlink 'server.key', "$dir/now.key";
$agent->mark->reload;
$agent->is_logged(qr/now\.key: not the key of the certificate/,
	'another key: it is said');
is(shown(), 'first agent', 'and the one from before goes on');
$agent->stops;

done_testing();
