#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# git 2.39.5 (Debian 1:2.39.5-0+deb12u3): `git mailinfo`, and so `git am`, takes a MIME boundary and a part's header for the
# commit message where the header of a nested multipart is followed by its first boundary at once. RFC 2046 allows that: a
# preamble may be empty. Seen: the message begins with "--inner" and "Content-Type: text/plain". With a line of preamble
# between the two it begins with the text, as it should.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
apt-get download -qq -o APT::Sandbox::User=root git=1:2.39.5-0+deb12u3
dpkg -x git_*.deb tree
git=$room/tree/usr/bin/git
export GIT_EXEC_PATH=$room/tree/usr/lib/git-core
"$git" --version | grep -F 'git version 2.39.5'

mail() { # PREAMBLE: the text above the inner boundary, or nothing
	printf '%s\n' 'From: A. Developer <dev@example.org>' 'Date: Fri, 27 Nov 2026 10:00:00 +0000' 'Subject: [PATCH] a: b' \
		'MIME-Version: 1.0' 'Content-Type: multipart/mixed; boundary="outer"' '' '--outer' \
		'Content-Type: multipart/alternative; boundary="inner"' ''
	[ -z "$1" ] || printf '%s\n' "$1"
	printf '%s\n' '--inner' 'Content-Type: text/plain' '' 'the text' '--inner--' '--outer--'
}

mail '' | "$git" mailinfo message patch >/dev/null
head -n 4 message
[ "$(head -n 1 message)" = '--inner' ]
[ "$(sed -n 2p message)" = 'Content-Type: text/plain' ]

mail 'a preamble' | "$git" mailinfo message patch >/dev/null
[ "$(grep -c '^--inner$' message)" = 0 ]
echo 'seen: without a preamble the boundary and the header of the part are the commit message'
