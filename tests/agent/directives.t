#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Each directive of nrpe.cfg that no other test is about: what it means, as seen
# by a client or in the log, or the warning that says what is there instead.
use strict;
use warnings;

use Agent;
use Beffroi;
use IO::Socket::IP;
use Test::More;

my $program = './agent/beffroid';
my $openssl = need('openssl');
my $listening = qr/listening on (\S+):\d+$/m;
my $uid = is_root() ? ordinary_user() : $>;
my $gid = is_root() ? 65533 : (getpwuid $>)[3];

sub addresses { return sort $_[0]->log =~ /$listening/g }

# --- seen by clients ---------------------------------------------------------

$ENV{KEEP_ONE} = 'one';
$ENV{KEEP_TWO} = 'two';
$ENV{KEPT} = 'kept';
my $agent = Agent->start(<<"EOF_CFG", files => {
nrpe_user=$uid
nrpe_group=$gid
log_file=\@dir\@/log
pid_file=\@dir\@/pid
debug=7
listen_queue_size=5
keep_env_vars=KEEP_, KEP
command_prefix=/usr/bin/env
include=\@dir\@/one.cfg
include_file=\@dir\@/two.cfg
include_dir=\@dir\@/more
command[user]=id -u
command[group]=id -g
command[environment]=/usr/bin/env
EOF_CFG
	'one.cfg' => "command[one]=echo from one\n",
	'two.cfg' => "command[two]=echo from two\n",
	'more/b/c.cfg' => "command[nested]=echo from below\n",
	'more/a.cfg' => "command[nested]=echo replaced\n",
	'more/.hidden.cfg' => "command[hidden]=echo from a hidden file\n",
	'more/.directory/d.cfg' => "command[lost]=echo from nowhere\n",
	'more/e.cfg.bak' => "command[lost]=echo from nowhere\n",
});
for my $case (
	['nrpe_user by its number', 'user', "$uid\n"],
	['nrpe_group by its number', 'group', "$gid\n"],
	['include', 'one', "from one\n"],
	['include_file', 'two', "from two\n"],
	['include_dir, in order', 'nested', "from below\n"],
	['include_dir, a hidden file', 'hidden', "from a hidden file\n"],
	['command_prefix', 'environment', qr/^PATH=/m],
	['keep_env_vars, a beginning', 'environment', qr/^KEEP_TWO=two$/m],
	['keep_env_vars, another', 'environment', qr/^KEPT=kept$/m],
) {
	my ($what, $command, $says) = @$case;
	$agent->answers(['-c', $command], 0, $says, $what);
}
$agent->answers(['-c', 'lost'], 3, qr/not defined/, 'include_dir: no more');
is(slurp($agent->dir . '/pid'), $agent->pid . "\n", 'pid_file');
like($agent->log, qr/^\d{4}-\d\d-\d\dT.* beffroid\[\d+\]: notice: ready/m,
	'log_file');
$agent->stops;
ok(!-e $agent->dir . '/pid', 'pid_file goes with it');

$agent = Agent->start("ssl_enabled=0\ncommand[ok]=/bin/echo ok\n");
is($agent->check_nrpe('-n', '-c', 'ok')->{out}, "ok\n", 'ssl_enabled=0');
$agent->stops;

# --- where it listens --------------------------------------------------------

SKIP: {
	my $six = IO::Socket::IP->new(LocalHost => '::1', Listen => 1)
		or skip('no IPv6 here', 1);
	close $six;
	for my $case (
		['address_family=4', ['0.0.0.0']],
		['address_family=6', ['[::]']],
		['address_family=both', ['0.0.0.0', '[::]']],
		["address_family=4\nserver_address=localhost", ['127.0.0.1']],
		["server_address=::1\nserver_address=127.0.0.1",
			['127.0.0.1']],
		['server_address=127.0.0.1,::1', ['127.0.0.1', '[::1]']],
	) {
		my ($lines, $where) = @$case;
		$agent = Agent->start("$lines\n",
			everywhere => $lines !~ /server_address/);
		(my $what = $lines) =~ s/\n/, /g;
		is_deeply([ addresses($agent) ], $where, $what);
		$agent->stops;
	}
}

# --- what is told ------------------------------------------------------------

my $dir = scratch();
for my $case (
	['ssl_shutdown_timeout=15', qr/no effect: a connection is closed as/],
	['ssl_logging=0x2f', qr/no effect: each request is logged/],
	['allow_weak_random_seed=1', qr/no effect: OpenSSL waits/],
	['connection_timeout=300', qr/300 is more than 30, which counts/],
	['log_facility=lrp', qr/'lrp' is not one of: .*; daemon counts/],
	['dont_blame_nrpe=yes', qr/'yes' means yes, while NRPE takes it for no/],
	['my_debug=1', qr/'my_debug' is taken for debug/],
	['server_port = 5666', qr/blanks around '=': NRPE would not/],
	['ssl_use_adh=1', qr/legacy TLS/],
	["debug=1\ndebug=0", qr/debug replaces the one of/],
	["allowed_hosts=::1\nallowed_hosts=127.0.0.1", qr/replaces the one of/],
) {
	my ($lines, $says) = @$case;
	my $at = 1 + ($lines =~ tr/\n//);
	spew("$dir/nrpe.cfg", "$lines\n");
	like(run($program, '--check', '-c', "$dir/nrpe.cfg")->{out},
		qr/^\Q$dir\E\/nrpe\.cfg:$at: warning: .*$says/m, $lines =~
		s/\n/, /gr);
}

# Of what is left out, at the start and not at a reload.
$agent = Agent->start("include=\@dir\@/none.cfg\ncommand[ok]=/bin/echo ok\n");
my $config = quotemeta $agent->config;
like($agent->log, qr/error: $config:\d+: \S+none\.cfg: No such file/,
	'a file that is missing is an error of its line');
like($agent->log, qr/warning: $config: 1 of what it includes left out: /,
	'what may be missing is said');
is(run($program, '--check', '-c', $agent->config)->{code}, 1, 'in --check too');
$agent->mark->reload;
$agent->is_logged(qr/reload refused/, 'a reload is refused');
$agent->answers(['-c', 'ok'], 0, "ok\n", 'and it goes on');
$agent->stops;

SKIP: {
	my $made = run($openssl, 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
		'ec_paramgen_curve:P-256', '-nodes', '-days', 5, '-subj',
		'/CN=soon', '-keyout', "$dir/key", '-out', "$dir/cert");
	$made->{code} == 0 or skip('openssl makes no certificate', 2);
	chmod 0600, "$dir/key";
	$agent = Agent->start("ssl_cert_file=$dir/cert\n" .
		"ssl_privatekey_file=$dir/key\n");
	my $warns = qr/warning: \S+beffroid\.cfg:\d+: \S+cert: expires in \d/;
	like($agent->log, $warns, 'a certificate that expires, at the start');
	$agent->mark->reload;
	$agent->is_logged($warns, 'and at a reload');
	$agent->stops;
}

done_testing();
