#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# What a client may put into a command, and that it stays an argument.
use strict;
use warnings;

use Agent;
use Beffroi;
use Test::More;

# Each argument in its own pair of brackets.
my $argv = <<'EOF_ARGV';
#!/usr/bin/perl
print @ARGV ? (map { "<$_>" } @ARGV) : 'nothing', "\n";
EOF_ARGV
my %options = (args => ['-n'], files => { argv => $argv });

my $commands = <<'EOF_COMMANDS';
command[fixed]=@dir@/argv one 'two three' "four" five\ six $$ ""
command[dollars]=@dir@/argv $$ '$USER$' '$$$$'
command[lone]=@dir@/argv 5$ a
command[two]=@dir@/argv $ARG1$ $ARG2$
command[quoted]=@dir@/argv "$ARG1$" 'and $ARG2$'
command[inside]=@dir@/argv --level=$ARG1$:$ARG2$
command[all]=@dir@/argv $ARG1$.$ARG2$.$ARG3$.$ARG4$.$ARG5$.$ARG6$.$ARG7$.$ARG8$.$ARG9$.$ARG10$.$ARG11$.$ARG12$.$ARG13$.$ARG14$.$ARG15$.$ARG16$
command[split]=@dir@/argv $ARG1$ end
arg_split[split]=yes
command[shell]=/bin/sh -c 'echo "<$$1>"' sh $ARG1$
command[injected]=/bin/sh -c 'echo $ARG1$'
command[piped]=@dir@/argv one | cat
EOF_COMMANDS

# asked(NAME, [ARGUMENT...]): as the client is called.
sub asked {
	my ($name, $args) = @_;
	return [ '-c', $name, @$args ? ('-a', @$args) : () ];
}

sub only_if_allowed {
	my $agent = Agent->start($commands, %options);
	$agent->answers(asked('fixed', []), 0,
		"<one><two three><four><five six><\$><>\n", 'none');
	$agent->answers(asked('two', []), 0, "nothing\n", 'none, but places');
	$agent->mark->silent(asked('two', ['a']), 'one');
	$agent->is_logged(qr/argument/, 'which the log says');
	$agent->silent([ '-c', 'two!' ], 'none, but the separator');
	$agent->stops;
}

my $agent = Agent->start("dont_blame_nrpe=1\n$commands", %options);

sub gives {
	my ($name, $args, $out, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return $agent->answers(asked($name, $args), 0, "$out\n", $what);
}

# UNKNOWN with these words, and nothing of what the command prints.
sub refuses {
	my ($name, $args, $words, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $r = $agent->answers(asked($name, $args), 3, $words, $what);
	unlike($r->{out}, qr/\A<|uid=|underflow/, "$what: nothing was run");
	return $r;
}

subtest 'case 37: arguments' => sub {
	subtest 'not unless they are allowed' => \&only_if_allowed;
	gives('two', [ 'a', 'b c' ], '<a><b c>', 'one place, one argument');
	gives('two', ['a'], '<a>', 'a place left empty');
	gives('two', [ 'a', 'b', 'c' ], '<a><b>', 'one more than places');
	gives('quoted', ['a b'], '<a b><and >', 'a quoted place stays');
	gives('inside', [ 5, 10 ], '<--level=5:10>', 'a part of an argument');
	gives('all', [ 1 .. 16 ], '<' . join('.', 1 .. 16) . '>', 'sixteen');
	gives('all', [ 1 .. 17 ], '<' . join('.', 1 .. 16) . '>',
		'the 17th is left out');
	$agent->answers([ '-c', 'two!a!!b!' ], 0, "<a><b>\n",
		'empty ones close up');
	gives('two', ["\$ARG2\$", 'x'], '<$ARG2$><x>', 'no place in a place');
	gives('two', [ '50%', '~"*?#' ], '<50%><~"*?#>',
		'what a shell would see');
};

subtest 'options of the client\'s choice' => sub {
	refuses('two', ['--rootfs=/'], qr/arg_split/, 'a bare option');
	gives('inside', ['-5'], '<--level=-5:>', 'a sign inside');
	gives('split', ['-w 20% -c 10%'], '<-w><20%><-c><10%><end>',
		'arg_split: on blanks');
	gives('split', ['-p "/my files" x'], '<-p></my files><x><end>',
		'arg_split: with quotes');
};

subtest 'a shell of one\'s own' => sub {
	gives('shell', ['a b'], '<a b>', 'an argument beside its program');
	refuses('injected', ['a'], qr/injected|\$ARG1\$|sh -c/,
		'an argument in its program');
	refuses('piped', [], qr/piped|shell|\|/, 'a line that needs one');
};

subtest 'case 38: characters that are refused' => sub {
	my @nasty = split //, "|`&><'\\[]{};\r\n";
	for my $char (@nasty) {
		my $name = sprintf '%#x', ord $char;
		$agent->silent(asked('two', ["a${char}b"]), "$name, argument");
		$agent->silent(asked("tw${char}o", []), "$name, name");
	}
	$agent->silent(asked('two', ['$(id)']), 'command substitution');
	$agent->mark->silent(asked('two', ['; id']), 'a second command');
	$agent->is_logged(qr/metachar|nasty|character/, 'the log says why');
	gives('two', [ 'a"b', 'c$d' ], '<a"b><c$d>', 'a quote and a dollar');
	gives('two', [ 'a%b', '*~' ], '<a%b><*~>', 'what else passes');
};

subtest 'case 40: dollars' => sub {
	gives('dollars', [], '<$><$USER$><$$>', 'two are one, unless known');
	gives('two', ['a'], '<a>', 'what is not given is nothing');
	gives('inside', [], '<--level=:>', 'nor inside');
	refuses('lone', [], qr/lone.*'\$'/, 'one alone is a mistake');
	my @lines = split /\n/, slurp($agent->config);
	my ($line) = grep { $lines[ $_ - 1 ] =~ /^command.lone/ } 1 .. @lines;
	like($agent->log, qr/beffroid\.cfg:$line: .*'\$'/,
		'and the log says where');
};
$agent->stops;

# With the filter as good as off they are still nothing but bytes.
subtest 'case 39: hostile arguments' => sub {
	$agent = Agent->start(<<"EOF_OPEN", %options);
dont_blame_nrpe=1
nasty_metachars=^
allow_bash_command_substitution=1
$commands
EOF_OPEN
	my $outside = $agent->dir . '/run/made';
	for my $text ('; id', '$(id)', '`id`', '| id', '& id', "a\nid", "a\r",
		'> ' . $outside, '$(touch ' . $outside . ')', '"', "'", '\\',
		'a\\', '*', '~root', '${HOME}', '$HOME', '<(id)', '|| id',
		"\$((1+1))", "\x{1b}]0;x\x07", "\xff\xfe", '%s%n', '%') {
		(my $name = $text) =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
		gives('two', [ $text, 'b' ], "<$text><b>", $name);
		gives('inside', [$text], "<--level=$text:>", "$name, inside");
		gives('shell', [$text], "<$text>", "$name, a shell's \$1");
	}
	# A split argument stays one level deep too.
	gives('split', ['a; id $(id) `id` | id'],
		'<a;><id><$(id)><`id`><|><id><end>', 'arg_split');
	refuses('split', ['a "b'], qr/quot/, 'arg_split: an open quote');
	ok(!-e $outside, 'nothing was run');
	$agent->silent([ '-c', 'tw^o' ], 'what is left of the filter');
	$agent->stops;
};

subtest 'rules' => sub {
	$agent = Agent->start(<<"EOF_RULES", %options);
dont_blame_nrpe=1
command[integer]=\@dir\@/argv \$ARG1\$
command_arg[integer][1]=integer 1..100
command[number]=\@dir\@/argv \$ARG1\$
command_arg[number][1]=number 0..1
command[range]=\@dir\@/argv \$ARG1\$ \$ARG2\$
command_arg[range][1]=range
command_arg[range][2]=range
command[one]=\@dir\@/argv \$ARG1\$
command_arg[one][1]=one_of eth0 eth1
command[match]=\@dir\@/argv \$ARG1\$
command_arg[match][1]=match [a-z]+
command_arg[match][1]=length 2..4
command[slow]=\@dir\@/argv \$ARG1\$
command_arg[slow][1]=match (a+)+b
EOF_RULES
	gives('integer', [$_], "<$_>", "integer $_") for 1, 42, 100;
	refuses('integer', [$_], qr/integer|1\.\.100|between|0|101|'/,
		"integer $_") for 0, 101, -1, '4x', '1.0', ' 1', '0x10';
	gives('number', [$_], "<$_>", "number $_") for 0, '0.5', 1;
	refuses('number', [$_], qr/\S/, "number $_") for '1.1', 'a', 'nan';
	gives('range', [ '10:20', '~:5' ], '<10:20><~:5>', 'ranges');
	refuses('range', [ '10:20', '20:10' ], qr/\S/, 'no range');
	gives('one', ['eth1'], '<eth1>', 'one of them');
	refuses('one', [$_], qr/\Q$_\E/, "none of them: $_")
		for 'eth', 'eth11', 'eth0 eth1', 'ETH0';
	gives('match', ['abc'], '<abc>', 'a match of the right length');
	refuses('match', [$_], qr/\S/, "no match: $_")
		for 'abc1', '1abc', 'ABC', 'a', 'abcde';
	my $r = refuses('slow', [ 'a' x 64 ], qr/\S/, 'a match without end');
	cmp_ok($r->{seconds}, '<', 5, 'ends nevertheless');
	$agent->stops;
};

done_testing();
