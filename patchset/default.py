# SPDX-License-Identifier: GPL-2.0-only
"""Which of the series that come with respin is meant where nobody names one: default.toml says it, and no code."""

from __future__ import annotations

from pathlib import Path

from patchset.toml import Table, Toml

FILE = Path(__file__).with_suffix(".toml")


class _Form(Table, frozen=True):
    series: str


def name() -> str:
    """Return its name."""
    return Toml(FILE.name, FILE.read_text("utf-8")).read(_Form).series
