# SPDX-License-Identifier: GPL-2.0-only
"""history.toml: what is in it, what is refused, and how a version is started."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from patchset import history
from patchset.errors import InputError
from patchset.loader import known, load, read
from patchset.types import COVER, HISTORY
from tests.fake import FAKESERIES

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
change-id = "20231114-widgets-0123456789ab"

[[list]]
address = "build@example.org"
files = ["Makefile"]

[[version]]
number = 1
prefix = "RFC"
link = "https://example.org/1/"

[[version]]
number = 2
link = "https://example.org/2/"
changes = ["better"]

# what comes
[next]
changes = ["best"]
"""


def test_what_is_in_it() -> None:
    told = history.parse(HISTORY, GOOD)
    assert told.change_id == "20231114-widgets-0123456789ab"
    assert told.lists == (history.MailingList("build@example.org", ("Makefile",)),)
    assert [str(one) for one in told.versions] == ["RFC v1", "v2"]
    assert told.upcoming == ("best",)
    assert (told.version(None), told.version(1)) == (told.versions[1], told.versions[0])
    with pytest.raises(InputError, match=r"no version 3; the last is v2"):
        told.version(3)


WRONG = {
    "a change-id without a date": ("20231114-", "2023-", "is not a valid change-id"),
    "a change-id that breaks its line": ('ab"\n\n[[list', 'ab\\n"\n\n[[list', "is not a valid change-id"),
    "versions out of order": ("number = 2", "number = 3", "this is version 2"),
    "an earlier version without its link": ('link = "https://example.org/1/"\n', "", "RFC v1 has no link"),
    "a link that is none": ("https://example.org/2/", "example.org", "is not a valid link"),
    "a version without changes": ('changes = ["better"]', "changes = []", "the changelog of v2 is empty"),
    "a change of two lines": ('["better"]', '["better\\nCc: x"]', "is not a change"),
    "a change with a bidi override": ('["better"]', '["bet\\u202eter"]', "is not a change"),
    "a prefix with a bracket": ('"RFC"', '"RFC] ["', "is not a valid prefix"),
    "an address that breaks its header": ("build@example.org", "build@example.org\\nX: y", "is not a valid address"),
    "a list of nothing": ('files = ["Makefile"]', 'files = [""]', r"history.toml:5: 'files\[0\]' is empty"),
    "an unknown key": ("number = 1", "number = 1\nlinks = 1", "unknown key 'links'"),
    "an unknown key below next": ('["best"]', '["best"]\nnumber = 3', "unknown key 'number'"),
    "no next": ('[next]\nchanges = ["best"]\n', "", "'next' is missing"),
    "no version": (GOOD[GOOD.index("[[version") : GOOD.index("# what")], "", "'version' is missing"),
}  # fmt: skip


@pytest.mark.parametrize("how", WRONG)
def test_what_is_refused(how: str) -> None:
    old, new, expected = WRONG[how]
    assert old in GOOD
    with pytest.raises(InputError, match=expected) as caught:
        history.parse(HISTORY, GOOD.replace(old, new, 1))
    assert re.match(r"history\.toml:\d+: ", caught.value.message)


def test_a_version_is_started_from_what_was_written_down_for_it() -> None:
    text = history.started(HISTORY, GOOD)
    told = history.parse(HISTORY, text)
    assert told.versions == (*history.parse(HISTORY, GOOD).versions, history.Version(3, "", "", ("best",)))
    assert told.upcoming == ()
    assert "# what comes\n[[version]]\nnumber = 3\n" in text


def test_no_version_is_started_without_changes_or_before_the_last_was_posted() -> None:
    with pytest.raises(InputError, match="the changelog of the next version is empty") as caught:
        history.started(HISTORY, GOOD.replace('["best"]', "[]"))
    assert "since v2" in caught.value.hint
    with pytest.raises(InputError, match="v2 is not posted yet"):
        history.started(HISTORY, GOOD.replace('link = "https://example.org/2/"\n', ""))


def test_a_file_that_is_laid_out_otherwise_is_not_rewritten_wrongly() -> None:
    inline = GOOD.replace('[next]\nchanges = ["best"]\n', "")
    with pytest.raises(InputError, match=r"\[next\] is not the last table"):
        history.started(HISTORY, f'next = {{ changes = ["best"] }}\n{inline}')
    moved = '[next]\nchanges = ["best"]\n'
    with pytest.raises(InputError, match=r"\[next\] is not the last table"):
        history.started(HISTORY, GOOD.replace(moved, "").replace("[[list]]", f"{moved}\n[[list]]"))


@pytest.mark.parametrize("name", known())
def test_the_series_that_come_with_respin_have_one(name: str) -> None:
    series = load(name)
    assert history.load(series).version(None).changes
    assert history.text(series, COVER)


def test_a_series_without_one_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"history\.toml: cannot be read") as caught:
        history.load(replace(load("luks-kdump"), folder=tmp_path))
    assert "docs/post.md" in caught.value.hint


def test_a_word_of_the_letter_changes_no_verdict(tmp_path: Path) -> None:
    shutil.copytree(FAKESERIES, tmp_path / "s")
    before = read(tmp_path / "s", tmp_path / "s" / "c").digest
    (tmp_path / "s" / COVER).write_text("else")
    (tmp_path / "s" / HISTORY).write_text(GOOD)
    assert read(tmp_path / "s", tmp_path / "s" / "c").digest == before
    (tmp_path / "s" / "random.txt").write_text("else")
    assert read(tmp_path / "s", tmp_path / "s" / "c").digest != before
