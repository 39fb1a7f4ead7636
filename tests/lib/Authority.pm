# SPDX-License-Identifier: GPL-3.0-or-later
# Authority - one that signs certificates, for the tests of TLS
#
#   my $ca = Authority->new(scratch(), 'ca');
#   my $host = $ca->issue('host', not_after => time - 60);
#   run('check_nrpe', '-A', $ca->{cert}, ...);

package Authority;

use strict;
use warnings;

use Beffroi;

# It keeps everything in a directory, by name. Keys are those of a user without
# rights: an agent refuses one that is anybody's.
sub new {
	my ($class, $dir, $name) = @_;
	require IO::Socket::SSL::Utils;
	chmod 0755, $dir;
	my $self = bless { dir => $dir }, $class;
	my %made = $self->make($name, CA => 1);
	return bless { %$self, %made }, $class;
}

# The files { cert, key } of a new certificate with that common name; more to
# say as in CERT_create() of IO::Socket::SSL::Utils.
sub issue {
	my ($self, $name, %more) = @_;
	return { $self->make($name, purpose => 'server,client',
		issuer => $self->{issuer}, %more) };
}

sub make {
	my ($self, $name, %more) = @_;
	my $key = IO::Socket::SSL::Utils::KEY_create_ec('prime256v1');
	my ($cert) = IO::Socket::SSL::Utils::CERT_create(key => $key,
		digest => 'sha256', subject => { commonName => $name }, %more);
	my %files = (cert => "$self->{dir}/$name.pem",
		key => "$self->{dir}/$name.key");
	spew($files{cert}, IO::Socket::SSL::Utils::PEM_cert2string($cert));
	spew($files{key}, IO::Socket::SSL::Utils::PEM_key2string($key));
	chmod 0600, $files{key};
	chown ordinary_user(), -1, $files{key} if is_root();
	return (%files, issuer => [ $cert, $key ]);
}

1;
