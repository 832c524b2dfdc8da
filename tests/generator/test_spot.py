# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from generator.spot import AnchorError, at, line_end, line_start, near


def test_near_names() -> None:
    names = ["kexec_add_buffer", "kexec_load", "crash_save", "panic"]
    assert near("kexec_add_bufer", names)[0] == "kexec_add_buffer"
    assert near("zzz", names) == []
    assert near("zzz", ["a", "b", "a"]) == ["a", "b"]
    assert near("zzz", []) == []


def test_matches_are_told_as_they_are_and_names_by_likeness() -> None:
    assert AnchorError("two", ["line 3", "line 9"]).nearest == ("line 3", "line 9")
    assert AnchorError("none", like=("widgets", ["widget", "gadget"])).nearest[0] == "widget"


@given(st.binary(), st.integers(0, 50))
def test_a_line_is_between_its_newlines(text: bytes, offset: int) -> None:
    offset = min(offset, len(text))
    start, end = line_start(text, offset), line_end(text, offset)
    assert start <= offset <= end
    assert b"\n" not in text[start:offset]
    assert text[start:end].count(b"\n") == (1 if b"\n" in text[offset:] else 0)
    assert at(offset).start == at(offset).end == offset
