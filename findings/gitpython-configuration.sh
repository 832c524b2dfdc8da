#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# GitPython 3.2.1 reads other settings than git: a command with a quoted word keeps its quotes, GIT_CONFIG_GLOBAL and a work
# tree's own file do not count, and with an includeIf "hasconfig:..." nothing can be read at all. A file that it writes to
# loses its comments.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --disable-pip-version-check GitPython==3.2.1
cd "$room"
export HOME="$room" XDG_CONFIG_HOME="$room/none" GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL="$room/mine"
git config --file mine user.name Mine
for one in reading writing tree company; do
	git init -q "$one"
done
printf '[b4]\n\tcheck = ./checkpatch.pl "--one=a b" -q\n' >>reading/.git/config
printf '# my own note\n[b4]\n\tcheck = a\n' >>writing/.git/config
git -C tree config extensions.worktreeConfig true
git -C tree config --worktree user.name Tree
git -C company config remote.origin.url https://company.example/x
printf '[includeIf "hasconfig:remote.*.url:https://company.example/**"]\n\tpath = ../../mine\n' >>company/.git/config
git -C reading config b4.check
git -C reading config user.name
git -C tree config user.name
git -C company config user.name
venv/bin/python - <<'END' 2>/dev/null | tee said
import configparser

import git

print(git.Repo("reading").config_reader().get_value("b4", "check"))
with git.Repo("writing").config_writer() as writer:
    writer.add_value("b4", "other", "new")
for name in ("reading", "tree", "company"):
    try:
        print(name, git.Repo(name).config_reader().get_value("user", "name"))
    except (configparser.Error, RecursionError) as error:
        print(name, type(error).__name__)
END
[ "$(cat said)" = './checkpatch.pl "--one=a b" -q
reading NoSectionError
tree NoSectionError
company RecursionError' ]
cat writing/.git/config
grep -c 'other = new' writing/.git/config
if grep -q 'my own note' writing/.git/config; then exit 1; fi
