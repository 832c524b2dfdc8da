# SPDX-License-Identifier: GPL-2.0-only
"""`respin b4-setup`: write into a repository's git configuration that b4 is to call `respin b4-check`.

b4 (0.16) takes the commands of `b4 review` from git's configuration alone. Those of `b4 prep --check` stand in the work
tree's .b4-config too, for everybody who has the tree, and b4 runs what stands in either place. So both are written into
the configuration, and what .b4-config has already is not repeated.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from generator.process import command_line
from generator.theirs import above, git, line
from patchset.errors import InputError
from patchset.loader import is_path, load
from respin.judged import judged_options
from respin.lines import tell
from respin.options import PathType, settings_options

PATCH, SERIES = "b4.prep-perpatch-check-cmd", "b4.review-series-check-cmd"
SHARED = ".b4-config"
"""b4's file at the top of a work tree."""
CHECKPATCH = "scripts/checkpatch.pl"
_OURS = r"(^|/)respin'? b4-check( |$)"
_FOLDER = PathType(path_type=Path, file_okay=False, exists=True)


@click.command("b4-setup")
@click.argument("repository", metavar="[DIR]", type=_FOLDER, default=Path())
@judged_options
@settings_options
def command(repository: Path, profiles: tuple[str, ...], series_name: str | None) -> None:
    """Let b4 call respin's checks in the repository DIR (default: this one), beside those that it calls already.

    A second call replaces what the first one wrote.
    """
    top = line(repository, "rev-parse", "--show-toplevel")
    if not top:
        above(repository)  # raises where there is one that git cannot use
        raise InputError(f"{repository} is not in the work tree of a git repository", hint="b4 works in one")
    if series_name:
        load(series_name)  # a name that is none is refused now, not when b4 runs
        series_name = str(Path(series_name).resolve()) if is_path(series_name) else series_name
    options = [*(f"--profile={one}" for one in profiles), *([f"--series={series_name}"] if series_name else [])]
    program = _program()
    own = command_line([program, "b4-check", *options])
    shared = _shared(Path(top), PATCH)
    others = [one for one in (*_configured(repository, PATCH), *shared) if not re.search(_OURS, one)]
    if not others and (Path(top) / CHECKPATCH).is_file():
        # with a command of its own configured, b4 leaves out the checkpatch that it would run else
        default = f"./{CHECKPATCH} -q --terse --no-summary --mailback --showfile"
        git(repository, "config", "--add", PATCH, default)
        tell([f"{PATCH} = {default}"])
    for key, value in ((PATCH, own), (SERIES, command_line([program, "b4-check", "--json", *options]))):
        git(repository, "config", "--unset-all", key, _OURS, check=False)
        if key == PATCH and (theirs := next((one for one in shared if re.search(_OURS, one)), "")):
            tell([f"{key} is {theirs!r} in {SHARED} already, and stays so"])
            continue
        git(repository, "config", "--add", key, value)
        tell([f"{key} = {value}"])


def _program() -> str:
    """Return how b4 is to call this program: by its full path where it stands beside its interpreter."""
    beside = Path(sys.executable).with_name("respin")
    return str(beside) if beside.is_file() else "respin"


def _configured(repository: Path, key: str) -> list[str]:
    """Return the commands that b4 runs by any configuration of git's that counts in the repository."""
    return git(repository, "config", "--get-all", key, check=False).text.splitlines()


def _shared(top: Path, key: str) -> list[str]:
    """Return the commands that b4 runs by the work tree's own file."""
    return git(top, "config", "--file", str(top / SHARED), "--get-all", key, check=False).text.splitlines()
