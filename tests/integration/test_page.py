# SPDX-License-Identifier: GPL-2.0-only
"""The page in a real browser: Debian's chromium, without a window."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from respin.report import html
from tests.respin.report import pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

LOOKS: dict[str, dict[str, Any]] = {
    "wide": {"viewport": {"width": 1280, "height": 900}},
    "narrow": {"viewport": {"width": 360, "height": 740}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "chromium is missing: make browser"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def address(tmp_path: Path) -> str:
    file = tmp_path / "page.html"
    html.write(pages.whole(), file)
    return file.as_uri()


@pytest.fixture(params=LOOKS)
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """Open the page; whatever it complains of, or asks the network for, is an error."""
    context = browser.new_context(**LOOKS[request.param])
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.extend([] if request.url.startswith((address, "data:")) else [request.url]))
    page.goto(address)
    yield page
    assert said == []
    assert page.title().startswith("FAIL (")
    assert page.title().endswith(" checks): fake on fake-6.1")
    context.close()


def test_a_checker_of_accessibility_finds_nothing(page: Page) -> None:
    for opened in (False, True):
        page.evaluate("open => document.querySelectorAll('details').forEach(one => { one.open = open })", opened)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_nothing_but_tables_and_code_is_wider_than_the_window(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_fold_opens_and_closes(page: Page) -> None:
    fold = page.locator("#patch-1")
    line = fold.locator(".finding")
    assert not line.is_visible()
    fold.locator("summary").click()
    assert line.is_visible()
    fold.locator("summary").press("Enter")
    assert not line.is_visible()


def test_a_link_opens_the_fold_that_it_leads_into(page: Page) -> None:
    page.get_by_role("link", name="checkpatch, 1-patch: FAIL").click()
    assert page.locator("#result-1 .findings").is_visible()
    page.get_by_role("link", name="1 fake: patch 1").click()
    assert page.locator("#patch-1 pre.diff").first.is_visible()


def test_paper_shows_what_is_folded(page: Page) -> None:
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert not page.locator("nav").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
