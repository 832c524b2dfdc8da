#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# The init of the guest that measures coverage: the suites have ended when it begins, it prints the kernel's counters.
busybox=/bin/busybox
say() { echo "respin: $*"; }

$busybox mount -t proc proc /proc
$busybox mount -t sysfs sysfs /sys
$busybox mount -t debugfs debugfs /sys/kernel/debug
# A line of the kernel's own between those of a file would damage it.
$busybox dmesg -n 1
cd /sys/kernel/debug/gcov && $busybox find . -name '*.gcda' | while read -r file; do
	# Once only: what is read twice may differ, the kernel goes on counting.
	$busybox cat "$file" >/file
	say gcda "$($busybox sha256sum </file | $busybox cut -d ' ' -f 1)" "${file#.}"
	$busybox base64 /file
	say gcda end
done
say end
$busybox reboot -f
