# SPDX-License-Identifier: GPL-2.0-only
"""The schemas for editors say what the loader takes; a definition that is broken at random is read, or refused with its line."""

from __future__ import annotations

import functools
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from patchset import schemas
from patchset.errors import InputError
from patchset.loader import load, read
from respin import newseries
from tests.examples import examples
from tests.fake import FAKESERIES

if TYPE_CHECKING:
    from patchset.types import Series

FOLDER = Path(schemas.__file__).with_name("schema")
OURS = load("luks-kdump")
WHOLE = (Path(str(OURS.folder)), FAKESERIES)


def kind(file: str) -> str:
    stem = file.removesuffix(".toml")
    return stem if stem in schemas.KINDS else "patch"


@functools.cache
def checker(of: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schemas.schema(of))


def refused(file: str, text: str) -> bool:
    """Tell whether the schema refuses a file."""
    return not checker(kind(file)).is_valid(tomli.loads(text))


def everything(series: Series) -> None:
    """Read all of a definition."""
    assert series.plan
    assert series.lint
    assert series.rules is not None
    assert series.history


@pytest.mark.parametrize("name", schemas.KINDS)
def test_a_schema_in_the_repository_is_what_the_tables_say(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text("utf-8") == schemas.text(name), "run `make schema` and commit it"
    jsonschema.Draft202012Validator.check_schema(schemas.schema(name))


def test_there_are_no_others() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(schemas.KINDS)


@pytest.mark.parametrize("folder", WHOLE, ids=lambda folder: folder.name)
def test_the_series_that_are_here_fit(folder: Path) -> None:
    files = list(folder.glob("*.toml"))
    assert files
    for file in files:
        assert [error.message for error in checker(kind(file.name)).iter_errors(tomli.loads(file.read_text()))] == [], (
            file.name
        )


def test_a_series_that_is_begun_fits() -> None:
    files = {path: text.decode() for path, text in newseries.smallest("mine").items() if path.endswith(".toml")}
    assert {kind(path) for path in files} == {"series", "patch", "checks", "lint", "history"}
    assert [path for path, text in files.items() if refused(path, text)] == []


def test_every_key_is_described() -> None:
    for name in schemas.KINDS:
        for table in schemas.schema(name)["$defs"].values():
            assert all(entry.get("description") for entry in table.get("properties", {}).values()), table["title"]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("random.toml", "template =", "tempalte ="),
        ("random.toml", 'place = "after"', 'place = "behind"'),
        ("random.toml", "{ struct = ", '{ macro = "m", struct = '),
        ("series.toml", "patches = [", 'patches = ["A b", '),
        ("checks.toml", 'link = "each"', 'link = "often"'),
        ("checks.toml", "least = 90", "least = 101"),
        ("checks.toml", "unloaded = 120", "unloaded = 29"),
        ("checks.toml", 'helper = "luks-guest"', 'helper = "../guest"'),
        ("checks.toml", '"length", "crc"]', '"length", "sum"]'),
        ("history.toml", 'change-id = "2022', 'change-id = "x'),
        ("lint.toml", 'profiles = ["tip"', 'profiles = ["net"'),
        ("rules.toml", 'patches = ["pass"]', "patches = [3]"),
    ],
)
def test_what_a_schema_refuses_the_loader_refuses(tmp_path: Path, file: str, old: str, new: str) -> None:
    text = (WHOLE[0] / file).read_text()
    assert old in text
    shutil.copytree(WHOLE[0], tmp_path / "s")
    (tmp_path / "s" / file).write_text(text.replace(old, new, 1))
    assert refused(file, text.replace(old, new, 1))
    with pytest.raises(InputError, match=rf"/{file}:\d+: "):
        everything(read(tmp_path / "s", Path(str(OURS.templates))))


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, str]:
    """Break a file of the series: without a line, with another value or key, or cut off."""
    file = draw(st.sampled_from(sorted(path.name for path in WHOLE[0].glob("*.toml"))))
    lines = (WHOLE[0] / file).read_text().split("\n")
    at = draw(st.integers(0, len(lines) - 1))
    key, _, value = lines[at].partition(" = ")
    other = draw(
        st.sampled_from(["1", "true", '"x"', '""', "[]", '["x"]', "[1]", "{}", "1979-05-27", "1.5", '["", ""]'])
    )
    how = draw(st.sampled_from(["gone", "value", "key", "cut", "twice"]))
    changed = {
        "gone": [],
        "value": [f"{key} = {other}"],
        "key": [f"{key}x = {value}"],
        "cut": [lines[at][: draw(st.integers(0, len(lines[at])))]],
        "twice": [lines[at]] * 2,
    }[how]
    return file, "\n".join([*lines[:at], *changed, *([] if how == "cut" else lines[at + 1 :])])


@settings(max_examples=examples(150))
@given(broken())
def test_a_broken_definition_is_read_or_refused_with_its_line(
    tmp_path_factory: pytest.TempPathFactory, change: tuple[str, str]
) -> None:
    file, text = change
    folder = tmp_path_factory.mktemp("s") / "s"
    shutil.copytree(WHOLE[0], folder)
    (folder / file).write_text(text)
    told = ""
    try:
        everything(read(folder, Path(str(OURS.templates))))
    except InputError as error:
        told = error.message
    assert not told or re.match(r"[\w./-]+\.toml:\d+: ", told), told
    try:
        outside = refused(file, text)
    except tomli.TOMLDecodeError:
        outside = True
    assert told or not outside, text
