# SPDX-License-Identifier: GPL-2.0-only
"""A definition is read strictly: every mistake names its file, its line and its key."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.userland import companion
from patchset.anchors import INNER, SCOPES, STATEMENTS, Anchor, Place
from patchset.edits import PROBE_KINDS
from patchset.errors import InputError
from patchset.loader import known, load, read
from patchset.snapshot import safe_path
from tests.conftest import SERIES_TOML
from tests.fake import FAKESERIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from patchset.types import Series

EDIT = """\
[[edit]]
id = "one"
files = ["kernel/widget.c"]
at = [{ function = "widget_add", place = "after" }]
template = "one.j2"
"""


def test_a_whole_definition(define: Callable[..., Series]) -> None:
    series = define(EDIT + 'when = ["elsewhere"]\ncond = ["", "CONFIG_X"]\n', one="x\n")
    (patch,) = series.patches
    (edit,) = patch.edits
    assert (series.name, patch.number, patch.subject, patch.message) == ("fake", 1, "fake: do it", "Because.\n")
    assert edit.at == (Anchor(function="widget_add", where=Place.AFTER),)
    assert (edit.when, edit.cond) == (("elsewhere",), ("", "CONFIG_X"))


def test_what_a_patch_of_tests_needs_each_of_its_edits_needs(define: Callable[..., Series]) -> None:
    series = define('tests = true\nwhen = ["elsewhere"]\n' + EDIT, one="x\n")
    assert [edit.when for edit in series.patches[0].edits] == [("elsewhere",)]


def test_the_digest_follows_every_byte(define: Callable[..., Series]) -> None:
    series = define(EDIT, one="x\n")
    first = series.digest
    assert define(EDIT, one="x\n").digest == first
    assert define(EDIT, one="y\n").digest != first
    assert define(EDIT + "\n", one="x\n").digest != first
    assert series.digest == first, "what was asked for once stays"


MISTAKES = {
    "key": (EDIT.replace("template", "tempalte"), "first.toml:7: unknown key 'tempalte'", "did you mean 'template'?"),
    "type": (EDIT.replace('id = "one"', "id = 1"), "first.toml:4: 'id' must be a string", ""),
    "missing": (EDIT.replace('id = "one"\n', ""), "first.toml:3: the key 'id' is missing", ""),
    "list": (EDIT.replace('["kernel/widget.c"]', "[1]"), "first.toml:5: 'files[0]' must be a string", ""),
    "empty": (EDIT.replace('["kernel/widget.c"]', "[]"), "first.toml:5: 'files' is empty", ""),
    "scope": (
        EDIT.replace("function =", "functoin ="),
        "first.toml:6: unknown key 'functoin'",
        "did you mean 'function'?",
    ),
    "scopes": (
        EDIT.replace("{ function", '{ struct = "s", function'),
        "first.toml:6: an anchor needs exactly one of",
        "",
    ),
    "inner": (EDIT.replace(", place", ', call = "a", assign = "b", place'), "one inner word", ""),
    "stmt": (
        EDIT.replace(", place", ', stmt = "iff", place'),
        "first.toml:6: 'stmt' = 'iff' is not one of if, for, while",
        "did you mean 'if'?",
    ),
    "no place": (
        EDIT.replace(', place = "after"', ""),
        "first.toml:6: the key 'place' is missing",
        "one of before, after, replace, delete, start, end",
    ),
    "no template": (
        EDIT.replace("one.j2", "ome.j2"),
        "first.toml:7: there is no file ",
        "did you mean 'one.j2'?",
    ),
    "place": (
        EDIT.replace('"after"', '"behind"'),
        "first.toml:6: 'place' = 'behind' is not one of before, after",
        "did you mean 'end'?",
    ),
    "regex": (
        EDIT.replace(", place", ', stmt = "if", match = "(", place'),
        "first.toml:6: 'match' is not a regular expression",
        "",
    ),
    "probe": (EDIT + 'when = ["elswhere"]\n', "first.toml:8: there is no probe 'elswhere'", "elsewhere"),
    "when": ('tests = true\nwhen = ["elswhere"]\n' + EDIT, "first.toml:4: there is no probe 'elswhere'", "elsewhere"),
    "posted": ('when = ["elsewhere"]\n' + EDIT, "first.toml:3: a patch that is posted is there on every base", ""),
    "template": (EDIT.replace("one.j2", "../one.j2"), "first.toml:7: '../one.j2' leaves its folder", ""),
    "path": (EDIT.replace("kernel/widget.c", "/etc/passwd"), "first.toml:5: '/etc/passwd' leaves its folder", ""),
    "delete": (EDIT.replace('"after"', '"delete"'), "first.toml:7: edit 'one': 'delete' takes no template", ""),
    "nothing": ("", "first.toml:1: the key 'edit' is missing", ""),
    "no edit": ("edit = []", "first.toml:3: 'edit' is empty", ""),
    "twice": (EDIT + EDIT, "first.toml:9: two edits are called 'one'", "first.toml"),
    "toml": ("at = [", "first.toml:3: ", ""),
}


@pytest.mark.parametrize("how", MISTAKES)
def test_mistake(define: Callable[..., Series], how: str) -> None:
    edits, message, hint = MISTAKES[how]
    with pytest.raises(InputError) as raised:
        define(edits, one="x\n")
    assert message in raised.value.message
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'files = ["kernel/elsewhere.c"]',
            'has = "x"\nmacro = "y"\nfiles = ["a"]',
            "series.toml:11: a probe looks for one thing",
        ),
        (
            'files = ["kernel/elsewhere.c"]',
            'has = "x"\nmember = "y"\nfiles = ["a"]',
            "series.toml:12: 'member' goes with struct only",
        ),
        (
            'files = ["kernel/elsewhere.c"]',
            'has = "("\nfiles = ["a"]',
            "series.toml:11: 'has' is not a regular expression",
        ),
        (
            'patches = ["first"]',
            'patches = ["../x"]',
            "series.toml:3: 'patches[0]' = '../x' is not a name for a patch",
        ),
        ('patches = ["first"]', 'patches = ["second"]', "series.toml:3: there is no file "),
        ('patches = ["first"]', "patches = []", "series.toml:3: 'patches' is empty"),
        ('patches = ["first"]', 'patches = ["first", "first"]', "series.toml:3: the patch 'first' stands there twice"),
        ('name = "fake"', 'name = "fake"\nnaem = "x"', "series.toml:2: unknown key 'naem'"),
        (
            "[probe.elsewhere]",
            '[[present]]\nprobe = "nothing"\nwhat = "w"\n[probe.elsewhere]',
            "series.toml:11: there is no probe 'nothing'",
        ),
        (
            "[probe.elsewhere]",
            '[[present]]\nprobe = "marked"\nwhat = "w"\npasses = { a = "marked", b = "x" }\n[probe.elsewhere]',
            "series.toml:13: there is no probe 'x'",
        ),
    ],
)
def test_mistake_in_the_series(define: Callable[..., Series], old: str, new: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        define(EDIT, series=SERIES_TOML.replace(old, new), one="x\n")
    assert message in raised.value.message


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_template(define: Callable[..., Series], text: str) -> None:
    with pytest.raises(InputError, match=r"/first\.toml:7: the template /.*/one\.j2 is empty") as raised:
        define(EDIT, one=text)
    assert "delete" in raised.value.hint


def test_errors_name_files_as_they_can_be_opened(
    define: Callable[..., Series], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    define(EDIT, one="x\n")
    toml, body, template = tmp_path / "series/first.toml", tmp_path / "series/first.txt", tmp_path / "c/one.j2"
    monkeypatch.chdir(tmp_path)
    for file, content, message in (
        (template, b"x\n\xff\n", r"^c/one\.j2:2: the byte 0xff is not UTF-8$"),
        (toml, b"x = 1\n", r"^series/first\.toml:1: unknown key 'x'$"),
        (body, b"\n\n\xe9", r"^series/first\.txt:3: the byte 0xe9 is not UTF-8$"),
    ):
        file.write_bytes(content)
        with pytest.raises(InputError, match=message):
            read(tmp_path / "series", tmp_path / "c")
    body.write_text("Because.\n")
    monkeypatch.chdir("/")
    with pytest.raises(InputError, match=f"^{str(tmp_path)[1:]}/series/first\\.toml:1: "):
        read(tmp_path / "series", tmp_path / "c")


def test_a_folder_that_is_gone_is_no_place_to_stand_in(
    define: Callable[..., Series], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(InputError, match=f"^{tmp_path}/series/first\\.toml:3: "):
        define("x = 1", one="x\n")


def test_a_series_that_is_not_there() -> None:
    with pytest.raises(InputError) as raised:
        load("lux-kdump")
    assert "luks-kdump" in raised.value.hint


def test_the_series_that_comes_with_respin_can_be_read() -> None:
    assert known() == ["crash-dm-crypt", "luks-kdump"]
    series = load("luks-kdump")
    tests = [patch.tests for patch in series.patches]
    assert tests == sorted(tests)
    assert {*tests} == {False, True}
    assert series.chosen(with_tests=False) == series.patches[: tests.index(True)]
    assert series.chosen(with_tests=True) == series.patches


def test_every_template_of_the_series_is_used_and_there() -> None:
    series = load("luks-kdump")
    folder = Path(str(series.templates))
    used = {edit.template for patch in series.patches for edit in patch.edits if edit.template}
    guest = {"guest/init.j2", "guest/luks-guest.c.j2"}  # of the crash test: checks/crash/initramfs.py
    there = {path.relative_to(folder) for path in folder.rglob("*.j2")}
    userland = {path for path in there if path.parts[0] == companion.FOLDER}
    assert {path.parts[1] for path in userland} == {companion.COMMON, *companion.kinds(series)}
    assert used | guest == {str(path) for path in there - userland}


def test_every_word_of_an_anchor_can_be_written(define: Callable[..., Series]) -> None:
    """The words of the documentation are those of the loader."""
    text = (Path(__file__).parents[2] / "docs" / "edits.md").read_text()
    for word in (*SCOPES, *INNER, *STATEMENTS, *Place):
        assert word in text, word
    assert set(PROBE_KINDS) >= {"function", "struct", "kconfig", "has"}
    for place in ("before", "after", "replace"):
        assert define(EDIT.replace('"after"', f'"{place}"'), one="x\n").patches[0].edits[0].at[0].place == place


@pytest.mark.parametrize(
    "path", ["", ".", "/a", "../a", "a/../b", "a//b", "a/./b", "./a", "a/", "a\\b", 'a"b', "a\nb", "a\0"]
)
def test_an_odd_path_is_not_safe(path: str) -> None:
    assert not safe_path(path)


@pytest.mark.parametrize("path", ["a", "a/b.c", ".clang-format", "Documentation/a b.rst", "a..b/c", "\u00e4"])
def test_a_plain_path_is_safe(path: str) -> None:
    assert safe_path(path)


@given(st.text() | st.lists(st.sampled_from(["..", ".", "/", "a", "\n", "\0", "\\", " "])).map("".join))
def test_a_safe_path_never_leaves_its_folder(text: str) -> None:
    if safe_path(text):
        folder = Path("/folder/of/its/own")
        assert (folder / text).is_relative_to(folder)
        assert ".." not in Path(text).parts
        assert "\n" not in text


@given(edits=st.text(alphabet=st.sampled_from('[]{}="\n ,.abdefilt'), max_size=60))
def test_any_patch_file_is_read_or_an_input_error(edits: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("series")
    (folder / "series.toml").write_text(SERIES_TOML)
    (folder / "first.toml").write_text(edits)
    (folder / "first.txt").write_text("m\n")
    with pytest.raises(InputError):
        read(folder, folder)


def test_a_series_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a path; a name never means a folder that happens to be here."""
    shutil.copytree(FAKESERIES, tmp_path / "here" / "mine")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in (str(tmp_path / "here/mine"), "./mine", "mine/"):
        assert load(name).digest == read(FAKESERIES, FAKESERIES / "c").digest
    with pytest.raises(InputError, match=r"^there is no series 'mine'$") as caught:
        load("mine")
    assert caught.value.hint == "did you mean ./mine? known series: crash-dm-crypt, luks-kdump"
    with pytest.raises(InputError, match=r"^\./nothing is not the definition of a series: it has no series.toml$"):
        load("./nothing")
    monkeypatch.chdir(tmp_path / "here/mine")
    assert load(".").name == "fake"


@pytest.fixture
def sharing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two series of the user's own: `mine` is a whole one, `other` has a patch of it, and a fragment in its own patch."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    own = tmp_path / "respin/series"
    shutil.copytree(FAKESERIES, own / "mine")
    (own / "other").mkdir()
    text = SERIES_TOML.replace('name = "fake"', 'name = "other"').replace('["first"]', '["random", "first"]')
    text = text.replace("[probe.marked]", "[probe.random]")
    (own / "other/series.toml").write_text('shares = "mine"\n' + text)
    (own / "other/first.toml").write_text('subject = "s"\n' + EDIT.replace("one.j2", "gadget/reset.c.j2"))
    (own / "other/first.txt").write_text("Because.\n")
    return own


def test_a_series_shares_patches_and_fragments_of_another_one(sharing: Path) -> None:
    mine, other = load("mine"), load("other")
    assert [patch.name for patch in other.patches] == ["random", "first"]
    assert other.patches[0] == next(patch for patch in mine.patches if patch.name == "random")
    shared = other.templates.joinpath("gadget/reset.c.j2")
    assert shared.read_bytes() == (sharing / "mine/c/gadget/reset.c.j2").read_bytes()
    assert str(shared) == str(sharing / "mine/c/gadget/reset.c.j2"), "an error names the file that is there"
    assert not other.has("gadget.toml"), "what it does not ask for is not a part of it"
    assert not other.has("checks.toml")


def test_what_runs_in_the_guest_is_shared_by_a_series_that_wants_something_proven(sharing: Path) -> None:
    guest = sharing / "mine/c/guest"
    guest.mkdir()
    (guest / "init.j2").write_text("theirs\n")
    (guest / "helper.c.j2").write_text("theirs\n")
    assert not load("other").templates.joinpath("guest").is_dir()
    (sharing / "other/checks.toml").write_text("")
    own = sharing / "other/c/guest"
    own.mkdir(parents=True)
    (own / "init.j2").write_text("ours\n")
    shared = load("other").templates.joinpath("guest")
    assert [one.read_text("utf-8") for one in shared.iterdir()] == ["theirs\n", "ours\n"]


def test_a_file_of_its_own_comes_before_a_shared_one(sharing: Path) -> None:
    (sharing / "other/random.txt").write_text("Another reason.\n")
    assert load("other").patches[0].message == "Another reason.\n"
    assert load("mine").patches[0].message != "Another reason.\n"


def test_the_digest_follows_what_is_shared_and_nothing_else(sharing: Path) -> None:
    first = load("other").digest
    (sharing / "mine/gadget.txt").write_text("Not shared.\n")
    assert load("other").digest == first
    (sharing / "mine/random.txt").write_text("Shared.\n")
    assert load("other").digest != first


def test_a_mistake_in_a_shared_file_names_that_file(sharing: Path) -> None:
    (sharing / "mine/random.toml").write_text("subject = 1\n")
    with pytest.raises(InputError, match=rf"^{sharing}/mine/random\.toml:1: "):
        load("other")


def test_a_series_that_is_not_there_shares_nothing(sharing: Path) -> None:
    file = sharing / "other/series.toml"
    file.write_text(file.read_text().replace('"mine"', '"nine"'))
    with pytest.raises(InputError, match=r"other/series\.toml:1: there is no series 'nine'"):
        load("other")
    file.write_text(file.read_text().replace('shares = "nine"', ""))
    with pytest.raises(InputError, match=r"random\.toml"):
        load("other")


def test_a_series_of_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert known() == ["crash-dm-crypt", "luks-kdump"]
    shutil.copytree(FAKESERIES, tmp_path / "respin/series/mine")
    assert known() == ["crash-dm-crypt", "luks-kdump", "mine"]
    assert load("mine").title == read(FAKESERIES, FAKESERIES / "c").title
