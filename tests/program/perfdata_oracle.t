#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Perfdata of random metrics as three real consumers read it.
use strict;
use warnings;

use Beffroi;
use JSON::PP;
use Test::More;

my $seed = $ENV{SEED} // time;
diag("SEED=$seed");
my $r = run('tests/program/emit_report', $seed, 300, 'perfdata');
is($r->{code}, 0, 'emit_report ran');

# What escape.h promises of labels.
sub shown_label {
	my ($label) = @_;
	return '_' if $label eq '';
	$label =~ s/['"=`|\\\x00-\x1f\x7f-\xff]/_/g;
	$label =~ s/:+/:/g;
	return $label;
}

# "@min max" as a hash; simple: a plain upper bound, which must survive.
sub limit {
	my ($text) = @_;
	return { text => '', simple => undef } if $text eq '-';
	my ($inside, $min, $max) = $text =~ /^([@ ])(\S+) (\S+)$/ or die $text;
	my $simple = $inside eq ' ' && $max !~ /inf/ && $max >= 0 &&
		($min =~ /-inf/ || $min == 0);
	return { set => 1, simple => $simple ? $max : undef, min => $min,
		max => $max, inside => $inside eq '@' };
}

# Each report: { metrics => [...], perfdata => '...' }.
my (@reports, @metrics);
for my $line (split /\n/, $r->{out}) {
	my ($what, @field) = split /\t/, $line, -1;
	if ($what eq 'metric') {
		my ($label, $value, $unit, $max, $warn, $crit) = @field;
		push @metrics, { label => shown_label(pack 'H*', $label),
			value => $value, unit => $unit, max => $max,
			warn => limit($warn), crit => limit($crit) };
	} else {
		my ($perfdata) = $line =~ /^[^|]* \| ([^|]*)$/;
		push @reports, { metrics => [@metrics], perfdata => $perfdata,
			line => $line };
		@metrics = ();
	}
}
is(scalar @reports, 300, 'reports');
is(scalar(grep { !defined $_->{perfdata} } @reports), 0,
	'one pipe in each line');
is(scalar(grep { $_->{line} =~ /[^\x20-\x7e\x80-\xff\t]/ } @reports), 0,
	'no control bytes');
is(scalar(grep { ($_->{perfdata} // '') =~ /[^\x20-\x7e]/ } @reports), 0,
	'perfdata is ASCII');

# Six decimals, 15 digits.
sub same {
	my ($got, $want) = @_;
	return defined $got && $got =~ /^-?[\d.]+(?:e[-+]?\d+)?$/ &&
		abs($got - $want) <= 0.51e-6 + 1e-14 * abs $want;
}

sub same_limit {
	my ($got, $limit) = @_;
	return defined $limit->{simple} ? same($got, $limit->{simple}) :
		$limit->{set} ? 1 : !defined $got || $got eq '';
}

# Monitoring::Plugin stops reading a metric at an "@".
sub stops {
	my ($consumer, @limits) = @_;
	return $consumer eq 'Monitoring::Plugin' && grep { $_->{inside} } @limits;
}

# Compares what a consumer read, [label, value, unit, warn, crit, min, max]
# each, with what went in.
sub compare {
	my ($consumer, $units, $report, @got) = @_;
	my @want = @{ $report->{metrics} };
	return "$consumer: " . @got . ' of ' . @want if @got != @want;
	for my $i (0 .. $#want) {
		my ($want, $got) = ($want[$i], $got[$i]);
		my ($warn, $crit) = @$want{'warn', 'crit'};
		my $ok = $got->[0] eq $want->{label} &&
			same($got->[1], $want->{value}) &&
			($got->[2] // '') eq $units->{ $want->{unit} } &&
			same_limit($got->[3], $warn);
		$ok &&= same_limit($got->[4], $crit)
			if !stops($consumer, $warn);
		$ok &&= (!defined $got->[5] || $got->[5] eq '' ||
			$got->[5] == 0) &&
			($want->{max} > 0 ? same($got->[6], $want->{max}) :
			 !defined $got->[6] || $got->[6] eq '')
			if !stops($consumer, $warn, $crit);
		return "$consumer: " . encode_json($got) . ' is not ' .
			encode_json($want) if !$ok;
	}
	return;
}

# Judges all reports with a consumer's parser.
sub consume {
	my ($consumer, $units, $parse) = @_;
	my @bad;
	for my $report (@reports) {
		my @got = eval { $parse->($report->{perfdata}) };
		my $why = compare($consumer, $units, $report, @got) // $@;
		push @bad, "$why\n$report->{perfdata}" if $why;
	}
	is(scalar @bad, 0, "$consumer reads all that was written");
	diag($_) for @bad[0 .. ($#bad < 2 ? $#bad : 2)];
}

my %plain = map { $_ => $_ } '', '%', 'B', 's';

# --- Monitoring::Plugin ---

SKIP: {
	if (!eval { require Monitoring::Plugin::Performance; 1 }) {
		skip_or_fail('libmonitoring-plugin-perl', 1);
		last SKIP;
	}
	consume('Monitoring::Plugin', \%plain, sub {
		return map { [$_->label, $_->value, $_->uom, $_->warning,
			$_->critical, $_->min, $_->max] }
			Monitoring::Plugin::Performance->parse_perfstring($_[0]);
	});
}

# --- pnp4nagios ---

# One metric after the other, as sub _parse of its process_perfdata.pl takes
# them off the front; a rest that it does not match loses the whole service.
my $number = qr/[-.0-9]+/;
my $range = qr/[-.0-9:~@]+/;
my $pnp = qr/^([^=]+)=($number)([\w\/%]*);?($range)?;?($range)?;?($number)?
	;?($number)?;?\s*/x;

my @limits;
consume('pnp4nagios', \%plain, sub {
	my ($text) = @_;
	my @got;
	while ($text ne '') {
		$text =~ s/$pnp// or die "no match at '$text'";
		push @got, [$1, $2, $3, $4, $5, $6, $7];
		push @limits, grep { defined } $4, $5;
		$got[-1][0] =~ s/'//g;
	}
	return @got;
});
cmp_ok(scalar @limits, '>', 500, 'with limits');

# Ranges go through it as text, and mean the same to those who read them.
SKIP: {
	eval { require Monitoring::Plugin::Range; 1 } or
		skip('no Monitoring::Plugin', 1);
	local $SIG{__WARN__} = sub { };
	my @bad = grep {
		!defined Monitoring::Plugin::Range->parse_range_string($_)
	} @limits;
	is_deeply(\@bad, [], 'every limit is a range');
}

# --- Icinga 2 ---

# As PluginUtility::SplitPerfdata does it; the console offers only what comes
# after.
sub icinga_split {
	my ($text) = @_;
	my ($begin, $multi, @parts) = (0, '');
	while ((my $eq = index $text, '=', $begin) >= 0) {
		my $label = substr $text, $begin, $eq - $begin;
		$label = $1 if $label =~ /^'(.+)'$/s;
		my $space = index $text, ' ', $eq;
		$space = length $text if $space < 0;
		$label = "$multi\::$label" if $multi ne '' && $label !~ /::/;
		$multi = $1 if $label =~ /^(.*)::/;
		push @parts, "$label=" . substr $text, $eq + 1, $space - $eq - 1;
		$begin = $space + 1;
	}
	return @parts;
}

# One call for many: [label, value, unit, warn, crit, min, max] each.
sub icinga_parse {
	my ($icinga, @parts) = @_;
	my $list = join ',', map { (my $s = $_) =~ s/([\\"])/\\$1/g; "\"$s\"" }
		@parts;
	my $r = run($icinga, 'console', '--eval', "[$list].map(s => {
		var p = parse_performance_data(s); [p.label, p.value, p.unit, p.warn, p.crit, p.min, p.max]
	})");
	my ($json) = $r->{out} =~ /^(\[.*\])$/m or die $r->{out} . $r->{err};
	return @{ decode_json($json) };
}

SKIP: {
	my ($icinga) = grep { -x } '/usr/sbin/icinga2', '/usr/bin/icinga2';
	if (!$icinga) {
		skip_or_fail('icinga2 is not installed', 1);
		last SKIP;
	}
	my (@parts, %parsed);
	push @parts, icinga_split($_->{perfdata}) for @reports;
	while (my @batch = splice @parts, 0, 500) {
		my @got = eval { icinga_parse($icinga, @batch) };
		diag($@) if $@;
		$parsed{ $batch[$_] } = $got[$_] for 0 .. $#got;
	}
	consume('Icinga 2', { '' => '', '%' => 'percent', B => 'bytes',
		s => 'seconds' }, sub {
		return map { $parsed{$_} // die "not read: $_" }
			icinga_split($_[0]);
	});
}

done_testing();
