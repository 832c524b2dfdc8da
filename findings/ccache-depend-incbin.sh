#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# ccache 4.7.5 (Debian 12's 4.8+really4.7.5-1): in depend mode it takes no notice of .incbin. A source that takes in a file of the
# same name and other bytes gets the object of the first time, as it is a direct hit. Without depend mode the directive is
# seen, and nothing is cached. The kernel's bzImage is such an object (arch/x86/boot/compressed/piggy.S, which has the size
# of the compressed kernel and no more of it): two kernels that compress to equally many bytes are one, the old one.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
apt-get download -qq -o APT::Sandbox::User=root ccache=4.8+really4.7.5-1 libhiredis0.14=0.14.1-3
for each in *.deb; do dpkg -x "$each" tree; done
LD_LIBRARY_PATH=$(echo tree/usr/lib/*-linux-gnu)
LD_LIBRARY_PATH=$room/$LD_LIBRARY_PATH
export LD_LIBRARY_PATH CCACHE_DIR=$room/cache
tree/usr/bin/ccache --version | head -n 1
tree/usr/bin/ccache --version | grep -q '^ccache version 4\.7\.5$'
printf '.section .rodata\n.incbin "kernel"\n' >piggy.S
for mode in "" 1; do
	rm -rf "$CCACHE_DIR"
	export CCACHE_DEPEND=$mode
	[ -n "$mode" ] || unset CCACHE_DEPEND
	for bytes in old-kernel new-kernel; do
		echo "$bytes" >kernel
		tree/usr/bin/ccache gcc -Wp,-MMD,.piggy.d -c -o piggy.o piggy.S
	done
	has=$(strings piggy.o | grep -- -kernel)
	echo "CCACHE_DEPEND=$mode: the object of new-kernel has $has"
	[ "$has" = "$([ -n "$mode" ] && echo old || echo new)-kernel" ]
done
