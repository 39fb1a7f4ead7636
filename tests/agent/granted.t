#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# command_user, command_group and command_caps: exactly what was granted, or no
# program at all.
use strict;
use warnings;

use Agent;
use Beffroi;
use Test::More;

my $program = POSIX::getcwd() . '/agent/beffroid';

# Says who it is, in the words of the kernel.
my $who = <<'EOF_WHO';
#!/bin/sh
while read -r name value; do
	case $name in
	Uid:|Gid:|Groups:|Cap???:|NoNewPrivs:) echo "$name $value" ;;
	esac
done </proc/self/status
echo "HOME: $HOME"
echo "USER: $USER"
echo "ARG: $1"
EOF_WHO

my $granted = <<'EOF_CONFIG';
dont_blame_nrpe=1
command_timeout=20
command[plain]=@dir@/who
command[user]=@dir@/who $ARG1$
command_user[user]=mail
command_arg[user][1]=match [a-z]*
command[group]=@dir@/who
command_group[group]=adm , www-data
command[both]=@dir@/who
command_user[both]=daemon
command_group[both]=4
command[caps]=@dir@/who
command_caps[caps]=CAP_SYS_PTRACE, cap_dac_read_search
command[all]=@dir@/who
command_user[all]=mail
command_group[all]=adm
command_caps[all]=cap_kill
command[secret]=/bin/cat @dir@/secret
command_caps[secret]=cap_dac_read_search
command[closed]=/bin/cat @dir@/secret
command[check]=@dir@/plugins/check_load
command_user[check]=mail
command[none]=@dir@/who
command_user[none]=nobody-of-that-name
command[nogroup]=@dir@/who
command_group[nogroup]=adm,no-such-group
command[root]=@dir@/who
command_user[root]=root
command[zero]=@dir@/who
command_user[zero]=00
command[wheel]=@dir@/who
command_group[wheel]=adm,0
command[absent]=@dir@/no-such-file
command_user[absent]=mail
command[private]=@dir@/private
command_user[private]=mail
EOF_CONFIG

my @start = ($granted, files => { who => $who, secret => "the secret\n",
	private => "#!/bin/sh\necho private\n" });

# { Uid => '8 8 8 8', ... }
sub said {
	my ($r) = @_;
	my %said = $r->{out} =~ /^(\w+): *(.*?) *$/mg;
	s/\s+/ /g for values %said;
	return \%said;
}

sub refused {
	my ($agent, $name, $words) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return $agent->answers([ '-c', $name ], 3,
		qr/\ANRPE: \Q$name\E: .*$words/, $name);
}

# As anybody but root nothing can be granted, and nothing is run instead.
sub without_root {
	my $agent = Agent->start(@start, rootless => 1);
	refused($agent, 'user',
		qr/needs beffroid started as root, .*user mail/);
	refused($agent, 'group',
		qr/needs beffroid started as root, .*group adm , www-data/);
	refused($agent, 'caps',
		qr/needs beffroid started as root, .*cap_sys_ptrace/);
	is(scalar $agent->runners, 0, 'there is no runner');
	is(said($agent->check_nrpe('-c', 'plain'))->{ARG}, '',
		'all other commands are run');
	like($agent->log, qr/beffroid\.cfg:\d+: command\[user\] cannot be run/,
		'the log says so');
	my $r = run({ is_root() ? (as => ordinary_user()) : () },
		$agent->{program}, '--check', '-c', $agent->config);
	like($r->{out}, qr/: command\[user\] cannot be run: needs beffroid/,
		'and --check');
	is($r->{code}, 0, 'which is no error');
	return $agent->stops;
}

subtest 'not started as root' => sub { without_root() };
if (!is_root()) {
	diag('SKIPPED: what needs root');
	done_testing();
	exit;
}

my $agent = Agent->start(@start);
my $dir = $agent->dir;
chmod 0600, "$dir/secret";
chmod 0700, "$dir/private";
my ($uid, $gid) = ($agent->uid, $agent->gid);
my $group_of = sub { (getgrnam $_[0])[2] };
my ($mail, $mail_group) = (getpwnam 'mail')[2, 3];
my $none = '0' x 16;
my %bit = (cap_dac_read_search => 1 << 2, cap_kill => 1 << 5,
	cap_sys_ptrace => 1 << 19);

sub has {
	my ($name, %is) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $said = said($agent->check_nrpe('-c', $name));
	my $caps = sprintf '%016x', $is{caps} // 0;
	is($said->{Uid}, join(' ', ($is{uid}) x 4), "$name: its user");
	is($said->{Gid}, join(' ', ($is{gid}) x 4), "$name: its group");
	is($said->{Groups}, join(' ', sort { $a <=> $b } @{ $is{groups} }),
		"$name: its groups, and no other");
	is_deeply([ @$said{qw(CapInh CapPrm CapEff CapBnd CapAmb)} ],
		[ ($caps) x 5 ], "$name: its capabilities, now and ever");
	is($said->{NoNewPrivs}, 1, "$name: and nothing gives it more");
	return $said;
}

subtest 'what is granted' => sub {
	my $said = has('user', uid => $mail, gid => $mail_group,
		groups => [$mail_group]);
	is($said->{USER}, 'mail', 'the user\'s name');
	is($said->{HOME}, (getpwnam 'mail')[7], 'and home');
	my @two = ($group_of->('adm'), $group_of->('www-data'));
	has('group', uid => $uid, gid => $two[0], groups => \@two);
	has('both', uid => scalar getpwnam('daemon'), gid => 4, groups => [4]);
	has('caps', uid => $uid, gid => $gid, groups => [$gid],
		caps => $bit{cap_sys_ptrace} | $bit{cap_dac_read_search});
	has('all', uid => $mail, gid => $two[0], groups => [ $two[0] ],
		caps => $bit{cap_kill});
	$agent->answers([ '-c', 'secret' ], 0, "the secret\n",
		'a capability is of use');
	$agent->answers([ '-c', 'closed' ], 3, qr/Permission denied/,
		'without it there is none');
};

subtest 'all others' => sub {
	my $said = said($agent->check_nrpe('-c', 'plain'));
	is($said->{Uid}, join(' ', ($uid) x 4), 'the usual user');
	is($said->{CapEff}, $none, 'no capability');
	is($said->{NoNewPrivs}, 0, 'sudo would work, as ever');
};

subtest 'a check of ours' => sub {
	my $r = $agent->check_nrpe('-c', 'check');
	like($r->{out}, qr/load average/, 'answers');
	like(run($program, '--check', '-c', $agent->config)->{out},
		qr/^command_user\[check\]=mail$/m, '--check has it');
};

# It tries each as who will run it, and says who that is.
subtest 'what --check says' => sub {
	my $config = "$dir/check.cfg";
	my $team = "$dir/team";
	spew($team, "#!/bin/sh\n");
	chown 0, $mail_group, $team;
	chmod 0750, $team;
	spew($config, slurp($agent->config) . <<"EOF_TEAM");
command[team]=$team
command_user[team]=mail
command[usual]=$team
command[member]=$team
command_group[member]=adm,$mail_group
EOF_TEAM
	my $r = run($program, '--check', '-c', $config);
	my ($user, $group) = ($agent->{user}, scalar getgrgid($gid));
	my $mails = getgrgid($mail_group);
	my %who = (
		usual => "user $user, group $group",
		team => "user mail, group $mails",
		member => "user $user, group adm, $mails",
		caps => "user $user, group $group, " .
			'cap_dac_read_search,cap_sys_ptrace',
		all => 'user mail, group adm, cap_kill',
	);
	for my $name (sort keys %who) {
		like($r->{out},
			qr/^# a program as \Q$who{$name}\E\ncommand\[$name\]=/m,
			"$name: as whom");
	}
	my %runs = map { $_ => 0 } keys %who, 'absent', 'private';
	$runs{$_} = 1 for 'team', 'member', 'caps', 'all';
	for my $name (sort keys %runs) {
		my $words = qr/: command\[$name\] cannot be run: .*: (?:Perm|No)/;
		is(scalar($r->{out} !~ $words), $runs{$name} ? 1 : '',
			"$name: whether it can be run");
	}
	unlike($r->{out}, qr/^# write:/m, 'no line is to be written otherwise');
};

subtest 'rules hold' => sub {
	$agent->answers([ '-c', 'user', '-a', 'abc' ], 0, qr/^ARG: abc$/m,
		'an argument');
	refused($agent, $_->[0], $_->[1], @$_[2 .. $#$_]) for
		['none', qr/user nobody-of-that-name: there is none/],
		['nogroup', qr/group no-such-group: there is none/],
		['root', qr/is root, .*command_caps/],
		['zero', qr/is root, .*command_caps/],
		['wheel', qr/group 0: is root's/];
	$agent->answers([ '-c', 'user', '-a', 'a1' ], 3,
		qr/argument 1: 'a1' does not match/, 'one that breaks a rule');
	$agent->answers([ '-c', 'user', '-a', '--help' ], 3,
		qr/does not match/, 'nor an option');
	$agent->answers([ '-c', 'absent' ], 3, qr/no-such-file: No such file/,
		'no program');
	$agent->answers([ '-c', 'private' ], 3,
		qr/private: Permission denied/, 'one of others');
	my $log = $agent->log;
	like($log, qr/beffroid\.cfg:\d+: command\[$_\] cannot be run: /,
		"$_: the log has file and line")
		for 'none', 'nogroup', 'root', 'wheel';
};

subtest 'several at once' => sub {
	my @names = ('user', 'group', 'both', 'caps', 'all', 'plain');
	my @r = $agent->check_nrpe_at_once(map { ['-c', $_] } (@names) x 4);
	my @wrong = grep { $_->{code} != 0 || $_->{out} !~ /^ARG: $/m } @r;
	is(scalar @wrong, 0, scalar(@r) . ' answers') or diag($wrong[0]{out});
	is(scalar $agent->runners, scalar $agent->workers,
		'a runner beside each worker');
};

# Who is killed is replaced, by itself, before anybody asks.
subtest 'a runner that dies' => sub {
	my @old = $agent->runners;
	$agent->mark;
	kill 'KILL', @old;
	$agent->is_logged(qr/runner \d+ was killed by signal 9/, 'is told of');
	my %was = map { $_ => 1 } @old;
	ok(wait_for(sub {
		my @new = $agent->runners;
		return @new >= 2 && !grep { $was{$_} } @new;
	}, $Agent::patience), 'and replaced');
	has('user', uid => $mail, gid => $mail_group, groups => [$mail_group]);
};

subtest 'a reload' => sub {
	my ($keeper) = $agent->gatekeepers;
	my $text = slurp($agent->config);
	$text =~ s/^command_user\[user\]=mail$/command_user[user]=daemon/m;
	$text =~ s/^command_user\[none\]=.*$/command_user[none]=mail/m;
	$text =~ s/^command_user\[both\]=.*$/command_user[both]=nobody-else/m;
	$text .= "command[new]=$dir/who\ncommand_caps[new]=cap_net_raw\n";
	spew($agent->config, $text);
	$agent->mark->reload;
	$agent->is_logged(qr/ready:/, 'is done');
	ok(wait_for(sub {
		my @now = $agent->gatekeepers;
		return @now == 1 && $now[0] != $keeper;
	}, $Agent::patience), 'the old one is gone');
	my ($daemon, $daemons) = (getpwnam 'daemon')[2, 3];
	has('user', uid => $daemon, gid => $daemons, groups => [$daemons]);
	has('none', uid => $mail, gid => $mail_group, groups => [$mail_group]);
	refused($agent, 'both', qr/user nobody-else: there is none/);
	refused($agent, 'new',
		qr/needs cap_net_raw, .*gave up when it started/);
};

subtest 'no grant, no runner' => sub {
	(my $text = slurp($agent->config)) =~
		s/^command_(user|group|caps)\[.*\n//mg;
	spew($agent->config, $text);
	$agent->reload;
	ok(wait_for(sub { !$agent->runners && $agent->gatekeepers == 1 },
		$Agent::patience), 'they go with the grants');
	$agent->answers([ '-c', 'plain' ], 0, qr/^ARG: $/m, 'all else goes on');
};
$agent->stops;

# A name that capabilities(7) does not have is an error of the file.
subtest 'what is no capability' => sub {
	my $config = $agent->config;
	spew($config, slurp($config) . "command_caps[plain]=cap_sys_ptrac\n");
	my $r = run($program, '--check', '-c', $config);
	is($r->{code}, 1, 'an error');
	like($r->{out}, qr/cfg:\d+: error: command_caps\[plain\]: there is no /,
		'which line');
	like($r->{out}, qr/'cap_sys_ptrac', did you mean cap_sys_ptrace\?/,
		'and what was meant');
};

# As in a container that lacks one.
subtest 'a capability that is not to be had' => sub {
	need('setpriv');
	my $config = $agent->config;
	(my $text = slurp($config)) =~ s/^command_caps.*\n//mg;
	spew($config, "${text}command_caps[plain]=cap_sys_ptrace\n");
	my $r = run('setpriv', '--bounding-set', '-sys_ptrace', $program,
		'--check', '-c', $config);
	like($r->{out},
		qr/command\[plain\] cannot be run: needs cap_sys_ptrace,/,
		'says so');
	$r = run('setpriv', '--bounding-set', '-setuid', $program,
		'--check', '-c', $config);
	like($r->{out}, qr/command\[plain\] cannot be run: needs cap_setuid/,
		'nor what it takes to become another');
};

done_testing();
