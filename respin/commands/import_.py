# SPDX-License-Identifier: GPL-2.0-only
"""`respin import RANGE|MBOX|QUILT|PATCH --on BASE --as DIR`: patches as a definition that renders to them."""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator import bases, theirs
from generator.git import open_tree
from generator.importing import applying, sources
from generator.importing.definition import Writer
from generator.importing.proof import proved
from generator.importing.updating import Update, Versions, again, held, in_memory
from generator.resolving.writing import rewritten, writable
from generator.shared import Shared
from generator.source import Sources
from generator.store import opened
from generator.temporary import temporary
from generator.tree import CachedTree
from patchset.counted import counted
from patchset.errors import InputError
from patchset.loader import FILE, TEMPLATES, load, read
from respin import newseries
from respin.lines import tell
from respin.options import PathType, complete_base, settings, settings_options
from respin.progress import shown
from respin.report.text import line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.store import Store
    from respin.progress import ProgressLines

_REMEMBERED = 4096
"""How many parsed files are kept between finding a place for each change and proving it: those of a large series."""


@click.command("import")
@click.argument("source", metavar="RANGE|MBOX|QUILT|PATCH")
@click.option("--on", "base", metavar="BASE", required=True, shell_complete=complete_base, help="What they apply to.")
@click.option("--as", "folder", metavar="DIR", type=PathType(path_type=Path), required=True, help="Where it is made.")
@click.option("--name", metavar="NAME", help="What it is called; default: as DIR is.")
@click.option("--update", is_flag=True, help="Take a later version into the definition in DIR.")
@settings_options
def command(source: str, base: str, folder: Path, name: str | None, update: bool) -> None:
    """Make a definition of patches that apply to BASE, in DIR, which is made, or is there and empty.

    The patches are commits (v6.1..topic), mails or an mbox, a quilt series (debian/patches/series), or one file. What
    is written was rendered on BASE before, and gave the same trees.

    With --update a definition is in DIR already, of an earlier version: what was made by hand in it stays.
    """
    if update:
        _update(source, base, folder, name)
        return
    name = newseries.valid(name or folder.absolute().name)
    newseries.free(folder)
    with shown(settings()) as progress:
        with _taken(source, base, progress, folder) as (store, found, applied):
            shared = Shared(sources=Sources(_REMEMBERED))
            title = (
                found.patches[0].subject if len(found.patches) == 1 else f"{len(applied)} patches of {_called(source)}"
            )
            progress.say("looking for a place for each change")
            made = Writer(applying.texts(applied, store), shared.sources).made(applied, name, title)
            story = f"{title}. What each is for, and why, stands in its message."
            files = {**newseries.letter(name, story), **made.files}
            with temporary() as room:
                newseries.fill(room / "definition", files)
                progress.say("rendering them again")
                series = read(room / "definition", room / "definition" / TEMPLATES)
                count = proved(series, applied, store, base, shared)
        newseries.write(folder, files)
    tell(str(folder / path) for path in sorted(files) if path.endswith(".toml"))
    if not settings().quiet:
        for note in (*found.notes, *made.carried):
            click.echo(f"respin: {line(note)}", err=True)
        same = "all trees are the same" if count > 1 else "the tree is the same"
        done = f"{counted(count, 'patch')}, {counted(made.edits, 'edit')}: rendered on {base}, {same}"
        click.echo(f"respin: {line(done)}", err=True)
        click.echo(f"respin: next: respin explain BASE --series {shlex.quote(newseries.called(folder))}", err=True)


def _update(source: str, base: str, folder: Path, name: str | None) -> None:
    """Take a later version of some patches into the definition of an earlier one."""
    if name:
        raise InputError("--name cannot be used with --update: the definition has a name", hint="it stays as it is")
    old = load(str(folder.absolute()))
    writable(folder, [FILE])
    with shown(settings()) as progress:
        with _taken(source, base, progress) as (store, found, applied):
            shared = Shared(sources=Sources(_REMEMBERED))
            blobs = applying.texts(applied, store)
            made = Writer(blobs, shared.sources).made(applied, old.name, old.title)
            progress.say("comparing them with what the definition has")
            versions = Versions(old, again(old, store, shared), in_memory(made.files))
            with open_tree(store.repository, store.base) as tree:
                updated = Update(versions, CachedTree(tree), applied, blobs, shared).made()
            whole = {**dict(held(old)), **updated.files}
            with temporary() as room:
                newseries.fill(room / "definition", {path: body for path, body in whole.items() if body is not None})
                progress.say("rendering them again")
                series = read(room / "definition", room / "definition" / TEMPLATES)
                count = proved(series, applied, store, base, shared, with_tests=False)
        rewritten(folder, old, updated.files)
    tell(str(folder / path) for path in sorted(updated.files) if path.endswith(".toml"))
    if not settings().quiet:
        for note in (*found.notes, *updated.told):
            click.echo(f"respin: {line(note)}", err=True)
        changed = "nothing changed" if not updated.files else f"{counted(len(updated.files), 'file')} changed"
        done = f"{counted(count, 'tree')} the same, rendered on {base}; {changed}"
        click.echo(f"respin: {line(done)}", err=True)


@contextlib.contextmanager
def _taken(
    source: str, base: str, progress: ProgressLines, folder: Path | None = None
) -> Iterator[tuple[Store, sources.Read, list[applying.Applied]]]:
    """Read some patches and apply them to a base, whose store is open meanwhile.

    Args:
        source: the patches.
        base: what they apply to.
        progress: takes what is done.
        folder: where the definition is made, which must not become a part of the base.
    """
    progress.say(f"reading {source}")
    place = bases.find(base, settings().folder, progress.say)
    if place.folder and folder and folder.resolve().is_relative_to(place.folder.resolve()):
        raise InputError(f"{folder} is in {base}, and would be a part of it", hint="make the definition outside of it")
    here = place.origin or place.repository or theirs.above(Path.cwd())
    with opened(place, settings().folder, progress.say) as store:
        found = sources.read(source, store.repository, here)
        progress.say(f"applying {counted(len(found.patches), 'patch')} to {place.name}")
        yield store, found, applying.apply(found.patches, store, base, here)


def _called(source: str) -> str:
    """Return what a source is called in a title."""
    path = Path(source)
    return path.resolve().parent.name if path.name == "series" else path.name if path.exists() else source
