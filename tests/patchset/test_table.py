# SPDX-License-Identifier: GPL-2.0-only
"""TOML, read strictly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchset.errors import InputError
from patchset.table import Table

TEXT = """\
name = "a"
count = 3
on = true

[[edit]]
id = "one"

[[edit]]
id = "two"
at = [{ place = "x" }]

[probe.first]
files = ["a"]

[probe.second]
files = 1
"""


@pytest.fixture
def table() -> Table:
    return Table.parse("x.toml", TEXT)


def test_values_have_their_types(table: Table) -> None:
    assert (table.take("name", str), table.take("count", int), table.take("on", bool)) == ("a", 3, True)


def test_a_default_stands_in_for_what_is_absent(table: Table) -> None:
    assert table.take("absent", int, 7) == 7
    assert table.strings("absents", ("a",)) == ("a",)
    assert table.tables("nothing") == []
    with pytest.raises(InputError, match=r"x\.toml:1: the key 'needed' is missing"):
        table.take("needed", str)


@pytest.mark.parametrize(
    ("key", "kind", "words"),
    [("name", int, "a whole number"), ("count", str, "a string"), ("on", int, "a whole number"),
     ("count", bool, "true or false"), ("name", list, "an array"), ("name", dict, "a table")],
)  # fmt: skip
def test_a_wrong_type_is_named(table: Table, key: str, kind: type, words: str) -> None:
    with pytest.raises(InputError, match=rf"x\.toml:\d: '{key}' must be {words}"):
        table.take(key, kind)


def test_an_error_names_the_line_in_its_own_table(table: Table) -> None:
    one, two = table.tables("edit")
    assert [one.take("id", str), two.take("id", str)] == ["one", "two"]
    with pytest.raises(InputError, match=r"x\.toml:10: unknown key 'at'"):
        two.done()
    probes = dict(table.named("probe"))
    assert probes["first"].strings("files") == ("a",)
    with pytest.raises(InputError, match=r"x\.toml:16: 'files' must be an array"):
        probes["second"].strings("files")


def test_what_is_no_table_is_no_table() -> None:
    with pytest.raises(InputError, match=r"x\.toml:1: 'edit' must be an array of tables"):
        Table.parse("x.toml", "edit = [1]\n").tables("edit")
    with pytest.raises(InputError, match=r"x\.toml:2: 'probe.a' must be a table"):
        list(Table.parse("x.toml", "[probe]\na = 1\n").named("probe"))


def test_an_unknown_key_names_the_nearest_or_all() -> None:
    table = Table.parse("x.toml", "tempalte = 1\n")
    table.take("template", str, "")
    with pytest.raises(InputError) as raised:
        table.done()
    assert raised.value.hint == "did you mean 'template'?"
    other = Table.parse("x.toml", "zzz = 1\n")
    other.take("template", str, "")
    with pytest.raises(InputError) as raised:
        other.done()
    assert raised.value.hint == "known keys: template"


@pytest.mark.parametrize(
    "text",
    [
        "a = ",
        "a = 1\na = 2",
        "[a]\n[a]",
        f"a = {'9' * 5000}",
        "a = " + "[" * 5000,
        "a = 2026-13-45",
        "\0",
        "a = '\ud800'",
    ],
    ids=["cut off", "twice", "table twice", "5000 digits", "5000 deep", "no date", "nul", "surrogate"],
)
def test_what_is_no_toml_is_an_input_error(text: str) -> None:
    with pytest.raises(InputError, match=r"^x\.toml"):
        Table.parse("x.toml", text).done()


@given(
    st.recursive(st.integers() | st.text() | st.booleans(), lambda one: st.lists(one) | st.dictionaries(st.text(), one))
)
def test_any_value_is_taken_or_an_input_error(value: object) -> None:
    table = Table("x.toml", "", {"key": value})
    kinds: list[type] = [str, int, bool, list, dict]
    for kind in kinds:
        try:
            taken: object = Table("x.toml", "", {"key": value}).take("key", kind)
        except InputError:
            continue
        assert taken == value
        assert isinstance(taken, kind)
    with pytest.raises(InputError, match="unknown key 'key'"):
        table.done()
