#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
use strict;
use warnings;

use Beffroi;
use Test::More;

my $check = plugin('host/check_load');

my $r = run($check);
like($r->{out}, qr/^LOAD (OK|WARNING|CRITICAL) - .*load average: /, 'this host');
is($r->{err}, '', 'nothing on stderr');

done_testing();
