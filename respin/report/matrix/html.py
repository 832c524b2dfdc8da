# SPDX-License-Identifier: GPL-2.0-only
"""The table of many runs as one page, which loads nothing from anywhere and has no script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from respin.report.html import environment, text
from respin.report.matrix.view import NONE, counts, joined, tables

if TYPE_CHECKING:
    from pathlib import Path

    from respin.report.matrix.model import MatrixReport

MOST = 200
"""How many of a series' troubles are shown: a page has to stay small."""


def made(matrix: MatrixReport) -> str:
    """Return the page."""
    style = Markup(text("style.css"))  # noqa: S704 - it is no one else's
    statuses = counts(one["status"] for one in matrix["jobs"])
    environ = environment()
    environ.filters["joined"] = joined
    environ.globals["none_there"] = NONE
    template = environ.get_template("matrix.html.j2")
    return template.render(matrix=matrix, tables=tables(matrix), counts=statuses, style=style, most=MOST)


def write(matrix: MatrixReport, file: Path) -> None:
    """Write the page.

    Raises:
        OSError: the file cannot be written.
    """
    file.write_text(made(matrix), "utf-8")
