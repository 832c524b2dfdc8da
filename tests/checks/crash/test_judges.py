# SPDX-License-Identifier: GPL-2.0-only
"""Every scenario has a `judge`: from what was seen to what is wrong, without a guest."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from checks.crash import scenarios

MODULES = sorted(one for one in Path(scenarios.__file__).parent.glob("*.py") if one.stem != "__init__")
TOUCHES = {"Lab", "Guest", "Machine", "Context"}
"""What a function is given that does something to a guest."""


def wrong(text: str) -> list[str]:
    """Return what keeps a scenario's module from having such a function."""
    judges = [one for one in ast.parse(text).body if isinstance(one, ast.FunctionDef) and one.name == "judge"]
    if not judges:
        return ["there is no judge"]
    (judge,) = judges
    returned = ast.unparse(judge.returns) if judge.returns else "nothing"
    given = [ast.unparse(one.annotation) for one in judge.args.args if one.annotation]
    odd = [] if returned == "tuple[Finding, ...]" else [f"it returns {returned}"]
    return odd + [f"it is given a {one}" for one in given if one in TOUCHES]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_scenario_is_judged_by_what_was_seen(module: Path) -> None:
    assert wrong(module.read_text()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("class Dump: pass", "there is no judge"),
        ("def judge(seen: Seen) -> bool: ...", "it returns bool"),
        ("def judge(seen): ...", "it returns nothing"),
        ("def judge(seen: Seen, lab: Lab) -> tuple[Finding, ...]: ...", "it is given a Lab"),
    ],
)
def test_one_that_is_judged_otherwise_is_seen(text: str, said: str) -> None:
    assert wrong(text) == [said]
