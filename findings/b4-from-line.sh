#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# b4 0.16.0: `b4 am -m MBOX` takes every line that begins with "From " for the start of a mail, in the middle of a commit
# message too, where git mailsplit wants a time in it and reads one mail. What follows has no Message-ID then, and b4 ends
# with a traceback of ValueError. git format-patch writes such a line as it is.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check b4==0.16.0
export HOME=$room GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
git init -q repository
cd repository
git config user.name A
git config user.email a@example.org
git commit -q --allow-empty -m start
echo a >file
git add file
git commit -q -m 'a: add a file' -m 'From now on there is a file.'
git format-patch -q -1 --stdout --add-header='Message-ID: <1@example.org>' >../one.mbox
mkdir ../split
[ "$(git mailsplit -o../split ../one.mbox)" = 1 ]
echo 'git mailsplit: 1 mail'
code=0
../venv/bin/b4 --offline-mode --no-interactive am -m ../one.mbox -o - >../out 2>../err || code=$?
tail -n 1 ../err
[ "$code" != 0 ]
grep -q '^Traceback' ../err
grep -q '^ValueError: Message without a valid Message-ID' ../err
