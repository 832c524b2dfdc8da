#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# The init of the guest that runs KUnit under the debuggers: the suites have ended when it begins, it asks what they left.
busybox=/bin/busybox
say() { echo "respin: $*"; }

$busybox mount -t proc proc /proc
$busybox mount -t sysfs sysfs /sys
$busybox mount -t debugfs debugfs /sys/kernel/debug
kmemleak=/sys/kernel/debug/kmemleak
# mm/kmemleak.c: what is younger than five seconds is not told, and what changed since the scan before is not either.
$busybox sleep 6
echo scan >$kmemleak && $busybox sleep 1 && echo scan >$kmemleak && $busybox cat $kmemleak && say kmemleak scanned
say lockdep $($busybox grep debug_locks: /proc/lockdep_stats)
say end
$busybox reboot -f
