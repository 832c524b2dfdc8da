# SPDX-License-Identifier: GPL-2.0-only
"""A patch is known by its stem: one that is put in the middle of a series moves numbers, and nothing else.

How such a series renders is in tests/integration/test_render.py, as it takes a kernel that has its places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.render import render
from patchset.errors import InputError
from patchset.loader import load, read
from tests import fake, middle
from tests.mutants.mutant import broken, mutants

if TYPE_CHECKING:
    from pathlib import Path

    from patchset.types import Series
    from tests.memorytree import MemoryTree

OURS = load("luks-kdump")
AT = next(one.number for one in OURS.patches if one.name == middle.BEFORE)
"""The number of the patch in whose place the new one comes."""
STEMS = [one.name for one in OURS.patches]
STEMS.insert(AT - 1, middle.STEM)


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Series:
    return middle.grown(tmp_path_factory.mktemp("middle"))


def test_its_place_is_that_in_series_toml(series: Series) -> None:
    assert [(one.number, one.name) for one in series.patches] == list(enumerate(STEMS, 1))


def test_each_rule_speaks_of_the_patches_that_it_spoke_of(series: Series) -> None:
    before, now = OURS, series
    assert {rule.id: [before.patches[one - 1].name for one in rule.patches] for rule in before.rules} == {
        rule.id: [now.patches[one - 1].name for one in rule.patches] for rule in now.rules
    }
    moved = [tuple(one + (one >= AT) for one in rule.patches) for rule in before.rules]
    assert moved == [rule.patches for rule in now.rules] != [rule.patches for rule in before.rules]


def test_coverage_is_asked_of_the_same_patches(series: Series) -> None:
    assert series.plan.coverage is not None
    assert series.plan.coverage.patches == ("random", "save", "pass", "retrieve")


@pytest.mark.slow
def test_each_mutant_breaks_the_patch_that_it_broke(series: Series) -> None:
    for mutant in {one.file: one for one in mutants()}.values():
        with broken(mutant, series) as made:
            assert [one.name for one in made.patches] == STEMS


def test_a_patch_brings_the_probes_that_it_needs(tmp_path: Path, kernel: MemoryTree) -> None:
    """So that nothing but the word is added to series.toml; other patches may ask for them too."""
    (tmp_path / "s").mkdir()
    for file in fake.FAKESERIES.glob("*.t*"):
        (tmp_path / "s" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "s/series.toml").write_text(
        (fake.FAKESERIES / "series.toml").read_text().replace('"gadget"', '"note", "gadget"')
    )
    edit = """[[edit]]
id = "note"
files = ["kernel/widget.c"]
at = [{ file = "eof" }]
template = "makefile.j2"
"""
    text = """subject = "widget: note it"
marker = "noted"
[probe.noted]
files = ["kernel/widget.c"]
has = "test.o"
"""
    (tmp_path / "s/note.toml").write_text(text + edit)
    (tmp_path / "s/note.txt").write_text("It was not noted.\n")
    random = tmp_path / "s/random.toml"
    random.write_text(f'{random.read_text()}unless = ["noted"]\n')
    series = read(tmp_path / "s", fake.FAKESERIES / "c")
    rendering = render(series, kernel, with_tests=False)
    assert [one.patch.name for one in rendering.patches] == ["random", "note", "gadget"]
    assert rendering.verdict == "applies"
    (tmp_path / "s/note.toml").write_text(text.replace("noted", "reset") + edit)
    with pytest.raises(InputError, match=r"note\.toml:3: two probes are called 'reset'"):
        read(tmp_path / "s", fake.FAKESERIES / "c")


@pytest.mark.parametrize("name", ["series", "checks", "rules", "lint", "history", "cover"])
def test_no_patch_is_called_as_a_file_of_the_definition(tmp_path: Path, name: str) -> None:
    (tmp_path / "series.toml").write_text(f'name = "n"\ntitle = "t"\npatches = ["{name}"]\n')
    with pytest.raises(InputError, match=rf"series\.toml:3: a patch cannot be called '{name}'"):
        read(tmp_path, tmp_path)


def test_a_plan_that_names_no_patch_of_the_series_is_refused(tmp_path: Path) -> None:
    assert middle.grown(tmp_path).plan
    file = tmp_path / "series/checks.toml"
    whole = file.read_text()
    waiver = '[[waiver]]\ntype = "LONG_LINE"\nreason = "r"\npatch = "1-random"\n'
    moved = whole.replace('"random", "save"', '"1-random", "save"')
    for text, word in ((f"{whole}\n{waiver}", 'patch = "1-random"'), (moved, '["1-random", "save"')):
        line = text[: text.index(word)].count("\n") + 1
        file.write_text(text)
        again = read(tmp_path / "series", tmp_path / "c")
        with pytest.raises(InputError, match=rf"checks\.toml:{line}: there is no patch '1-random'") as caught:
            assert again.plan
        assert caught.value.hint == "did you mean 'random'?"
