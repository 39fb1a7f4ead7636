#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# The key is in the gatekeeper's memory and in nobody else's.
use strict;
use warnings;
no warnings 'portable'; # addresses have 64 bits

use Agent;
use Beffroi;
use MIME::Base64 ();
use Test::More;

if (!is_root()) {
	diag('SKIPPED: not run as root');
	plan(skip_all => 'not run as root');
}

# How often any of these bytes are in what a process can write to.
sub count_in {
	my ($pid, @secrets) = @_;
	my $n = 0;
	my $maps = eval { slurp("/proc/$pid/maps") } // return 0; # it ended
	open my $mem, '<:raw', "/proc/$pid/mem" or return 0;
	for (split /\n/, $maps) {
		my ($from, $to) = /^(\w+)-(\w+) rw/ or next;
		my ($at, $size) = (hex $from, hex($to) - hex $from);
		next if $size > 64 << 20; # a sanitizer's shadow
		my $bytes;
		sysseek $mem, $at, 0;
		sysread $mem, $bytes, $size or next;
		for my $secret (@secrets) {
			$n++ while $bytes =~ /\Q$secret\E/g;
		}
	}
	return $n;
}

my $agent = Agent->start(<<'EOF_CONFIG');
command[echo]=/bin/echo all is well
command[granted]=/bin/echo all is well
command_user[granted]=mail
EOF_CONFIG
my ($base64) = slurp($agent->dir . '/state/beffroid-key.pem')
	=~ /-----\n(.*)-----END/s;
# RFC 5915: version 1, then 32 bytes.
my ($key) = MIME::Base64::decode($base64) =~ /\x02\x01\x01\x04\x20(.{32})/s
	or BAIL_OUT('no such key as was expected');
# Numbers lie in memory from their end on.
my @secrets = ($key, scalar reverse($key), substr($base64, 0, 64));

# When it is made, and when it was there before.
for my $when ('at first', 'later') {
	$agent->answers([ '-c', $_ ], 0, "all is well\n", "$when: it serves")
		for 'echo', 'granted';
	my ($keeper) = $agent->gatekeepers;
	cmp_ok(count_in($keeper, @secrets), '>', 0,
		"$when: the gatekeeper has the key");
	is(count_in($_, @secrets), 0, "$when: $_ does not")
		for $agent->pid, $agent->workers, $agent->runners;
	$agent->mark->reload;
	$agent->is_logged(qr/ready/, 'a reload');
	$agent->is_alone;
}
$agent->stops;

done_testing();
