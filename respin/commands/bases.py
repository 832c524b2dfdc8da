# SPDX-License-Identifier: GPL-2.0-only
"""`respin bases`: what can be named without a path, with the verdict of each that is cached."""

from __future__ import annotations

from itertools import chain

import click

from generator.bases import KINDS
from generator.shared import Shared
from respin.lines import tell
from respin.options import series_option, settings, settings_options
from respin.progress import shown
from respin.session import Session, definition


@click.command("bases")
@series_option
@settings_options
def command(series_name: str) -> None:
    """List the bases that can be named without a path: cached ones with their verdict, and what apt offers."""
    with shown(settings()) as progress:
        rows, series, shared = [], definition(series_name), Shared()
        for spec, cached in chain.from_iterable(one.offers(settings().folder) for one in KINDS):
            verdict = ""
            if cached:
                one = Session(spec, series, settings(), progress)
                verdict = one.render(with_tests=False, shared=shared).verdict
            rows.append((spec, "cached" if cached else "on offer", verdict))
    tell(f"{spec:32}  {where:8}  {verdict}".rstrip() for spec, where, verdict in rows)
    if not rows:
        click.echo("no base is cached or on offer; run `apt-get update`, or give a PATH", err=True)
