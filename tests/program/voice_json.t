#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Whatever is in a report, its JSON is JSON to a strict parser.
use strict;
use warnings;

use Beffroi;
use Encode;
use JSON::PP;
use Test::More;

my $seed = $ENV{SEED} // time;
diag("SEED=$seed");
my $r = run('tests/program/emit_report', $seed, 1000, 'json');
is($r->{code}, 0, 'emit_report ran');
my @lines = split /\n/, $r->{out};
is(scalar @lines, 1000, 'an object a line');

my (@bad, $metrics);
for my $line (@lines) {
	my $object = eval {
		decode('UTF-8', my $copy = $line, Encode::FB_CROAK);
		JSON::PP->new->utf8->decode($line);
	};
	push @bad, "$line: $@" if !$object;
	next if !$object;
	my @texts = ($object->{summary}, map { $_->{text} } @{ $object->{lines} });
	push @bad, "$line: raw controls" if $line =~ /[\x00-\x1f\x7f]/;
	push @bad, "$line: count" if @{ $object->{metrics} } !=
		@{ $object->{lines} };
	push @bad, "$line: type" if grep { ref $_ } @texts;
	for my $metric (@{ $object->{metrics} }) {
		$metrics++;
		push @bad, "$line: value" if $metric->{value} !~ /^-?[\d.e+-]+$/;
	}
}
is_deeply(\@bad, [], 'JSON and UTF-8, all of them');
cmp_ok($metrics, '>', 3000, "$metrics metrics");

done_testing();
