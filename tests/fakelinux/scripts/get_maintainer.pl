#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-only
# Stands in for the kernel's: it reads MAINTAINERS and a patch, and prints what that one prints with --roles.
use strict;
use warnings;

my (%paths, $section, %people);
die "not in a kernel tree\n" unless -f "COPYING" && -d "kernel" && -d "scripts";
open(my $patch, '<', $ARGV[-1]) or die "$0: file '$ARGV[-1]' not found\n";
while (<$patch>) { $paths{$1} = 1 if m{^\+\+\+ b/(\S+)}; }
open(my $list, '<', "MAINTAINERS") or die "no MAINTAINERS\n";
while (<$list>) {
	chomp;
	if (/^[A-Z]+$/) { $section = $_; }
	elsif (/^([ML]):\t(.*)/) { push @{$people{$section}{$1}}, $2; }
	elsif (/^F:\t(.*)/ && $paths{$1}) { $people{$section}{F} = 1; }
}
for my $one (sort keys %people) {
	next unless $people{$one}{F};
	print "$_ (maintainer:$one)\n" for @{$people{$one}{M}};
	print "$_ (open list:$one)\n" for @{$people{$one}{L} // []};
}
print "everything\@example.org (open list)\n";
