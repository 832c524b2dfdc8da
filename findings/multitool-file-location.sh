#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# @microsoft/sarif-multitool 5.7.0 lists rules GH1001 to GH1007 for what GitHub ingests, and GH1006 is about locations that
# GitHub cannot show; `validate --rule-kind Ghas` reports none of them for a log whose only location is a file:/// address
# without a region. What GitHub would refuse passes.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm install --silent --no-fund --no-audit @microsoft/sarif-multitool@5.7.0 >/dev/null
tool=$(find node_modules -type f -name Sarif.Multitool | head -n 1)
chmod u+x "$tool"
"$tool" export-validation-rules rules.md >/dev/null
cat >log.sarif <<'LOG'
{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{
  "tool": {"driver": {"name": "Example", "rules": [{"id": "E1", "name": "Example", "shortDescription": {"text": "An example."}}]}},
  "results": [{"ruleId": "E1", "message": {"text": "A finding."}, "locations": [
    {"physicalLocation": {"artifactLocation": {"uri": "file:///src/project/file.c"}}}]}]}]}
LOG
"$tool" validate log.sarif --rule-kind 'Gh;Ghas' --output said.sarif --log ForceOverwrite >/dev/null || true
listed=$(grep -o 'GH100[0-9]' rules.md | sort -u | tr '\n' ' ')
said=$(grep -o '"ruleId": "GH[0-9]*' said.sarif | grep -o 'GH.*' | sort -u | tr '\n' ' ')
echo "listed: $listed"
echo "said of the log: $said"
case $listed in *GH1006*) ;; *) exit 1 ;; esac
case $said in *GH100*|'') exit 1 ;; esac
