# SPDX-License-Identifier: GPL-2.0-only
"""Lines that a patch takes out of a file wherever they stand: of one more, nobody has said what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator import lines
from generator.rendering import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from generator.fragment import Fragments
    from generator.rendering import Made
    from generator.tree import Overlay
    from patchset.edits import Patch


def left_over(made: Sequence[Made], patch: Patch, overlay: Overlay, fragments: Fragments) -> Iterator[Failure]:
    """Yield a failure for each edit of a patch that should have left no line of some kind, and did."""
    wanted = [one for one in made if one.patch == patch.number and not one.skipped]
    for path in dict.fromkeys(one.file for one in wanted if one.edit.every):
        text = overlay.read(path) or b""
        kinds = {kind for one in wanted if one.file == path for kind in one.edit.every}
        if not any(all(word in text for word in lines.TOKEN.findall(kind.encode())) for kind in kinds):
            continue
        written = {
            line.tokens
            for one in wanted
            if one.file == path and one.edit.template
            for line in lines.read(fragments.raw(one.edit.template))
        }
        here = [line for line in lines.read(text) if line.tokens not in written]
        for made_one, gone in ((one, kind) for one in wanted if one.file == path for kind in one.edit.every):
            words = tuple(lines.TOKEN.findall(gone.encode()))
            left = next((line for line in here if _has(line.tokens, words)), None)
            if left is not None:
                number = lines.number(text, left.start)
                why = f"the patch leaves no other `{gone}` in the file, and line {number} still is one"
                hint = "add an edit for that line; or take it out of `every`, if it shall stay"
                yield Failure(patch.number, made_one.edit, path, (why,), hint=hint)


def _has(tokens: tuple[bytes, ...], wanted: tuple[bytes, ...]) -> bool:
    """Tell whether some words stand in a line, one behind the other."""
    if wanted[0] not in tokens:
        return False
    return any(tokens[at : at + len(wanted)] == wanted for at in range(len(tokens) - len(wanted) + 1))
