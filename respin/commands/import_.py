# SPDX-License-Identifier: GPL-2.0-only
"""`respin import RANGE|MBOX|QUILT|PATCH --on BASE --as DIR`: patches as a definition that renders to them."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from generator import bases, theirs
from generator.importing import applying, sources
from generator.importing.definition import Writer
from generator.importing.proof import proved
from generator.shared import Shared
from generator.source import Sources
from generator.store import opened
from generator.temporary import temporary
from patchset.loader import TEMPLATES, read
from respin import newseries
from respin.lines import tell
from respin.options import PathType, complete_base, settings, settings_options
from respin.progress import shown
from respin.report.text import line

_REMEMBERED = 4096
"""How many parsed files are kept between finding a place for each change and proving it: those of a large series."""


@click.command("import")
@click.argument("source", metavar="RANGE|MBOX|QUILT|PATCH")
@click.option("--on", "base", metavar="BASE", required=True, shell_complete=complete_base, help="What they apply to.")
@click.option("--as", "folder", metavar="DIR", type=PathType(path_type=Path), required=True, help="Where it is made.")
@click.option("--name", metavar="NAME", help="What it is called; default: as DIR is.")
@settings_options
def command(source: str, base: str, folder: Path, name: str | None) -> None:
    """Make a definition of patches that apply to BASE, in DIR, which is made, or is there and empty.

    The patches are commits (v6.1..topic), mails or an mbox, a quilt series (debian/patches/series), or one file. What
    is written was rendered on BASE before, and gave the same trees.
    """
    name = newseries.valid(name or folder.absolute().name)
    newseries.free(folder)
    with shown(settings()) as progress:
        progress.say(f"reading {source}")
        place = bases.find(base, settings().folder, progress.say)
        here = place.origin or place.repository or theirs.above(Path.cwd())
        with opened(place, settings().folder, progress.say) as store:
            found = sources.read(source, store.repository, here)
            progress.say(f"applying {len(found.patches)} patches to {place.name}")
            applied = applying.apply(found.patches, store, base, here)
            shared = Shared(sources=Sources(_REMEMBERED))
            title = (
                found.patches[0].subject if len(found.patches) == 1 else f"{len(applied)} patches of {_called(source)}"
            )
            progress.say("looking for a place for each change")
            made = Writer(applying.texts(applied, store), shared.sources).made(applied, name, title)
            files = {**newseries.letter(name), **made.files}
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
        done = f"{count} patches, {made.edits} edits: rendered on {base}, all {count} trees are the same"
        click.echo(f"respin: {line(done)}", err=True)
        click.echo(f"respin: next: respin explain BASE --series {shlex.quote(newseries.called(folder))}", err=True)


def _called(source: str) -> str:
    """Return what a source is called in a title."""
    path = Path(source)
    return path.resolve().parent.name if path.name == "series" else path.name if path.exists() else source
