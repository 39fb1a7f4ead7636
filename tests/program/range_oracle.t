#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Ranges as Monitoring::Plugin::Range, of the same guidelines, reads them.
use strict;
use warnings;

use Beffroi;
use Test::More;

eval { require Monitoring::Plugin::Range; 1 }
	or skip_or_fail('Monitoring::Plugin (libmonitoring-plugin-perl)');

# What ours says of pairs of range and value.
sub ours {
	my $r = run({ input => join '', map { "$_->[0]\t$_->[1]\n" } @_ },
		'tests/program/range_verdict');
	is($r->{code}, 0, 'range_verdict ran');
	return split /\n/, $r->{out};
}

sub oracle {
	my ($text, $value) = @_;
	local $SIG{__WARN__} = sub { }; # it complains of what it refuses
	my $range = Monitoring::Plugin::Range->parse_range_string($text);
	return 'rej' if !defined $range;
	return $range->check_range($value) ? 'alert' : 'ok';
}

# The table, which test_range.c reads as well.
my (@pairs, @want);
for my $line (split /\n/, slurp("$Beffroi::srcdir/tests/data/ranges.txt")) {
	next if $line =~ /^#/;
	my ($range, $value, $want) = split ' ', $line;
	push @pairs, [$range eq '""' ? '' : $range, $value eq '-' ? 0 : $value];
	push @want, $want;
}
my @got = ours(@pairs);
is(scalar @pairs, 50, 'rows in the table');
for my $i (0 .. $#pairs) {
	my ($range, $value) = @{ $pairs[$i] };
	is(oracle($range, $value), $want[$i], "the oracle on '$range' $value");
	is($got[$i], $want[$i], 'and ours');
}

# Whatever both take for a range means the same to both.
my $seed = $ENV{SEED} // time;
diag("SEED=$seed");
srand $seed;

sub number {
	my $n = (0, 5, 10, -3, 1000000)[rand 5] + (0, 0, 0.5, 0.25)[rand 4];
	$n = sprintf '%.3e', $n if rand() < 0.1;
	$n = ".$1" if rand() < 0.1 && $n =~ /^0\.(\d+)$/;
	return $n;
}

sub range {
	my $text = (rand() < 0.3 ? '@' : '') .
		('', '~', number(), number(), number())[rand 5] .
		(rand() < 0.7 ? ':' : '') . ('', number(), number())[rand 3];
	# And some that are none.
	substr $text, rand length $text, 1, ('~', ':', '@', '-', 'e', 'x', ' ',
		'.', '%', ',')[rand 10] if rand() < 0.2 && $text ne '';
	return $text;
}

@pairs = map { [range(), number()] } 1 .. 2000;
@got = ours(@pairs);
my ($both, @differ) = (0);
for my $i (0 .. $#pairs) {
	my $oracle = oracle(@{ $pairs[$i] });
	next if $got[$i] eq 'rej' || $oracle eq 'rej';
	$both++;
	push @differ, "'$pairs[$i][0]' $pairs[$i][1]: $got[$i]"
		if $got[$i] ne $oracle;
}
is_deeply(\@differ, [], 'random ranges');
cmp_ok($both, '>', 800, "of which $both were ranges to both");

done_testing();
