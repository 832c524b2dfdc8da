# SPDX-License-Identifier: GPL-2.0-only
"""`respin matrix BASE...`: check series on many bases, on this machine or on many, and show one table."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from patchset.errors import InterruptedRunError, SignalledError
from respin.matrix import table
from respin.matrix.asked import asked_options
from respin.matrix.drive import Drive
from respin.matrix.shown import shown as live
from respin.options import complete_base, settings, settings_options
from respin.progress import shown

if TYPE_CHECKING:
    from respin.matrix.asked import AskedJobs


@click.command("matrix")
@click.argument("base", metavar="BASE...", nargs=-1, required=True, shell_complete=complete_base)
@asked_options
@click.option("--json", "json_file", metavar="FILE", help="Write the JSON object; - is stdout.")
@click.option("--html", "html_file", metavar="FILE", help="Write a page for a person.")
@settings_options
def command(base: tuple[str, ...], asked: AskedJobs, json_file: str | None, html_file: str | None) -> int:
    """Check each series on each BASE, and show one table: what differs between bases first.

    Whoever stops it sees what there is until then.

    Exit code: 0 clean, 1 findings, 2 usage, 3 infrastructure, 4 nothing ran, 130 interrupted.
    """
    began, files = time.monotonic(), table.MatrixFiles(json_file, html_file)
    jobs = asked.jobs(base)
    pool = asked.pool(len(jobs))
    drive = Drive(pool, jobs)
    try:
        with shown(settings()) as progress, live(progress, pool) as listen:
            try:
                drive.run(listen)
            finally:
                pool.close()
    except (InterruptedRunError, SignalledError):
        table.publish(table.made(jobs, drive.entries, time.monotonic() - began), files)
        raise
    return table.publish(table.made(jobs, drive.entries, time.monotonic() - began), files)
