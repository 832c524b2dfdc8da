# SPDX-License-Identifier: GPL-2.0-only
"""`respin bases`: Debian's kernel sources in the cache and on offer, with the verdict of each that is cached."""

from __future__ import annotations

import click

from generator import debian
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
        cached = debian.cached(settings().folder)
        rows, series, shared = [], definition(series_name), Shared()
        for package in cached:
            spec = f"debian:{package.version}"
            one = Session(spec, series, settings(), progress)
            rows.append((spec, "cached", one.render(with_tests=False, shared=shared).verdict))
        for offer in debian.series_on_offer():
            offered = [debian.Package(offer, version) for version in debian.offers(offer, settings().folder)]
            rows += [(f"debian:{one.version}", "on offer", "") for one in offered if one not in cached]
    tell(f"{spec:32}  {where:8}  {verdict}".rstrip() for spec, where, verdict in rows)
    if not rows:
        click.echo("no Debian kernel source is cached or on offer; run `apt-get update`, or give a PATH", err=True)
