#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Every header compiles alone.
use strict;
use warnings;

use Beffroi;
use Test::More;

my $srcdir = $Beffroi::srcdir;
my @cc = split ' ', $ENV{CC} // 'cc';
my @headers = map { glob "$srcdir/$_" } 'common/*.h', 'plugins/*.h',
	'plugins/*/*.h', 'agent/*.h', 'tests/*.h', 'tests/*/*.h';

cmp_ok(scalar @headers, '>', 20, 'headers found');
for my $header (@headers) {
	my $r = run(@cc, '-std=c11', '-D_GNU_SOURCE', "-I$srcdir", '-I.',
		'-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wconversion',
		'-Wstrict-prototypes', '-Werror', '-fsyntax-only',
		'-include', $header, '-x', 'c', '/dev/null');
	is($r->{code}, 0, substr $header, 1 + length $srcdir)
		or diag($r->{err});
}

done_testing();
