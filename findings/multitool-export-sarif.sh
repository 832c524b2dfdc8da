#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# @microsoft/sarif-multitool 5.7.0: the help of `export-validation-rules` says that an output file with the extension .sarif
# or .json makes SARIF. Both end with a traceback of System.FormatException and exit code 1 and write nothing, since an id
# of one of its own rules does not end with a number; .md works.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm install --silent --no-fund --no-audit @microsoft/sarif-multitool@5.7.0 >/dev/null
tool=$(find node_modules -type f -name Sarif.Multitool | head -n 1)
chmod u+x "$tool"
"$tool" help export-validation-rules 2>&1 | grep 'extension to produce SARIF'
"$tool" export-validation-rules rules.md >/dev/null
[ -s rules.md ]
for name in rules.sarif rules.json; do
	code=0
	"$tool" export-validation-rules "$name" >said 2>&1 || code=$?
	echo "$name: exit $code, $(head -n 1 said)"
	[ "$code" = 1 ]
	grep -q '^System.FormatException' said
	[ ! -e "$name" ]
done
