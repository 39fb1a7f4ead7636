# SPDX-License-Identifier: GPL-3.0-or-later
# JsonSchema - as much of JSON Schema 2020-12 as docs/ uses, and stricter
#
# A member that the schema does not describe is an error: here it is our own
# output that is looked at, and a description that lags behind is what we are
# looking for. A keyword not known here is one too.

package JsonSchema;

use strict;
use warnings;

use JSON::PP ();

my %annotations = map { $_ => 1 } qw($schema $defs title description);

# Each gets the rule, the value, where it is; returns what is wrong.
my %keywords = (
	'$ref' => \&check_ref,
	const => sub { check_enum($_[0], [ $_[1] ], @_[ 2, 3 ]) },
	enum => \&check_enum,
	items => \&check_items,
	minLength => sub {
		length $_[2] < $_[1] ? "$_[3]: shorter than $_[1]" : ();
	},
	minimum => sub { $_[2] < $_[1] ? "$_[3]: below $_[1]" : () },
	pattern => sub { $_[2] =~ /$_[1]/ ? () : "$_[3]: not /$_[1]/" },
	properties => \&check_properties,
	required => sub {
		my (undef, $names, $value, $at) = @_;
		map { exists $value->{$_} ? () : "$at: no $_" } @$names;
	},
	type => sub {
		my (undef, $type, $value, $at) = @_;
		is_type($type, $value) ? () : "$at: not of type $type";
	},
);

sub new {
	my ($class, $schema) = @_;
	return bless { root => $schema, seen => {} }, $class;
}

# What is wrong with value, one string each.
sub errors {
	my ($self, $value) = @_;
	return $self->check($self->{root}, $value, '$');
}

# Members that the schema describes and no value had so far.
sub unseen {
	my ($self) = @_;
	my %all = map { $_ => 1 } described($self->{root});
	delete @all{ keys %{ $self->{seen} } };
	return sort keys %all;
}

# Every member in the schema, by the text of its description's address.
sub described {
	my ($schema) = @_;
	return map { described($_) } @$schema if ref $schema eq 'ARRAY';
	return () if ref $schema ne 'HASH';
	my $members = $schema->{properties};
	my @own = map { name_of($members, $_) } keys %{ $members // {} };
	return @own, map { described($_) } values %$schema;
}

# The schema's own hash tells members of the same name apart.
sub name_of {
	my ($members, $name) = @_;
	return "$name (" . join(' ', sort keys %$members) . ')';
}

sub check {
	my ($self, $schema, $value, $at) = @_;
	my @wrong;

	# What has the wrong type would only confuse the other rules.
	if (exists $schema->{type}) {
		@wrong = $keywords{type}->($self, $schema->{type}, $value, $at);
		return @wrong if @wrong;
	}
	for my $keyword (sort keys %$schema) {
		next if $annotations{$keyword};
		my $rule = $keywords{$keyword}
		    or die "JsonSchema knows no '$keyword'\n";
		push @wrong, $rule->($self, $schema->{$keyword}, $value, $at);
	}
	return @wrong;
}

sub check_ref {
	my ($self, $ref, $value, $at) = @_;
	my ($name) = $ref =~ m{^#/\$defs/(\w+)$};
	my $schema = $self->{root}{'$defs'}{ $name // '' }
	    or die "JsonSchema finds no $ref\n";
	return $self->check($schema, $value, $at);
}

sub check_enum {
	my (undef, $allowed, $value, $at) = @_;
	my $json = JSON::PP->new->allow_nonref->canonical;
	my $text = $json->encode($value);
	return () if grep { $json->encode($_) eq $text } @$allowed;
	return "$at: $text is not among " . $json->encode($allowed);
}

sub check_items {
	my ($self, $schema, $value, $at) = @_;
	return map { $self->check($schema, $value->[$_], "$at\[$_]") }
	    0 .. $#$value;
}

sub check_properties {
	my ($self, $members, $value, $at) = @_;
	my @wrong;

	for my $name (sort keys %$value) {
		if (!exists $members->{$name}) {
			push @wrong, "$at: the schema has no $name";
			next;
		}
		$self->{seen}{ name_of($members, $name) } = 1;
		push @wrong,
		    $self->check($members->{$name}, $value->{$name},
			"$at.$name");
	}
	return @wrong;
}

sub is_type {
	my ($type, $value) = @_;
	return ref $value eq 'HASH' if $type eq 'object';
	return ref $value eq 'ARRAY' if $type eq 'array';
	return 0 if ref $value || !defined $value;
	# JSON::PP keeps numbers numbers; only they print without quotes.
	my $is_number = JSON::PP->new->allow_nonref->encode($value) !~ /^"/;
	return !$is_number if $type eq 'string';
	return $is_number if $type eq 'number';
	return $is_number && $value == int $value if $type eq 'integer';
	die "JsonSchema knows no type '$type'\n";
}

1;
