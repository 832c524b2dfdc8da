#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# unidiff 1.0.1 and git 2.39: a line that begins with + or - behind the last line that its hunk's header counts is no part
# of the patch for either, and neither says so. A header that was edited by hand and counts one line too few loses a line of
# the change; `git apply` ends with 0. Seen: two lines stand in the patch, unidiff counts one, and one is applied.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check unidiff==1.0.1
printf 'a\n' >file
printf '%s\n' '--- a/file' '+++ b/file' '@@ -1 +1,2 @@' ' a' '+counted' '+not counted' >short.patch
counted=$(venv/bin/python -c '
from unidiff import PatchSet
with open("short.patch") as file:
    print(PatchSet(file).added)')
echo "unidiff counts $counted added line"
[ "$counted" = 1 ]
git init -q .
git apply short.patch
cat file
[ "$(cat file)" = "$(printf 'a\ncounted')" ]
