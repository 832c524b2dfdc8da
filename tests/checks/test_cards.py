# SPDX-License-Identifier: GPL-2.0-only
"""A check that is known by its card says what the check itself does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checks import cache, cards
from checks.cards import ASKING, Cards
from checks.known import Known
from checks.programs import Programs
from checks.registry import CHECKS
from generator import process
from patchset.loader import load
from tests.checks import made

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from checks.contract import Context

SAYS = ("id", "title", "scope", "asked_by", "weight", "usual", "version")


def whole(folder: Path) -> Context:
    """Return the series that asks for every check, as if it were rendered."""
    commits = [made.commit(1), made.commit(2, sha="e" * 40, tree="f" * 40, tests=True)]
    one = made.context(folder, *commits)
    return replace(one, subject=replace(one.subject, series=load("luks-kdump")))


@pytest.mark.parametrize("name", CHECKS)
def test_a_card_says_what_its_check_does(tmp_path: Path, name: str) -> None:
    known, check = Known(tmp_path, "a"), CHECKS[name]
    for card in (Cards(known)[name], Cards(known)[name]):  # the second one is read
        assert [getattr(card, word) for word in SAYS] == [getattr(check, word) for word in SAYS]
        assert ([*card.tools], [*card.rules]) == ([*check.tools], [*check.rules])


@pytest.mark.parametrize("junk", [5, [], [{}], [{"id": "build"}], {"id": 1}, [None], "text"])
def test_junk_is_no_card(tmp_path: Path, junk: object) -> None:
    known = Known(tmp_path, "a")
    known.write("cards", junk)
    assert Cards(known)["build"].title == CHECKS["build"].title


def test_cards_are_those_of_the_registry(tmp_path: Path) -> None:
    there = Cards(Known(tmp_path, "a"))
    assert ([*there], len(there), "build" in there, "none" in there) == ([*CHECKS], len(CHECKS), True, False)
    with pytest.raises(KeyError, match="none"):
        there["none"]


@pytest.mark.parametrize("name", CHECKS)
def test_content_is_that_of_the_check_and_follows_from_the_subject_alone(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What asks the machine for more must be in `ASKING`, or an old answer is taken for the machine's."""
    context = whole(tmp_path)
    said = [*CHECKS[name].content(context)]
    card = Cards(Known(tmp_path, "a"))[name]
    assert [*card.content(context)] == [*card.content(context)] == said
    started: list[str] = []

    def start(argv: Sequence[str], **_: object) -> process.Completed:
        started.append(argv[0])
        return process.Completed(tuple(argv), 1, b"", b"", 0.0)

    monkeypatch.setattr(process, "run", start)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    later = [*CHECKS[name].content(replace(context, programs=Programs()))]
    assert (started == [] and said == later) is (name not in ASKING)


def test_content_is_looked_at_again_where_anything_of_the_subject_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Context] = []

    class Fake(made.FakeCheck):
        def content(self, context: Context) -> Sequence[str]:
            asked.append(context)
            return super().content(context)

    known = Known(tmp_path, "a")
    monkeypatch.setattr(cards, "CHECKS", {"fake": Fake("fake")})
    card = Cards(known)["fake"]
    first = whole(tmp_path)
    one, series = first.subject.commits[0], first.subject.series
    (tmp_path / "letter").mkdir()
    (tmp_path / "letter/cover.txt").write_text("another letter")
    subjects = [
        first.subject,
        replace(first.subject, base="1" * 40),
        replace(first.subject, base_tree="2" * 40),
        replace(first.subject, commits=first.subject.commits[:1]),
        replace(first.subject, commits=(one._replace(sha="3" * 40),)),
        replace(first.subject, series=replace(series, folder=tmp_path / "letter")),
    ]
    for each in (*subjects, *subjects):
        card.content(replace(first, subject=each))
    assert [one.subject for one in asked] == subjects
    cache.write(tmp_path, known._key("content", ("fake", *cards._words(first.subject))), {"no": "list"})  # noqa: SLF001
    assert [*card.content(first)] == ["content"]
    assert len(asked) == len(subjects) + 1
