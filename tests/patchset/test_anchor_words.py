# SPDX-License-Identifier: GPL-2.0-only
"""An anchor whose words do not go together is refused when it is read, not misunderstood when it is used."""

from __future__ import annotations

import contextlib
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchset.anchors import INNER, PLACES, SCOPES, Anchor, Place
from patchset.errors import InputError
from patchset.loader import read
from tests.conftest import SERIES_TOML

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from patchset.types import Series

EDIT = '[[edit]]\nid = "one"\nfiles = ["kernel/widget.c"]\nat = [{{ {at} }}]\n{template}'


def anchor(define: Callable[..., Series], at: str) -> Anchor:
    template = "" if 'place = "delete"' in at else 'template = "one.j2"\n'
    return define(EDIT.format(at=at, template=template), one="x\n").patches[0].edits[0].at[0]


WORDS = {
    "create": "create = true",
    "member": 'struct = "s", member = "m"',
    "element": 'variable = "v", element = "e"',
    "decls": 'function = "f", decls = "end"',
    "stmt": 'function = "f", stmt = "if"',
    "call": 'function = "f", call = "g"',
    "assign": 'function = "f", assign = "a"',
    **{scope: f'{scope} = "x"' for scope in SCOPES if scope not in {"create", "rename", "mode"}},
}
"""Words with a value; a file that is moved or gets another mode takes no fragment, and is tested below."""


@pytest.mark.parametrize(
    ("at", "told"), [('rename = "b.c"', "replace rename b.c"), ('mode = "100755"', "replace mode 100755")]
)
def test_a_file_that_is_moved_or_gets_a_mode_takes_no_fragment(
    define: Callable[..., Series], at: str, told: str
) -> None:
    with pytest.raises(InputError, match="'delete' takes no template, everything else needs one"):
        anchor(define, at)
    assert str(define(EDIT.format(at=at, template="")).patches[0].edits[0].at[0]) == told


@pytest.mark.parametrize(("word", "place"), list(product(WORDS, Place)), ids=str)
def test_a_word_takes_its_places_and_no_other(define: Callable[..., Series], word: str, place: Place) -> None:
    at = f'{WORDS[word]}, place = "{place}"'
    if place in PLACES[word]:
        assert anchor(define, at).place is place
    else:
        with pytest.raises(InputError, match=f"first.toml:6: '{place}' is not a place of {word}") as raised:
            anchor(define, at)
        assert raised.value.hint == f"one of {', '.join(PLACES[word])}"


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ('function = "f", body = "start", place = "end"', "'end' is not a place of body"),
        ('function = "f"', "the key 'place' is missing"),
        ('function = "f", body = "middle"', "'body' = 'middle' is not one of start, end"),
        ('function = "f", decls = "start"', "'decls' = 'start' is not one of end"),
        ('kconfig = "X", stmt = "if", place = "before"', "'stmt' is nothing that a kconfig has"),
        ('struct = "s", body = "end"', "'body' is nothing that a struct has"),
        ('function = "f", member = "m", place = "after"', "'member' is nothing that a function has"),
        ('function = "f", call = "g", match = "x", place = "after"', "'match' goes with stmt only"),
        ('function = "f", has = "x", place = "after"', "'has' goes with makefile only"),
        ('variable = "v", in_cond = "X", place = "after"', "'in_cond' goes with function, struct only"),
        ('function = "f", call = "g", nth = -1, place = "after"', "'nth' = -1 must be at least 1"),
        ('function = "f", nth = 2, place = "after"', "'nth' goes with assign, call, cond"),
        ('function = "f", call = "g", nth = true, place = "after"', "'nth' must be a whole number"),
        ('function = "f", call = "g", depth = 0, place = "after"', "'depth' = 0 must be at least 1"),
        ('function = "f", depth = 2, place = "after"', "'depth' goes with assign, call, stmt only"),
        ("create = false", "'create' is true, or is not there"),
        ('function = ["f"], place = "after"', "'function' must be a string"),
        ('function = "f", stmt = "if", match = "a{99999999999}", place = "after"', "not a regular expression"),
        ('variable = "v", element = "(", place = "after"', "'element' is not a regular expression"),
        ('struct = "s", function = "f", macro = "m", place = "after"', "an anchor needs exactly one of"),
    ],
)
def test_words_that_do_not_go_together(
    define: Callable[..., Series], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as raised:
        anchor(define, at)
    assert message in raised.value.message
    assert raised.value.message.startswith("series/first.toml:6: ")


def test_what_an_anchor_says_of_itself(define: Callable[..., Series]) -> None:
    at = 'function = "f", in_cond = "X", stmt = "if", match = "a", nth = 2, place = "after"'
    assert str(anchor(define, at)) == "after function f under X > stmt if /a/ #2"
    assert str(anchor(define, 'makefile = "obj-y", has = "a.o", place = "after"')) == "after makefile obj-y += a.o"


VALUES = st.sampled_from(
    ['"x"', '"end"', '"before"', '"("', "1", "-1", "true", "[]", '["a"]', "{}", "1.5", "1979-05-27"]
)
KEYS = st.sampled_from(["place", "match", "has", "nth", "in_cond", "nonsense", "'", *SCOPES, *INNER])
EDIT_KEYS = ["id", "files", "at", "template", "when", "unless", "cond", "nonsense"]


@given(
    st.lists(st.tuples(KEYS, VALUES), max_size=5),
    st.dictionaries(st.sampled_from(EDIT_KEYS), VALUES, max_size=4),
)
def test_any_words_and_values_are_read_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, at: list[tuple[str, str]], edit: dict[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("series")
    made = ", ".join(f"{key} = {value}" for key, value in at)
    known = {"id": '"a"', "files": '["a"]', "template": '"a"', "at": f"[{{ {made} }}]"} | edit
    text = "".join(f"{key} = {value}\n" for key, value in known.items())
    (folder / "series.toml").write_text(SERIES_TOML)
    (folder / "first.toml").write_text(f'subject = "s"\nmarker = "marked"\n[[edit]]\n{text}')
    (folder / "first.txt").write_text("m\n")
    with contextlib.suppress(InputError):
        assert read(folder, folder).patches
