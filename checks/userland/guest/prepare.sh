#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the chroot: what installing a kernel's package does, and turning the companion on, if there is one.
#
#	prepare.sh RELEASE [COMPANION]
set -eu
release=$1

if [ -x /usr/sbin/mkinitramfs ]; then
	update-initramfs -c -k "$release"
else
	dracut --quiet --force "/boot/initrd.img-$release" "$release"
fi
if [ $# -gt 1 ]; then
	"$2" enable
else
	# what the companion would have done there
	printf 'KDUMP_KEXEC_ARGS="-s"\n' >> /etc/default/kdump-tools
	if [ -x /usr/sbin/mkinitramfs ]; then
		/etc/kernel/postinst.d/kdump-tools "$release"
	else
		cp "/boot/initrd.img-$release" "/var/lib/kdump/initrd.img-$release"
	fi
fi
# else the first load makes the crash kernel's initramfs once more
cp /etc/kdump/sysctl.conf "/var/lib/kdump/latest_sysctls-$release"
test -s "/var/lib/kdump/initrd.img-$release"
