#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Certificates of clients: whose are taken, who may ask for what by their names,
# and what the log says of all others.
use strict;
use warnings;

use Agent;
use Beffroi;
use Test::More;

my $dir = scratch();
chmod 0755, $dir;
is(run('tests/agent/certificates', $dir)->{code}, 0, 'certificates are made');

my $base = <<"EOF_BASE";
ssl_cert_file=$dir/server.pem
ssl_privatekey_file=$dir/server.key
ssl_cacert_file=$dir/ca.pem
command[load]=/bin/echo the load
command[disk]=/bin/echo the disk
command[disk_root]=/bin/echo the root
EOF_BASE

# What the stock client needs to come with that certificate, and to check ours.
sub with {
	my ($name) = @_;
	return ('-A', "$dir/ca.pem", '-C', "$dir/$name.pem",
		'-K', "$dir/$name.key");
}

sub may {
	my ($agent, $name, $command, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return $agent->answers([ with($name), '-c', $command ], 0,
		qr/\Athe \w+\n\z/, "$what: $name, $command");
}

# No answer; what the log says of it, once. Of version 4 the client would try
# again with another.
sub cut_off {
	my ($agent, $args, $words, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$agent->mark->fails([ '-2', @$args ], "$what: no answer");
	$agent->is_logged(qr/warning: 127\.0\.0\.1: \Q$words\E$/m,
		"$what: and why");
	my @lines = grep { /warning: 127\.0\.0\.1/ } split /\n/, $agent->logged;
	return is(scalar @lines, 1, "$what: in one line") ||
		diag(join "\n", @lines);
}

# --- which are taken ---------------------------------------------------------

my %refused = (
	expired => 'CN=old: certificate has expired',
	early => 'CN=soon: certificate is not yet valid',
	purpose => 'CN=web: not made for clients',
	revoked => 'CN=lost: revoked',
	stranger => 'CN=stranger: not signed by a CA of ours',
	# Once by us, once by the log.
	self => 'CN=self\\\\nmade: signed by itself, not by a CA of ours',
);

for my $demand (1, 2) {
	my $agent = Agent->start("${base}ssl_client_certs=$demand\n" .
		"ssl_crl_file=$dir/lost.crl\n");
	may($agent, 'mon', 'load', "certs=$demand");
	$agent->is_logged(qr/ command=load .* tls="TLSv1\.3 \S+, CN=mon"$/m,
		"certs=$demand: its name is logged");
	may($agent->mark, 'quoted', 'load', "certs=$demand");
	$agent->is_logged(qr/CN=x\\\\x22 command=\\\\x22y"$/m,
		"certs=$demand: no name makes a field of the log");
	for my $name (sort keys %refused) {
		for my $version ('TLSv1.2', 'TLSv1.3') {
			cut_off($agent, [ with($name), '-S', $version,
				'-c', 'load' ],
				"client certificate, $refused{$name}",
				"certs=$demand, $version, $name");
		}
	}
	my @bare = ('-A', "$dir/ca.pem", '-c', 'load');
	if ($demand == 1) {
		$agent->answers(\@bare, 0, "the load\n", 'none is needed');
	} else {
		cut_off($agent, \@bare, 'TLS: client has no certificate',
			'one is needed');
	}
	may($agent, 'mon', 'load', "certs=$demand, afterwards");
	$agent->stops;
}

subtest 'a list of the revoked' => sub {
	my $agent = Agent->start("${base}ssl_client_certs=2\n" .
		"ssl_crl_file=$dir/none.crl\n");
	my $list = sub {
		$agent->mark->configure("${base}ssl_client_certs=2\n" .
			"ssl_crl_file=$dir/$_[0].crl\n");
		$agent->reload;
	};
	may($agent, 'late', 'load', 'not revoked');
	$list->('late');
	$agent->comes_to([ with('late'), '-c', 'load' ], undef,
		qr/CHECK_NRPE/, 'revoked by a reload');
	$agent->is_logged(qr/CN=late: revoked$/m, 'and why');
	may($agent, 'revoked', 'load', 'another is not any more');

	$list->('expired');
	$agent->is_logged(qr/warning: \Q$dir\E\/expired\.crl: the CRL of CN=CA has expired: /,
		'one that has expired is worth a warning');
	$agent->comes_to([ with('mon'), '-c', 'load' ], undef,
		qr/CHECK_NRPE/, 'and refuses all');
	$agent->is_logged(qr/CN=mon: the CRL of its CA has expired$/m,
		'which is said');
	$list->('none');
	$agent->comes_to([ with('mon'), '-c', 'load' ], undef,
		qr/the load/, 'until there is another');

	for my $case ([ 'other', qr/CRL of CN=another CA is not signed by/ ],
		[ 'absent', qr/absent\.crl: No such file/ ]) {
		my ($name, $why) = @$case;
		$list->($name);
		$agent->is_logged($why, "$name: the log says it");
		may($agent, 'mon', 'load', "$name: the old one goes on");
	}
	$agent->stops;
};

# --- who may ask -------------------------------------------------------------

subtest 'client_names' => sub {
	my $agent = Agent->start("${base}client_names=MON.example.org, " .
		"*.net.example.org,cn.example.org\n");
	may($agent, 'mon', 'load', 'a name');
	$agent->is_logged(qr/ client="MON\.example\.org"$/m,
		'the log has the entry');
	may($agent, 'net', 'load', 'a wildcard');
	may($agent, 'cn', 'load', 'a common name');
	my %names = (
		late => 'CN=late',
		pretender => 'DNS:pretender.example.org',
		deeper => 'DNS:a.b.net.example.org',
		zero => 'CN=cn.example.org\\\\x00.evil.org',
		unnamed => 'no name',
		evil => 'CN=evil\\\\n\\\\x1b[2J|x',
	);
	for my $name (sort keys %names) {
		for my $version ('TLSv1.2', 'TLSv1.3') {
			cut_off($agent->mark, [ with($name), '-S', $version,
				'-c', 'load' ], "client certificate with " .
				"$names{$name}: not in client_names",
				"$version, $name");
		}
	}
	cut_off($agent, [ '-A', "$dir/ca.pem", '-c', 'load' ],
		'TLS: client has no certificate', 'none at all');
	may($agent, 'mon', 'load', 'afterwards');

	for my $entry ('192.0.2.7', 'ops@example.org', 'urn:ops') {
		$agent->configure("${base}client_names=$entry\n");
		$agent->reload;
		$agent->comes_to([ with('net'), '-c', 'load' ], undef,
			qr/the load/, "$entry may ask");
		$agent->comes_to([ with('mon'), '-c', 'load' ], undef,
			qr/CHECK_NRPE/, 'and others may not');
	}
	$agent->stops;
};

# --- for what ----------------------------------------------------------------

subtest 'client_commands' => sub {
	my $agent = Agent->start(<<"EOF_LIMITS");
${base}client_commands[mon.example.org]=*
client_commands[*.net.example.org]=load
client_commands[192.0.2.7]=disk_*
EOF_LIMITS
	my $denied = sub {
		my ($name, $command, $names) = @_;
		local $Test::Builder::Level = $Test::Builder::Level + 1;
		$agent->mark->answers([ with($name), '-c', $command ], 3,
			"NRPE: Command '$command' not allowed for $names\n",
			"$name, $command");
		$agent->is_logged(qr/127\.0\.0\.1: asked for '$command', which is not in client_commands for \Q$names\E$/m,
			'the log says it, too');
	};
	may($agent, 'mon', $_, 'all of them')
		for 'load', 'disk', 'disk_root';
	may($agent, 'net', $_, 'two lines add up') for 'load', 'disk_root';
	$denied->('net', 'disk', 'DNS:a.net.example.org, IP:192.0.2.7, ' .
		'email:ops@example.org, URI:urn:ops');
	$denied->('cn', 'load', 'CN=cn.example.org');
	$denied->('unnamed', 'load', 'no name');
	$agent->answers([ with('cn') ], 0, qr/\ANRPE v|\A\S+ v?\d/,
		'the version is for all');
	$agent->answers([ with('net'), '-c', 'none' ], 3,
		qr/'none' not defined/, 'what there is not');
	cut_off($agent, [ '-A', "$dir/ca.pem", '-c', 'load' ],
		'TLS: client has no certificate', 'without a certificate');
	$agent->stops;
};

subtest 'a file that is left out' => sub {
	my $agent = Agent->start("${base}include=\@dir\@/limits.cfg\n",
		files => { 'limits.cfg' => "client_commands[cn.example.org]" .
			"=load\nbroken\n" });
	$agent->answers([ with('cn'), '-c', 'load' ], 3,
		qr/not allowed for CN=cn\.example\.org$/, 'opens nothing');
	spew($agent->dir . '/limits.cfg',
		"client_commands[cn.example.org]=load\n");
	$agent->reload;
	$agent->comes_to([ with('cn'), '-c', 'load' ], undef,
		qr/the load/, 'until it is mended');
	$agent->stops;
};

# --- what cannot be ----------------------------------------------------------

my $program = POSIX::getcwd() . '/agent/beffroid';
my $user = is_root() ? getpwuid(ordinary_user()) : getpwuid($>);
my $group = getgrgid((getpwnam $user)[3]);

sub config {
	my ($name, $text) = @_;
	spew("$dir/$name.cfg", "server_address=127.0.0.1\nserver_port=0\n" .
		"nrpe_user=$user\nnrpe_group=$group\n$text");
	return "$dir/$name.cfg";
}

my $named = config('named', "${base}client_names=mon\n");
for my $case (
	[ '-n', [ '-n', '-c', $named ] ],
	[ 'ssl_enabled=no', [ '-c',
		config('off', "${base}client_names=mon\nssl_enabled=no\n") ] ],
	[ 'limits without TLS', [ '-c', config('limits',
		"${base}client_commands[mon]=load\nssl_enabled=no\n") ] ],
	[ 'only anonymous', [ '-c',
		config('adh', "client_names=mon\nssl_use_adh=2\n" .
			"ssl_cacert_file=$dir/ca.pem\n") ] ],
	[ 'no CA', [ '-c', config('ca', "client_names=mon\n" .
		"state_directory=$dir/state\n") ] ],
) {
	my ($what, $args) = @$case;
	my $r = run($program, '-f', @$args);
	is($r->{code}, 1, "$what: it does not start");
	like($r->{err}, qr/no TLS|anonymous|no CA/, "$what: and says why");
}

sub check {
	my ($text, $code, $says, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $r = run($program, '--check', '-c', config('check', $text));
	is($r->{code}, $code, "--check, $what");
	return like($r->{out}, $says, "--check, $what: what it says");
}

my $own = "ssl_client_certs=2\n";
check("${base}client_names=mon\n", 0, qr/^ssl_client_certs=2$/m,
	'names take a certificate');
check("${base}client_names=mon\nssl_enabled=no\n", 1,
	qr/: error: .*no TLS/, 'names without TLS');
for my $case ([ $base, 'a certificate of theirs' ], 
	[ "state_directory=$dir/state\nssl_cacert_file=$dir/ca.pem\n",
		'of our own' ]) {
	my ($more, $what) = @$case;
	check("$more${own}ssl_crl_file=$dir/lost.crl\n", 0,
		qr/ 0 errors, 0 warnings$/m, $what);
	check("$more${own}ssl_crl_file=$dir/expired.crl\n", 0,
		qr/: warning: .*expired\.crl: the CRL of CN=CA has expired: /,
		"$what, an expired list");
	check("$more${own}ssl_crl_file=$dir/other.crl\n", 1,
		qr/: error: .*other\.crl: the CRL of CN=another CA is not /,
		"$what, another's list");
}

done_testing();
