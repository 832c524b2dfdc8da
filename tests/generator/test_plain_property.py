# SPDX-License-Identifier: GPL-2.0-only
"""Whatever a series does to a plain directory, its reverse undoes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from generator import plain
from tests.examples import examples

TEXT = st.none() | st.binary(max_size=40)
CHANGES = st.dictionaries(st.sampled_from(["a", "b.c", "d/e", "d/f/g", "h/i"]), st.tuples(TEXT, TEXT), min_size=1)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@settings(max_examples=examples(30))
@given(CHANGES)
def test_reverse_restores_every_file(changes: dict[str, tuple[bytes | None, bytes | None]]) -> None:
    before = {path: old for path, (old, new) in changes.items() if old is not None or new is not None}
    after = {path: changes[path][1] for path in before}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, text in {"untouched": b"\0\r\n", **before}.items():
            if text is not None:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(text)
        untouched = _files(folder)
        if before == after:
            return
        plain.apply(folder, before, after)
        wanted = {path: text for path, text in after.items() if text is not None}
        assert _files(folder) == {"untouched": b"\0\r\n", **wanted}
        plain.apply(folder, after, before)
        assert _files(folder) == untouched
