# SPDX-License-Identifier: GPL-2.0-only
"""The report as one page: no file beside it, no script from elsewhere, and none but the one that is in it."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from patchset.counted import counted
from respin.report.crash import PARTS
from respin.report.text import printable, spent, told
from respin.report.view import view

if TYPE_CHECKING:
    from pathlib import Path

    from respin.report.model import Report

_LONG_SECONDS = 120


class Page:
    """The page, still to be filled in: to compile it takes longer than that."""

    def __init__(self) -> None:
        self._template = environment().get_template("page.html.j2")

    def made(self, report: Report) -> str:
        """Fill it in."""
        script = text("script.js")
        allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        ours = {"script": Markup(script), "style": Markup(text("style.css"))}  # noqa: S704 - they are no one else's
        return self._template.render(view=view(report), parts=PARTS, allowed=allowed, **ours)


def write(report: Report, file: Path) -> None:
    """Write a report.

    Raises:
        OSError: the file cannot be written.
    """
    file.write_text(Page().made(report), "utf-8")


def environment() -> jinja2.Environment:
    """Return what pages are made in: all text is harmless and escaped."""
    made = jinja2.Environment(
        autoescape=True,
        finalize=_shown,
        loader=jinja2.FunctionLoader(text),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(counted=counted, seconds=_seconds, spent=spent, told=told)
    return made


def text(name: str) -> str:
    """Return a file that pages are made of."""
    return resources.files("templates").joinpath("html", name).read_text("utf-8")


def _shown(value: object) -> object:
    """Make every text harmless before it is escaped; our own markup is."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _seconds(value: float) -> str:
    return f"{value:.0f} s" if value < _LONG_SECONDS else f"{value // 60:.0f} min {value % 60:.0f} s"
