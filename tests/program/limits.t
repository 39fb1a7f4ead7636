#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Functions have at most 60 lines, and lines 80 columns.
use strict;
use warnings;

use Beffroi;
use Test::More;

my $most = 60;
my $ctags = need('ctags');
my $srcdir = $Beffroi::srcdir;

like(run($ctags, '--version')->{out}, qr/^Universal Ctags/, 'the right ctags')
	or BAIL_OUT('universal-ctags is needed');

my @files = map { glob "$srcdir/$_" } 'common/*.[ch]', 'plugins/*.[ch]',
	'plugins/*/*.[ch]', 'agent/*.[ch]';
cmp_ok(scalar @files, '>', 30, 'sources found');

my $r = run($ctags, '-f', '-', '--languages=C', '--langmap=C:.c.h',
	'--kinds-C=f', '--fields=+ne', @files);
is($r->{code}, 0, 'ctags ran');

my (%functions, %long);
for my $tag (grep { !/^!/ } split /\n/, $r->{out}) {
	my ($name, $file) = split /\t/, $tag;
	my ($from) = $tag =~ /\tline:(\d+)/;
	my ($to) = $tag =~ /\tend:(\d+)/;
	next if !defined $from || !defined $to;
	my $lines = $to - $from + 1;
	$functions{$file}++;
	push @{ $long{$file} }, "$name has $lines lines" if $lines > $most;
}
cmp_ok(scalar(keys %functions), '>', 15, 'files with functions');
for my $file (sort keys %functions) {
	is_deeply($long{$file} // [], [], substr $file, 1 + length $srcdir);
}

# Tabs are eight columns.
sub columns {
	my ($line) = @_;
	1 while $line =~ s/^([^\t]*)\t/$1 . ' ' x (8 - length($1) % 8)/e;
	return length $line;
}

for my $file (@files) {
	my $n = 0;
	my @wide = grep { $n++; columns($_) > 80 && ($_ = $n) }
		split /\n/, slurp($file);
	is_deeply(\@wide, [], substr($file, 1 + length $srcdir) . ': columns');
}

done_testing();
