# SPDX-License-Identifier: GPL-2.0-only
"""Which of the series that come with respin is meant where nobody names one: default.toml says it, and no code."""

from __future__ import annotations

from pathlib import Path

from patchset.table import Table

FILE = Path(__file__).with_suffix(".toml")


def name() -> str:
    """Return its name."""
    table = Table.parse(FILE.name, FILE.read_text("utf-8"))
    series = table.take("series", str)
    table.done()
    return series
