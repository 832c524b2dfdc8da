#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# git 2.39.5: `git mailinfo` does not look at whether its two files could be written. On a full disk it prints the author
# and the subject, leaves the message and the patch empty and ends with 0, so that whoever reads them takes the mail for one
# without a diff. /dev/full stands for the full disk.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
apt-get download -q -o APT::Sandbox::User=root git=1:2.39.5-0+deb12u3 >/dev/null
dpkg-deb -x git_*.deb .
git() { GIT_EXEC_PATH=$room/usr/lib/git-core "$room/usr/bin/git" "$@"; }
git --version
cat >mail <<'MAIL'
From: A Developer <dev@example.org>
Subject: [PATCH] sub: Add a line

It is missing.
---
diff --git a/file b/file
--- a/file
+++ b/file
@@ -1 +1,2 @@
 one
+two
MAIL
git mailinfo message patch <mail >info
[ -s message ]
[ -s patch ]
git mailinfo /dev/full /dev/full <mail
echo "exit code on a full disk: $?"
