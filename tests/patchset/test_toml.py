# SPDX-License-Identifier: GPL-2.0-only
"""TOML, read strictly: an error names file, line, key and what is allowed."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, field

from patchset.errors import InputError
from patchset.toml import Table, Toml, Wrong, nearest, regular


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Low(Table, frozen=True):
    id: str
    files: Annotated[tuple[str, ...], Meta(min_length=1)] = ("a",)
    nth: Annotated[int, Meta(ge=1, le=9)] = 1
    colour: Colour = Colour.RED
    side: Literal["left", "right"] = "left"
    match: str = ""
    on: bool = False
    line: re.Pattern[str] | None = None
    name: Annotated[str, Meta(pattern=r"^\w+$(?!\n)", title="a name", description="letters and digits")] = "a"

    def __post_init__(self) -> None:
        regular(self, "match")
        if self.id == "bad":
            raise Wrong("it is bad", "id", hint="be good")
        if self.id == "worse":
            raise Wrong("it is worse")


class Top(Table, frozen=True):
    edits: tuple[Low, ...] = field(name="edit", default=())
    probe: dict[str, Low] = {}  # noqa: RUF012 - msgspec copies it
    set: dict[Annotated[str, Meta(pattern="^[A-Z]+$", title="a symbol")], str] = {}  # noqa: RUF012
    one: Low | None = None


EDITS = '[[edit]]\nid = "one"\n\n[[edit]]\nid = "two"\n'
WRONG = {
    "a type": (f"{EDITS}on = 1\n", "6: 'on' must be true or false", ""),
    "a number that is true": (f"{EDITS}nth = true\n", "6: 'nth' must be a whole number", ""),
    "a date": (EDITS.replace('"two"', "1979-05-27"), "5: 'id' must be a string", ""),
    "no array": ("edit = 1\n", "1: 'edit' must be an array", ""),
    "no table": ("# first\none = 1\n", "2: 'one' must be a table", ""),
    "no table in an array": ('edit = [\n  { id = "a" },\n  1,\n]\n', "3: 'edit[1]' must be a table", ""),
    "an element": (f'{EDITS}files = [\n  "a", # one\n  2,\n]\n', "8: 'files[1]' must be a string", ""),
    "a missing key": (EDITS.replace('id = "two"\n', "on = true\n"), "4: the key 'id' is missing", ""),
    "a missing key of a named table": ('[probe.a]\nid = "x"\n[probe.b]\non = true\n', "3: the key 'id' is missing", ""),
    "an unknown key": (f"{EDITS}mathc = 1\n", "6: unknown key 'mathc'", "did you mean 'match'?"),
    "an unknown key like none": (f"{EDITS}zzz = 1\n", "6: unknown key 'zzz'", "known keys: colour, files, id, line, "),
    "an unknown table": (f"{EDITS}[prode]\n", "6: unknown key 'prode'", "did you mean 'probe'?"),
    "an enum": (f'{EDITS}colour = "gren"\n', "6: 'colour' = 'gren' is not one of red, green", "did you mean 'green'?"),
    "a literal": (f'{EDITS}side = "up"\n', "6: 'side' = 'up' is not one of left, right", "known values: left, right"),
    "too small": (f"{EDITS}nth = 0\n", "6: 'nth' = 0 must be at least 1", ""),
    "too large": (f"{EDITS}nth = 10\n", "6: 'nth' = 10 must be at most 9", ""),
    "empty": (f"{EDITS}files = []\n", "6: 'files' is empty", ""),
    "a pattern": (f'{EDITS}name = "a\\n"\n', r"6: 'name' = 'a\n' is not a name", "letters and digits"),
    "an expression": (f'{EDITS}match = "("\n', "6: 'match' is not a regular expression: missing )", ""),
    "a compiled expression": (f'{EDITS}line = "a{{99999999999}}"\n', "6: 'line' is not a regular expression", ""),
    "one that matches all": (f'{EDITS}line = "a*"\n', "6: 'line' = 'a*' matches every line", ""),
    "one that is none": (f"{EDITS}line = 1\n", "6: 'line' must be a string", ""),
    "what a table says of a key": (EDITS.replace('"two"', '"bad"'), "5: it is bad", "be good"),
    "what a table says of itself": (EDITS.replace('"two"', '"worse"'), "4: it is worse", ""),
    "a table that is there or not": ('\n[one]\nid = "bad"\n', "3: it is bad", "be good"),
    "a name that is odd": ('[probe."a.b c"]\nid = "x"\n\n[probe."d`[0]"]\nid = 1\n', "5: 'id' must be a string", ""),
    "a key by a pattern": ('[set]\nA = "1"\nb = "2"\n', "3: 'b' = 'b' is not a symbol", ""),
    "a value below such a key": ('[set]\nA = "1"\nB = 2\n', "3: 'B' must be a string", ""),
    "a dotted key": ("probe.a.id = 1\n", "1: 'id' must be a string", ""),
    "an inline table": ('\nprobe = { a = { id = "x" }, b = { id = "y", nth = 0 } }\n', "2: 'nth' = 0 must be", ""),
    "behind a text of many lines": ('[[edit]]\nid = """\na = 1\n[b]\n"""\non = 1\n', "6: 'on' must be true", ""),
    "in a text of many lines": ('[[edit]]\nid = "a"\nline = """\n(\n"""\n', "3: 'line' is not a regular", ""),
}  # fmt: skip


@pytest.mark.parametrize("how", WRONG)
def test_what_is_wrong_is_told_with_its_line_and_what_is_allowed(how: str) -> None:
    text, message, hint = WRONG[how]
    with pytest.raises(InputError) as caught:
        Toml("x.toml", text).read(Top)
    assert caught.value.message.startswith(f"x.toml:{message}")
    assert caught.value.hint.startswith(hint)
    assert bool(caught.value.hint) is bool(hint)


def test_what_is_right_is_read() -> None:
    text = f'{EDITS}line = "a+"\nside = "right"\n[probe.a]\nid = "x"\ncolour = "green"\n[set]\nA = "1"\n'
    top = Toml("x.toml", text).read(Top)
    assert [one.id for one in top.edits] == ["one", "two"]
    assert top.edits[1].line == re.compile("a+")
    assert (top.probe["a"].colour, top.set, top.one) == (Colour.GREEN, {"A": "1"}, None)


def test_a_file_may_be_all_names() -> None:
    assert Toml("x.toml", '[a]\nid = "x"\n').read(dict[str, Low])["a"].id == "x"
    with pytest.raises(InputError, match=r"^x\.toml:3: the key 'id' is missing$"):
        Toml("x.toml", '[a]\nid = "x"\n["b c"]\n').read(dict[str, Low])


@pytest.mark.parametrize(
    ("path", "line"),
    [((), 1), (("edit",), 1), (("edit", 1), 4), (("edit", 1, "id"), 5), (("edit", 1, "none"), 4), (("none", 1), 1)],
)
def test_an_error_names_the_line_of_what_is_there_of_a_path(path: tuple[str | int, ...], line: int) -> None:
    assert Toml("x.toml", EDITS).error("m", *path).message == f"x.toml:{line}: m"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = ", 1),
        ("a = 1\na = 2", 2),
        ("[a]\n[a]", 2),
        (f"b = 1\na = {'9' * 5000}\nc = 1", 2),
        ("\n\na = " + "[" * 5000, 3),
        ("a = 2026-13-45", 1),
        ("\0", 1),
        ("\na = '\ud800'", 2),
    ],
    ids=["cut off", "twice", "table twice", "5000 digits", "5000 deep", "no date", "nul", "surrogate"],
)
def test_what_is_no_toml_is_an_input_error(text: str, line: int) -> None:
    with pytest.raises(InputError, match=rf"^x\.toml:{line}: "):
        Toml("x.toml", text).read(Top)


def test_the_nearest_word_or_all() -> None:
    assert nearest("tempalte", ["template", "when"], "keys") == "did you mean 'template'?"
    assert nearest("zzz", ["when", "template"], "keys") == "known keys: template, when"


@given(st.text() | st.text(alphabet='[]{}=".\n abdeimnoprt1'))
def test_any_text_is_read_or_an_input_error_with_its_line(text: str) -> None:
    error = None
    try:
        assert Toml("x.toml", text).read(Top)
    except InputError as caught:
        error = caught
    assert error is None or re.match(r"x\.toml:\d+: ", error.message)
