# SPDX-License-Identifier: GPL-2.0-only
"""`respin cache`: what the cache holds, and what of it can go."""

from __future__ import annotations

import click

from respin import holdings
from respin.lines import tell
from respin.options import settings, settings_options


@click.command("cache")
@click.option("--prune", metavar="SIZE", help="Remove builds and kernels, oldest first, until SIZE is left, e.g. 20G.")
@settings_options
def command(prune: str | None) -> None:
    """List what the cache holds: size, number of entries, and what they are.

    Kept are the work trees of the twelve bases that were used last, and the last eight kernels of the crash test; what
    goes is made again when it is needed. Imported kernels, verdicts and reports stay.
    """
    folder = settings().folder
    if prune is not None:
        tell(f"removed {line}" for line in holdings.prune(folder, holdings.parsed(prune)))
    held = holdings.holdings(folder)
    tell(f"{holdings.told(one.size):>6}  {one.name:8}{one.entries:>6}  {holdings.WHAT[one.name]}" for one in held)
    tell([f"{holdings.told(sum(one.size for one in held)):>6}  {folder}"])
