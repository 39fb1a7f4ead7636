#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# A short soak: requests of all kinds are answered as they should be, and leave
# nothing behind. The long one is tests/bench/soak by itself.
use strict;
use warnings;

use Beffroi;
use Test::More;

my $requests = 2000;
my $r = run($^X, "$Beffroi::srcdir/tests/bench/soak", '.', $requests);

is($r->{code}, 0, 'all is well, and nothing grew')
	or diag($r->{out}, $r->{err});
my ($good, $bad) =
	$r->{out} =~ /^(\d+) good ones answered, (\d+) bad ones not/m;
cmp_ok($good // 0, '>', 0.8 * $requests, 'good requests');
cmp_ok($bad // 0, '>', 0.1 * $requests, 'bad requests');
like($r->{out}, qr/^flat$/m, 'flat');

done_testing();
