# SPDX-License-Identifier: GPL-2.0-only
"""All checks by their ids, each imported when it is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from checks import proofs
from checks.registry import CHECKS

LATE = {"asyncio", "filelock", "jinja2", "jsonschema", "rich", "tree_sitter"}
"""What takes long to import, and is no business of the first word."""
BEFORE = "import respin.program, respin.commands.{}, sys; print(*sys.modules)"


def test_each_id_is_its_check() -> None:
    assert {name: check.id for name, check in CHECKS.items()} == {name: name for name in CHECKS}
    assert len(CHECKS) == len([*CHECKS])


def test_each_file_below_proofs_has_a_check() -> None:
    files = {file.stem for file in Path(proofs.__file__).parent.glob("*.py")} - {"__init__"}
    assert {type(check).__module__.rpartition(".")[2] for check in CHECKS.values()} == files


def test_what_asks_for_a_check_is_known_without_it() -> None:
    assert {name: check.asked_by for name, check in CHECKS.items()} == {name: CHECKS.asked_by(name) for name in CHECKS}


def test_a_check_that_is_not_there() -> None:
    assert "none" not in CHECKS
    with pytest.raises(KeyError, match="none"):
        CHECKS["none"]


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["check", "run"])
def test_no_check_is_imported_before_the_first_word(verb: str) -> None:
    told = subprocess.run([sys.executable, "-c", BEFORE.format(verb)], check=True, capture_output=True, text=True)
    loaded = set(told.stdout.split())
    assert f"respin.commands.{verb}" in loaded
    assert {one for one in loaded if one.startswith("checks.proofs.")} == set()
    assert loaded & LATE == set()
