# SPDX-License-Identifier: GPL-2.0-only
"""Lines that another program may read: names as they are, as git format-patch prints them, but on a terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from respin.report.text import line

if TYPE_CHECKING:
    from collections.abc import Iterable


def tell(texts: Iterable[str], *, err: bool = False) -> None:
    """Write lines with names in them; a terminal would obey what they may hold, and is shown it.

    Args:
        texts: a line each; what is not UTF-8 is in it as Python has it in a path.
        err: to standard error, where a report has standard output for itself.
    """
    watched = (sys.stderr if err else sys.stdout).isatty()
    for text in texts:
        click.echo(line(text) if watched else os.fsencode(text), err=err)
