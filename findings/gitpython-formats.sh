#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# GitPython 3.2.1 does not look at a repository's format: it lists the branches of one whose version git refuses, and opens
# one with SHA-256 ids as if it could be read, but cannot say what HEAD is.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --disable-pip-version-check GitPython==3.2.1
cd "$room"
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org
export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
git init -q -b main future
git init -q -b main --object-format=sha256 wide
for one in future wide; do
	git -C "$one" commit -q --allow-empty -m one
done
git -C future config core.repositoryformatversion 99
git -C future rev-parse HEAD 2>&1 | grep 'Expected git repo version'
git -C wide rev-parse HEAD
venv/bin/python - <<'END' | tee said
import git

print("future", [head.name for head in git.Repo("future").heads])
try:
    print("wide", git.Repo("wide").head.commit.hexsha)
except ValueError as error:
    print("wide", error)
END
[ "$(cat said)" = "future ['main']
wide Failed to parse reference information from 'refs/heads/main'" ]
