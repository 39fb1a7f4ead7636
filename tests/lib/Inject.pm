# SPDX-License-Identifier: GPL-3.0-or-later
# Inject - tries system calls in processes of the agent, by tests/agent/inject

package Inject;

use strict;
use warnings;

use Beffroi;
use Exporter 'import';
use POSIX ();
use Test::More;

our @EXPORT = qw(need_inject inject_path tried);

sub inject_path { return POSIX::getcwd() . '/tests/agent/inject' }

# The whole test is skipped where it cannot be done.
sub need_inject {
	my $why = !is_root() ? 'not run as root' :
		run(inject_path())->{code} == 77 ?
		'inject does not know this architecture' : undef;
	return if !defined $why;
	diag("SKIPPED: $why");
	plan(skip_all => $why);
	return;
}

# What came of each call: { open => 'EPERM' }.
sub tried {
	my ($pid, @calls) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $r = run(inject_path(), $pid, @calls);
	is($r->{code}, 0, "tried in $pid") or diag($r->{err});
	return { $r->{out} =~ /^(\S+) (.*)$/mg };
}

1;
