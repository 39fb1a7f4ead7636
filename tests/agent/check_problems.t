#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# beffroid --check: each thing that it tries, one wrong at a time, and the line
# that it blames. What keeps the agent from starting does so, with that line.
use strict;
use warnings;

use Agent;
use Beffroi;
use Test::More;

my $agent = POSIX::getcwd() . '/agent/beffroid';
my $openssl = need('openssl');
my $dir = scratch();
chmod 0755, $dir;
my $user = getpwuid(is_root() ? ordinary_user() : $>);
my $group = getgrgid((getpwnam $user)[3]);
my $common = <<"EOF_COMMON";
nrpe_user=$user
nrpe_group=$group
state_directory=$dir/state
command[ok]=/bin/echo all is well
EOF_COMMON
my $line = 1 + ($common =~ tr/\n//);
my $config = "$dir/nrpe.cfg";

sub check {
	my ($text) = @_;
	spew($config, $text);
	return run($agent, '--check', '-c', $config);
}

# A certificate that ends so many days from now, and its key.
sub certificate {
	my ($name, $days, $kind) = @_;
	my @when = $days >= 0 ? ('-days', $days) : (
		'-not_before', '20200101000000Z', '-not_after',
		'20210101000000Z');
	my @key = ($kind // 'ec') eq 'rsa' ? ('rsa:2048') :
		('ec', '-pkeyopt', 'ec_paramgen_curve:P-256');
	my $r = run($openssl, 'req', '-x509', '-newkey', @key, '-nodes',
		'-keyout', "$dir/$name.key", '-out', "$dir/$name.pem",
		'-subj', "/CN=$name", @when);
	chmod 0600, "$dir/$name.key";
	return $r->{code} == 0;
}

sub pair {
	my ($certificate, $key) = @_;
	return "ssl_cert_file=$dir/$certificate.pem\n" .
		"ssl_privatekey_file=$dir/" . ($key // $certificate) . ".key\n";
}

certificate('good', 400) or BAIL_OUT('openssl makes no certificate');
certificate('other', 400);
certificate('rsa', 400, 'rsa');
certificate('soon', 10);
certificate('open', 400);
chmod 0644, "$dir/open.key";
spew("$dir/empty.pem", '');
spew("$dir/hosts", "some text\n");
mkdir "$dir/directory";
mkdir "$dir/$_" for 'of-root', 'open-to-all', 'samples';
chmod 0700, "$dir/samples", "$dir/of-root";
chmod 0755, "$dir/open-to-all";
chown scalar(getpwnam $user), -1, "$dir/open-to-all", "$dir/samples";
symlink "$dir/hosts", "$dir/link";
spew("$dir/plain", "#!/bin/sh\n");

my $r = check($common);
is($r->{code}, 0, 'nothing is wrong');
like($r->{out}, qr/: 0 errors, 0 warnings\n\z/, 'it says so');
like($r->{out}, qr/: 1 command: 0 in process, 1 program, 0 that cannot be run$/m,
	'and how many commands there are');
like($r->{out}, qr/^# a program as user \Q$user\E, group \Q$group\E\ncommand\[ok\]=/m,
	'and what one runs, as whom');
ok(!-e "$dir/state", 'nothing was made');

# What is wrong, what it is about, how many lines below the first, the words.
my @errors = (
	["server_address=no-such-name.invalid\n", 0, qr/'no-such-name\.invalid'/],
	["address_family=4\nserver_address=::1\n", 1, qr/not of IPv4/],
	["pid_file=$dir/none/pid\n", 0, qr{\Q$dir\E/none: No such}],
	["pid_file=$dir/hosts\n", 0, qr/not a file with a process number/],
	["pid_file=$dir/link\n", 0, qr/a symbolic link/],
	["log_file=$dir/none/log\n", 0, qr{\Q$dir\E/none.*: No such}],
	["log_file=$dir/directory\n", 0, qr/regular file|Is a directory/],
	["log_file=$dir/link\n", 0, qr/regular file|symbolic link/],
	["run_directory=$dir/none/run\n", 0, qr{\Q$dir\E/none.*No such}],
	["ssl_cert_file=$dir/good.pem\n", 0, qr/certificate without its key/],
	["ssl_privatekey_file=$dir/good.key\n", 0, qr/key without its cert/],
	[pair('none'), 0, qr{\Q$dir\E/none\.pem: No such}],
	[pair('good', 'none'), 1, qr{\Q$dir\E/none\.key: No such}],
	[pair('empty', 'good'), 0, qr{\Q$dir\E/empty\.pem: }],
	[pair('good', 'other'), 1, qr/not the key of the certificate/],
	[pair('open'), 1, qr/a key open to all users/],
	["ssl_client_certs=2\n", 0, qr/no CA to check them with/],
	["ssl_client_certs=1\nssl_cacert_file=$dir/none.pem\n", 1,
		qr{none\.pem: No such}],
	["ssl_cipher_list=NULL\n", 0, qr/nothing in it that may be used/],
	["ssl_use_adh=2\nssl_version=TLSv1.3\n", 1, qr/needs a certificate/],
	["ssl_use_adh=0\nssl_version=TLSv1.1\n", 1, qr/only with ssl_use_adh/],
);
my @of_root = (
	["nrpe_user=no-such-user\n", 0, qr/user no-such-user: there is none/],
	["nrpe_group=no-such-group\n", 0, qr/group no-such-group: there is/],
	["nrpe_user=root\n", 0, qr/user root: is root/],
	["gatekeeper_user=no-such-user\n", 0, qr/user no-such-user/],
);
push @errors, @of_root if is_root();
diag('SKIPPED: only root becomes another user') if !is_root();

my $listen = "server_address=127.0.0.1\nserver_port=0\n";
for my $case (@errors) {
	my ($lines, $below, $says) = @$case;
	my $first = $line;
	(my $what = $lines) =~ s/\n(?=.)/, /g;
	$what =~ s/\Q$dir\E/DIR/g;
	chomp $what;
	my $before = $lines =~ /server_address/ ? "server_port=0\n" : $listen;
	$first += $before =~ tr/\n//;
	my $text = "$common$before$lines";
	my $place = quotemeta($config) . ':' . ($first + $below);
	subtest $what => sub {
		my $checked = check($text);
		is($checked->{code}, 1, '--check finds it');
		like($checked->{out}, qr/^$place: error: .*$says/m, 'there');
		# It is no failure of this test to hang.
		my $started = run('timeout', 30, $agent, '-f', '-c', $config);
		is($started->{code}, 1, 'it does not start');
		like($started->{err}, qr/$place: .*$says/, 'with the same line');
	};
}

my $far = "allowed_hosts=127.0.0.1,::1,10.1.0.0/16,fd00::/8\n";
my $any = "allowed_hosts=0.0.0.0/0\n";
my $names = "ssl_cacert_file=$dir/good.pem\n" .
	"client_names=*.b.org,192.0.2.1\n";
for my $case (
	["server_address=127.0.0.1\n$far", 1,
		qr{10\.1\.0\.0/16 can never connect: nothing listens but on},
		qr{fd00::/8 can never connect: nothing listens on IPv6}],
	["address_family=4\nallowed_hosts=2001:db8::/32\n", 1,
		qr{2001:db8::/32 can never connect: nothing listens on IPv6}],
	["server_address=192.0.2.77\n", 0,
		qr/192\.0\.2\.77: no address of this host/],
	["address_family=6\n$far", 1, qr{10\.1\.0\.0/16 .*nothing listens on IPv4}],
	["server_address=127.0.0.1\n$any", 1, qr{0\.0\.0\.0/0 can never connect}],
	["dont_blame_nrpe=1\n$any", 1, qr{0\.0\.0\.0/0 is everyone}],
	["allowed_hosts=no-such-name.invalid\n", 0, qr/has no address now/],
	["ssl_enabled=0\n", 0, qr/no TLS/],
	["ssl_use_adh=1\n", 0, qr/ssl_use_adh: legacy TLS/],
	["ssl_version=TLSv1+\n", 0, qr/ssl_version: legacy TLS/],
	["ssl_use_adh=1\nssl_version=TLSv1.1+\n", 1, qr/ssl_version: legacy TLS/],
	["ssl_version=TLSv1.3\n", 0, qr/keeps out check_nrpe on systems with/],
	[pair('rsa') . "ssl_cipher_list=ECDHE-ECDSA-AES128-GCM-SHA256\n", 2,
		qr/nothing in it goes with TLS 1\.2/],
	[pair('soon'), 0, qr{\Q$dir\E/soon\.pem: expires in (?:9|10) days}],
	[pair('good') . "ssl_cacert_file=$dir/soon.pem\nssl_client_certs=1\n", 2,
		qr{\Q$dir\E/soon\.pem: expires in}],
	["ssl_cacert_file=$dir/good.pem\n", 0, qr/no client is asked/],
	(is_root() ? ["run_directory=$dir/of-root\n", 0,
		qr{of-root: is of user \d+, and commands run as user \d+}]
		: ()),
	["${names}client_commands[c.org]=ok\nclient_commands[*.b.org]=ok\n", 1,
		qr{client_commands\[c\.org\]: only a certificate that also has},
		qr{client_names: 192\.0\.2\.1 may ask for no command}],
	["run_directory=$dir/open-to-all\n", 0,
		qr{open-to-all: is open to others \(mode 0755\)}],
	["plugin_directory=$dir/none\n", 0, qr/no check is run in process/],
	["command[x]=$dir/none -w 1\n", 0,
		qr{command\[x\] cannot be run: \Q$dir\E/none: No such}],
	["command[x]=$dir/plain\n", 0, qr{\Q$dir\E/plain: Permission denied}],
	["command[x]=$dir/directory\n", 0, qr/not a file that could be run/],
	["command[x]=no-such-program\n", 0, qr/no-such-program: No such/],
	["command[x]=a\ncommand[x]=/bin/true\n", 1, qr/\[x\] replaces the one of/],
) {
	my ($lines, $below, @says) = @$case;
	(my $what = $lines) =~ s/\n(?=.)/, /g;
	$what =~ s/\Q$dir\E/DIR/g;
	chomp $what;
	my $place = quotemeta($config) . ':' . ($line + $below);
	subtest $what => sub {
		my $checked = check($common . $lines);
		is($checked->{code}, 0, 'no reason not to start');
		like($checked->{out}, qr/^$place: warning: .*$_/m, 'a warning')
			for @says;
	};
}

SKIP: {
	certificate('old', -1) or skip('openssl makes none of the past', 2);
	$r = check($common . pair('old'));
	is($r->{code}, 0, 'a certificate that has expired is one');
	like($r->{out}, qr/:$line: warning: .*old\.pem: expired \d+ days ago/,
		'with a warning');
}

# What goes without a word: what is so in every other configuration.
for my $lines ("server_address=127.0.0.1\nallowed_hosts=127.0.0.1,::1\n",
	"server_address=localhost\n", "$far", "command[x]=true\n",
	"command[x]=/usr/lib/nagios/\$ARG1\$\n", pair('good'), pair('rsa'),
	pair('good') . "ssl_client_certs=2\nssl_cacert_file=$dir/good.pem\n",
	"run_directory=$dir/samples\n", "${names}client_commands[A.B.org]=ok\n" .
	"client_commands[192.0.2.1]=ok\n", "dont_blame_nrpe=1\n$any" .
	"ssl_client_certs=2\nssl_cacert_file=$dir/good.pem\n",
	"ssl_version=TLSv1.2+\nssl_use_adh=0\n", "log_file=$dir/log\n" .
	"pid_file=$dir/pid\nrun_directory=$dir/run\n", "allowed_hosts=localhost\n") {
	$r = check($common . $lines);
	like($r->{out}, qr/: 0 errors, 0 warnings\n\z/, $lines)
		or diag($r->{out});
}
ok(!-e "$dir/$_", "no $_ was made") for qw(log pid run);

# Who has no rights is told of what he would need them for.
SKIP: {
	skip('only root becomes another user', 4) if !is_root();
	chmod 0755, $dir;
	spew($config, "server_port=99\nstate_directory=$dir/state\n" .
		"pid_file=$dir/pid\n");
	Agent::copy_to($dir, $agent);
	$r = run_as(ordinary_user(), "$dir/beffroid", '--check', '-c', $config);
	is($r->{code}, 1, 'an ordinary user');
	for my $says (qr/:1: error: server_port: only root/,
		qr/:2: error: .*state.*Permission denied/,
		qr/:3: error: .*Permission denied/) {
		like($r->{out}, $says, "is told $says");
	}
}

done_testing();
