#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The test's shell in a distribution: commands come in on ttyS1, one a line, and what they say goes out there.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
stty raw -echo
read -r up idle < /proc/uptime
echo "@@ready first $up"
while read -r id command; do
	( eval "$command" ) < /dev/null
	echo "@@end $id $?"
done
