#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# What holds for programs that misbehave, for those of another user, too.
use strict;
use warnings;

use Beffroi;
use Test::More;

if (!is_root()) {
	diag('SKIPPED: not run as root');
	plan(skip_all => 'not run as root');
}
my ($other) = grep { getpwnam $_ } 'daemon', 'mail', 'bin'
	or plan(skip_all => 'there is no user to be');

$ENV{BEFFROI_TEST_AS} = $other;
exec $^X, (map { "-I$_" } @INC), "$Beffroi::srcdir/tests/agent/plugins.t";
