# SPDX-License-Identifier: GPL-2.0-only
"""The proof of an import: rendered on its base, a definition gives the trees that the patches gave, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.commit import Stamp, commit_all
from generator.git import null, open_tree, talk
from generator.render import render
from generator.rendering import demand
from generator.tree import CachedTree
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.importing.applying import Applied
    from generator.shared import Shared
    from generator.store import Store
    from patchset.types import Series

_REPORT = "this is a bug in respin, and nothing was written: please report it, with the patch"


def proved(  # noqa: PLR0913 - one parameter a fact
    series: Series, applied: Sequence[Applied], store: Store, base: str, shared: Shared, *, with_tests: bool = True
) -> int:
    """Render a definition on the base it was made on; return how many trees are the same.

    Args:
        series: the definition.
        applied: the patches that it was made of.
        store: has the base, and takes the commits.
        base: how the user calls the base.
        shared: what was parsed so far.
        with_tests: True where each patch of the definition is one of these.

    Raises:
        InfrastructureError: one is not.
    """
    with open_tree(store.repository, store.base) as tree:
        rendering = demand(render(series, CachedTree(tree), with_tests=with_tests, shared=shared), base)
    commits = commit_all(store, rendering.patches, Stamp("respin <respin@localhost>", 0))
    wanted = _trees(applied, store)
    for one, commit, tree_id in zip(applied, commits, wanted, strict=True):
        if commit.tree != tree_id:
            raise InfrastructureError(f"{one.patch.name} does not come out as it went in", hint=_REPORT)
    for one, made in zip(applied, rendering.patches, strict=True):
        told = f"{one.patch.subject}\n\n{one.patch.body}".rstrip("\n") + "\n"
        if made.message != told:
            raise InfrastructureError(f"the message of {one.patch.name} does not come out as it went in", hint=_REPORT)
    return len(commits)


def _trees(applied: Sequence[Applied], store: Store) -> list[str]:
    """Return the trees of the base with the patches applied, made of the blobs that git made."""
    found = []
    with talk(store.repository, "-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--done") as say:
        say(b"feature done\n", 0)
        for number, one in enumerate(applied, 1):
            parent = f":{number - 1}" if number > 1 else store.base
            who = "committer respin <respin@localhost> 0 +0000"
            rows = [f"commit refs/respin\nmark :{number}\n{who}\ndata 0\n\nfrom {parent}"]
            rows += [f"D {path}" for each in one.changes for path in (each.was, each.path if each.gone else "") if path]
            rows += [f"M {each.modes[1]} {each.blobs[1]} {each.path}" for each in one.changes if not each.gone]
            found.append(say(("\n".join(rows) + f'\n\nls :{number} ""\n').encode(), 1)[0].split()[2])
        say(f"reset refs/respin\nfrom {null(store.base)}\n\ndone\n".encode(), 0)
    return found
