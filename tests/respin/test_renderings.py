# SPDX-License-Identifier: GPL-2.0-only
"""A second check of the same takes what the first one made, and says the same; of anything else it makes its own."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from checks import known
from generator import render
from patchset import loader
from respin import session
from tests import fake, tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Respin = Callable[..., tuple[int, list[str], str]]

CHECK = ("--only", "mail-lint", "--date", "@1700000100")
WHO = ("--from", "Ann <ann@example.org>")


@pytest.fixture
def renders(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return what is rendered, one by one."""
    made: list[object] = []
    real = render.render

    def counted(*arguments: Any, **more: Any) -> object:  # noqa: ANN401
        made.append(arguments)
        return real(*arguments, **more)

    monkeypatch.setattr(render, "render", counted)
    return made


def report(respin: Respin, kernel: Path, *words: str) -> dict[str, Any]:
    code, out, err = respin("check", kernel, *CHECK, *(words or WHO), "--json", "-", "-q")
    assert code in {0, 1}, err
    told: dict[str, Any] = json.loads("\n".join(out))
    told["run"].pop("seconds")
    for one in told["results"]:
        if not one["cached"]:  # what broke is run each time
            one["date"], one["seconds"] = "", 0.0
    return told


def test_a_kept_answer_is_the_one_that_goes_through_everything(
    respin: Respin, kernel: Path, renders: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = report(respin, kernel)
    assert len(renders) == 1
    again = report(respin, kernel)
    assert len(renders) == 1
    monkeypatch.setattr(known, "program", lambda *_: "changed")
    through = report(respin, kernel)
    assert len(renders) == 2
    assert again == through
    assert [one["summary"] for one in again["results"]] == [one["summary"] for one in first["results"]]
    assert (again["series"], again["checks"], again["base"]) == (first["series"], first["checks"], first["base"])


def lost_store(kernel: Path, cache: Path) -> None:
    del kernel
    shutil.rmtree(cache / "stores")


def lost_pack(kernel: Path, cache: Path) -> None:
    del kernel
    for each in cache.glob("stores/*/objects/pack/*"):
        each.unlink()


def new_base(kernel: Path, cache: Path) -> None:
    del cache
    (kernel / "Kbuild").write_text("# more\n")
    tinykernel.git(kernel, "commit", "--quiet", "--all", "--message=more")


@pytest.mark.parametrize("change", [lost_store, lost_pack, new_base])
def test_what_is_lost_or_new_is_rendered(
    respin: Respin, kernel: Path, tmp_path: Path, renders: list[object], change: Callable[[Path, Path], None]
) -> None:
    first = report(respin, kernel)
    change(kernel, tmp_path / "cache/respin")
    second = report(respin, kernel)
    assert len(renders) == 2
    same = change is not new_base
    assert (first["series"]["patches"] == second["series"]["patches"]) is same


def test_another_author_date_or_sign_off_is_rendered(respin: Respin, kernel: Path, renders: list[object]) -> None:
    who = ("--from", "Bob <bob@example.org>")
    told = [report(respin, kernel, *words) for words in (WHO, who, (*who, "-s"), (*who, "--date", "@1700000200"))]
    assert len(renders) == 4
    assert len({one["series"]["patches"][0]["commit"] for one in told}) == 4


def test_another_definition_is_rendered(
    respin: Respin, kernel: Path, tmp_path: Path, renders: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = shutil.copytree(fake.FAKESERIES, tmp_path / "own")
    monkeypatch.setattr(session, "load", lambda _: loader.read(own, own / "c"))
    first = report(respin, kernel)
    message = own / "random.txt"
    message.write_text(f"{message.read_text()}\nAnd more.\n")
    second = report(respin, kernel)
    assert len(renders) == 2
    assert first["series"]["digest"] != second["series"]["digest"]


def test_a_plain_directory_is_rendered_each_time(respin: Respin, tmp_path: Path, renders: list[object]) -> None:
    folder = fake.plain(tmp_path / "plain")
    assert report(respin, folder) != {}
    report(respin, folder)
    assert len(renders) == 2


@pytest.mark.parametrize("junk", [5, [], [1, 2, 3], ["", [[1]], []], {"a": 1}, ["", None, None]])
def test_junk_is_no_rendering(
    respin: Respin, kernel: Path, tmp_path: Path, renders: list[object], junk: object
) -> None:
    first = report(respin, kernel)
    for each in (tmp_path / "cache/respin/results").rglob("*.json"):
        if each.read_text().startswith('["", [['):
            each.write_text(json.dumps(junk))
    second = report(respin, kernel)
    assert len(renders) == 2
    assert first["series"] == second["series"]
