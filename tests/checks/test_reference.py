# SPDX-License-Identifier: GPL-2.0-only
"""The page on what each check means follows the checks."""

from __future__ import annotations

from pathlib import Path

from checks.contract import Tool
from checks.reference import page
from checks.registry import CHECKS
from tests.checks.made import FakeCheck

PAGE = Path(__file__).parents[2] / "docs" / "what-checks-mean.md"


def test_the_page_in_docs_is_what_the_checks_say() -> None:
    assert PAGE.read_text("utf-8") == page(), "docs/what-checks-mean.md is stale: run `make docs` and commit it"


def test_every_check_has_its_section() -> None:
    text = page()
    for check in CHECKS.values():
        assert f"\n## {check.id}\n\n**Passes where** {check.title}.\n" in text
    assert "  - R17: Opt in" in text


def test_a_section_tells_what_the_check_tells() -> None:
    one = FakeCheck("one", title="all is well", tools=(Tool("make", "make"),), rules=("R01", "B01"))
    text = page({"one": one, "two": FakeCheck("two")})
    assert "## one\n\n**Passes where** all is well.\n\nSmall subjects, results and checks" in text
    for line in ("- speaks of: each patch", "- Debian's packages that it needs: make", "- comes from: R01, B01", "  - R01: "):  # fmt: skip
        assert f"\n{line}" in text
    assert "libraries" not in text
    drgn = FakeCheck("three", tools=(Tool("drgn", "", (), extra="crash"),))
    assert "needs: none\n- Python's libraries that it needs: drgn; `pip install 'respin[crash]'`\n" in page(
        {"three": drgn}
    )
    assert "needs: none\n- comes from: no rule\n- alone: `respin check BASE --only two`" in text
