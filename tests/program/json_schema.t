#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# What --json prints and docs/report.schema.json must say the same: a member
# that only one of them knows is a failure.
use strict;
use warnings;

use Beffroi;
use JSON::PP;
use JsonSchema;
use Test::More;

my $json = JSON::PP->new->utf8->allow_nonref;
my $document = slurp("$Beffroi::srcdir/docs/report.schema.json");
my $schema = JsonSchema->new($json->decode($document));
my @checks = split ' ', `MAKEFLAGS= make -s print-checks`;

# Answers of all kinds: with lines, notes, objects, failed.
my %more = (
	check_cpu => [ [ '--per-core' ], [ '-w', '0', '-c', '0' ] ],
	check_disk => [ [ '-w', '100%', '-c', '0%', '-p', '/' ] ],
	check_load => [ [ '-w', '0', '-c', '1000' ], [ '-n', '2' ] ],
	check_memory => [ [ '-w', '0', '-c', '0' ] ],
);

ok(@checks > 0, 'there are checks');
my @good;
for my $path (@checks) {
	my ($name) = $path =~ m{([^/]+)$};
	my @runs = ([], ['--no-such-option'], @{ $more{$name} // [] });
	for my $options (@runs) {
		look(join(' ', $name, '--json', @$options), $path, $options);
	}
}

sub look {
	my ($what, $path, $options) = @_;
	my $state = scratch();
	my $r = run($path, '--json', '--state-dir', $state, @$options);
	my $report = eval { $json->decode($r->{out}) };

	return fail("$what is JSON: $@") if !defined $report;
	is_deeply([ $schema->errors($report) ], [], $what);
	is($report->{code}, $r->{code}, "$what: code is the exit code");
	like($r->{out}, qr/^[^\n]*\n\z/, "$what: one line");
	push @good, $report if @{ $report->{metrics} };
}

is_deeply([ $schema->unseen ], [], 'the schema describes nothing else');

# The validator itself: drift of each kind must not pass.
sub drifted {
	my ($what, $change) = @_;
	my $copy = $json->decode($json->encode($good[0]));
	$change->($copy);
	isnt(scalar(my @wrong = $schema->errors($copy)), 0, "noticed: $what");
}
ok(@good > 0, 'there is an answer to damage');
drifted('a new member', sub { $_[0]{new} = 1 });
drifted('a new member of a metric', sub { $_[0]{metrics}[0]{new} = 1 });
drifted('a lost member', sub { delete $_[0]{summary} });
drifted('a lost member of a metric', sub { delete $_[0]{metrics}[0]{unit} });
drifted('text for a number', sub { $_[0]{metrics}[0]{value} = 'ten' });
drifted('a number for text', sub { $_[0]{summary} = 10 });
drifted('another version', sub { $_[0]{version}++ });
drifted('a state nobody knows', sub { $_[0]{status} = 'FINE' });
drifted('a line that is a note', sub { push @{ $_[0]{lines} }, 'text' });
drifted('a strange range', sub { $_[0]{metrics}[0]{warning} = '10..20' });
drifted('a count below zero', sub { $_[0]{left_out}{lines} = -1 });

done_testing();
