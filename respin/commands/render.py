# SPDX-License-Identifier: GPL-2.0-only
"""`respin render BASE`: the series as commits on a ref, or as patch files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from generator.patchfiles import Style, write_patches
from generator.store import deliver
from respin.lines import tell
from respin.options import author_options, base_argument, output_options, series_option, settings, settings_options
from respin.progress import shown
from respin.session import Session
from respin.version import TOOL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from generator.commit import Commit
    from generator.store import Store


@click.command("render")
@base_argument
@output_options
@click.option("--with-tests", is_flag=True, help="Add the KUnit suites as the last patch.")
@series_option
@author_options
@settings_options
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    base: str,
    output: Path | None,
    ref: str | None,
    force: bool,
    with_tests: bool,
    series_name: str,
    author: str | None,
    date: str | None,
    signoff: bool,
) -> None:
    """Render the series on BASE.

    With --ref it becomes commits on a branch of the base's repository, with -o patch files as `git format-patch` writes
    them; with neither it is only tried. No work tree, index or current branch is touched.
    """
    with shown(settings()) as progress:
        session = Session(base, series_name, settings(), progress)
        session.want_ref(ref, force=force)
        stamp = session.stamp(author, date, signoff=signoff)
        rendering = session.render(with_tests=with_tests)
        with session.committed(rendering, stamp, whole=False) as (store, commits):
            files = write_patches(store, commits, output, style(session)) if output else None
            written = hand_out(session, store, commits, files=files, ref=ref, force=force)
    tell(written)
    if not (output or ref or settings().quiet):
        branch = "--ref NAME makes a branch of them" if session.base.public else "`respin apply` changes a folder"
        click.echo(f"respin: nothing was written: -o DIR writes patch files, {branch}", err=True)


def style(session: Session) -> Style:
    """Return how patch files of a base look."""
    return Style(signature=TOOL, base_line=session.base.public)


def hand_out(  # noqa: PLR0913 - one parameter an option
    session: Session, store: Store, commits: Sequence[Commit], *, files: list[Path] | None, ref: str | None, force: bool
) -> list[str]:
    """Put commits on the ref that the options name, if any; return a line for each thing that is there now."""
    lines = [f"{one.sha[:12]} {one.subject}" for one in commits] if files is None else [str(file) for file in files]
    target = session.base.repository
    if ref and target is not None:
        full, moved = deliver(store, commits[-1].sha, target, ref, force=force)
        lines.append(f"{full} is {'now' if moved else 'up to date:'} {commits[-1].sha}")
    return lines
