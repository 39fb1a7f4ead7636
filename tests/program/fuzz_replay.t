#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# The seeds of each fuzz target, and what once broke it, through the target.
use strict;
use warnings;

use Beffroi;
use Test::More;

my $srcdir = $Beffroi::srcdir;
my @targets = map { m{([^/]+)\.c$} } glob "$srcdir/tests/fuzz/fuzz_*.c";

cmp_ok(scalar @targets, '>=', 5, 'targets');
for my $target (@targets) {
	(my $name = $target) =~ s/^fuzz_//;
	my @seeds = glob "$srcdir/tests/fuzz/$name/*";
	cmp_ok(scalar @seeds, '>', 0, "$name has seeds");
	for my $seed (@seeds) {
		my $r = run("tests/fuzz/$target", $seed);
		is("$r->{code} $r->{signal}", '0 0', substr $seed,
			1 + length $srcdir) or diag($r->{err});
	}
}

done_testing();
